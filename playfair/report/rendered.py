"""A figure as bytes, drawn once however many places show it.

Drawing was most of the time of a report.
"""

import io
import logging
import warnings
from functools import cache

from matplotlib.figure import Figure

from playfair.report.figures.scripts import find_letters, write_out
from playfair.report.look import style

# it tells of every table of every font that it embeds in a PDF
logging.getLogger("fontTools").setLevel(logging.WARNING)

# what a file says of its time, else the same figure differs from run to run
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@cache
def rendered(figure: Figure, kind: str) -> bytes:
    """The figure in the report's style, as large as it is. kind: "png", "svg" or "pdf"."""
    buffer = io.BytesIO()
    with style(), warnings.catch_warnings():
        # `find_letters` says it, once
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        write_out(figure)
        find_letters(figure)
        figure.savefig(buffer, format=kind, metadata=UNDATED.get(kind))
    figure.set_layout_engine("none")  # where things go is found out once for all kinds
    return buffer.getvalue()
