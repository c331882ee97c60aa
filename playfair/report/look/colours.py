"""Colours that colour-blind readers tell apart, printable; attribution methods bring their own."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

# One colour for each meaning, over all figures. Of what stands in one figure, the colours are told
# apart by readers of every common colour vision, which tests/report/test_colours.py measures.

# Okabe & Ito's palette (2008)
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#999999"

# Of methods and estimators: Tol's “muted” (2021) and a brown, without what Okabe & Ito have as well. The first is
# that of Shapley values and their kin; `playfair.attribution` repeats them, a family each.
MUTED = ("#332288", "#882255", "#999933", "#AA4499", "#996633")
INDIGO, WINE, OLIVE, MAUVE, BROWN = MUTED

SUPPORTING = BLUE
DISTRACTING = VERMILION
EVIDENCE = YELLOW
TRUE_CLASS = BLACK
OTHER_CLASS = PURPLE
ZERO = "0.4"  # lines at 0, at chance, at what is asked
ERROR = "0.2"  # bars of intervals
NAIVE = "0.5"  # names of methods that ask nothing of the model
NOTHING = "0.85"  # cells that nothing is known of

# Of the colours that lines have, those that are too dark on a dark page, and what stands for them.
IN_THE_DARK = {
    INDIGO: "#9A8CF5",
    WINE: "#E07BA4",
    "#661100": "#D2907A",
    "#01665E": "#8FD6CE",
    "#5E4FA2": "#B9AEEF",
}

# ends of scales that are of neither: likeness, from opposed to alike (ColorBrewer's PRGn)
OPPOSED = "#762A83"
ALIKE = "#1B7837"

MODELS = {"tsn": SKY_BLUE, "trn": GREEN}
OTHERS = (ORANGE, "#661100", "#01665E", "#5E4FA2", "#3F7F00")
# of lines that are of no model and no method
CYCLE = [INDIGO, WINE, OLIVE, MAUVE, BLACK, ORANGE, SKY_BLUE, GREEN, PURPLE, GREY]
_shown: ContextVar[Mapping[str, str] | None] = ContextVar("models", default=None)


@contextmanager
def showing(models: Iterable[str]) -> Iterator[None]:
    """Within it, these models have colours apart, the same in every figure.

    Args:
        models: all that are shown, by name; within another, its models keep theirs.

    Example:
        >>> with showing(["r3d", "x3d"]):
        ...     model_colour("r3d") == model_colour("x3d")
        False
    """
    token = _shown.set(model_colours([*(_shown.get() or ()), *models]))
    try:
        yield
    finally:
        _shown.reset(token)


def model_colour(name: str) -> str:
    """The colour a model has in every figure."""
    return (_shown.get() or {}).get(name) or model_colours([name])[name]


def model_colours(names: Iterable[str]) -> dict[str, str]:
    """Models' colours, no two alike as long as there are enough.

    A model has the colour that its name leads to, so that it seldom changes from run to run; where
    one before it has that already, the next that is free.

    Example:
        >>> model_colours(["tsn", "trn"])
        {'tsn': '#56B4E9', 'trn': '#009E73'}
    """
    colours: dict[str, str] = {}
    for name in dict.fromkeys(names):
        start = sum(name.encode()) % len(OTHERS)
        turned = [*OTHERS[start:], *OTHERS[:start]]
        free = [colour for colour in turned if colour not in colours.values()]
        colours[name] = MODELS.get(name) or (free or turned)[0]
    return colours


def hexadecimal(colour: str) -> str:
    """A colour as pages take it: matplotlib's greys are shares of white.

    Example:
        >>> hexadecimal("0.5"), hexadecimal("#332288")
        ('#808080', '#332288')
    """
    if colour.startswith("#"):
        return colour
    level = round(255 * float(colour))
    return f"#{level:02x}{level:02x}{level:02x}"
