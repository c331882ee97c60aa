"""One look for all figures: colours that colour-blind readers tell apart, printable, no ornament."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

# Okabe & Ito's palette (2008): told apart with every common colour vision, and in grey
SUPPORTING, DISTRACTING = "#0072B2", "#D55E00"
EVIDENCE = "#F0E442"
MODELS = {"tsn": "#56B4E9", "trn": "#009E73"}
OTHERS = ["#CC79A7", "#E69F00", "#0072B2", "#000000"]
# of lines that have none yet
CYCLE = ["#0072B2", "#000000", "#E69F00", "#CC79A7", "#56B4E9", "#009E73", "#D55E00", "#999999"]
NAMES = {"tsn": "TSN", "trn": "TRN"}


def model_colour(name: str) -> str:
    """The colour a model has in every figure."""
    return MODELS.get(name, OTHERS[sum(name.encode()) % len(OTHERS)])


def model_name(name: str) -> str:
    return NAMES.get(name, name)


@contextmanager
def style() -> Iterator[None]:
    """Within it, matplotlib draws as the report does."""
    settings: dict[Any, Any] = {
        "font.size": 9,
        "font.family": "DejaVu Sans",
        "axes.prop_cycle": cycler(color=CYCLE),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.5,
        "lines.markersize": 4,
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "savefig.bbox": "tight",
        "svg.fonttype": "none",
        "svg.hashsalt": "playfair",  # else the same figure differs from run to run
    }
    with mpl.rc_context(settings):
        yield
