"""Figures as papers print them: how wide they are, and how matplotlib draws them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from playfair.report.look.colours import CYCLE

# Of a figure in print: what papers of two columns give to one of them, and to both.
WIDTHS = {"one": 3.3, "two": 6.9}  # inches
SMALL = 7.0  # points: the smallest text of a figure
TITLE = 7.5
_columns: ContextVar[str] = ContextVar("columns", default="two")


@contextmanager
def drawn_across(columns: str) -> Iterator[None]:
    """Within it, figures are made as wide as so many columns of a paper.

    Args:
        columns: "one" or "two".

    Example:
        >>> with drawn_across("one"):
        ...     width()
        3.3
    """
    token = _columns.set(columns)
    try:
        yield
    finally:
        _columns.reset(token)


def width() -> float:
    """Of figures, in inches: they are drawn as wide as they are printed.

    Example:
        >>> width()
        6.9
    """
    return WIDTHS[_columns.get()]


@contextmanager
def style() -> Iterator[None]:
    """Within it, matplotlib draws as the report does."""
    import matplotlib as mpl  # 0.3 s, for which nothing waits that draws nothing
    from cycler import cycler

    settings: dict[Any, Any] = {
        "font.size": SMALL,
        "font.family": "DejaVu Sans",
        "axes.prop_cycle": cycler(color=CYCLE),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": TITLE,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 4,
        "axes.labelpad": 2,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.major.pad": 2,
        "ytick.major.pad": 2,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.frameon": False,
        "legend.fontsize": SMALL,
        "legend.title_fontsize": SMALL,
        "legend.handlelength": 1.6,
        "lines.linewidth": 1.2,
        "lines.markersize": 3,
        "text.parse_math": False,  # a class may be called $x_1$
        "figure.dpi": 100,
        "savefig.dpi": 300,
        "pdf.fonttype": 42,  # fonts go into the file as they are: its text can be edited
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "playfair",  # else the same figure differs from run to run
    }
    with mpl.rc_context(settings):
        yield
