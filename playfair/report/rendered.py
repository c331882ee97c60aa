"""A figure as bytes, drawn once however many places show it.

Drawing was most of the time of a report.
"""

import io
from functools import cache

from matplotlib.figure import Figure

from playfair.report.look import style


@cache
def rendered(figure: Figure, kind: str) -> bytes:
    """The figure in the report's style. kind: "png" or "svg"."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
    figure.set_layout_engine("none")  # where things go is found out once for all kinds
    return buffer.getvalue()
