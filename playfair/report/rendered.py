"""A figure as bytes, drawn once however many places show it.

Drawing was most of the time of a report.
"""

import io
from functools import cache

from matplotlib.figure import Figure

from playfair.report.look import style

# what a file says of its time, else the same figure differs from run to run
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@cache
def rendered(figure: Figure, kind: str) -> bytes:
    """The figure in the report's style. kind: "png", "svg" or "pdf"."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, metadata=UNDATED.get(kind))
    figure.set_layout_engine("none")  # where things go is found out once for all kinds
    return buffer.getvalue()
