"""The one place of colours, names and number formats: of figures, pages, sentences and terminal.

Colours are those that colour-blind readers tell apart, printable, without ornament. Attribution
methods bring their own title and colour (`playfair.attribution`).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Okabe & Ito's palette (2008): told apart with every common colour vision, and in grey
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#999999"

SUPPORTING = BLUE
DISTRACTING = VERMILION
EVIDENCE = YELLOW
TRUE_CLASS = BLACK
OTHER_CLASS = PURPLE
ZERO = "0.4"  # lines at 0, at chance, at what is asked
ERROR = "0.2"  # bars of intervals
NAIVE = "0.5"  # names of methods that ask nothing of the model
NOTHING = "0.85"  # cells that nothing is known of

MODELS = {"tsn": SKY_BLUE, "trn": GREEN}
OTHERS = [PURPLE, ORANGE, BLUE, BLACK]
# of lines that have none yet
CYCLE = [BLUE, BLACK, ORANGE, PURPLE, SKY_BLUE, GREEN, VERMILION, GREY]
NAMES = {"tsn": "TSN", "trn": "TRN"}


def model_colour(name: str) -> str:
    """The colour a model has in every figure."""
    return MODELS.get(name, OTHERS[sum(name.encode()) % len(OTHERS)])


LONG_NAME = 10  # letters


def model_name(name: str) -> str:
    """What a model is called wherever people read of it."""
    return NAMES.get(name, name)


def heading(model: str, title: str) -> str:
    """A panel's title; on two lines where a checkpoint's long name would reach into the next.

    Example:
        >>> heading("trn", "error"), heading("videomae-base-finetuned-ssv2", "error")
        ('TRN: error', 'videomae-base-finetuned-ssv2\\nerror')
    """
    name = model_name(model)
    return f"{name}: {title}" if len(name) < LONG_NAME else f"{name}\n{title}"


def element_word(frames_per_element: Iterable[int | None]) -> str:
    """What is removed as one, wherever people read of it: a frame, or an element of several.

    Args:
        frames_per_element: of every model that is spoken of; None where nothing says it.

    Example:
        >>> element_word([1, 1]), element_word([1, 2]), element_word([None])
        ('frame', 'element', 'element')
    """
    return "frame" if all(together == 1 for together in frames_per_element) else "element"


def one(word: str) -> str:
    """A word with its article.

    Example:
        >>> one("frame"), one("element")
        ('a frame', 'an element')
    """
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def named_frames(frames: Sequence[int]) -> str:
    """An element by its frames, as a sentence has it.

    Example:
        >>> named_frames([4]), named_frames([4, 9])
        ('frame 4', 'frames 4, 9')
    """
    return f"{'frame' if len(frames) == 1 else 'frames'} {element_name(frames)}"


def element_name(frames: Sequence[int]) -> str:
    """Which frames of a clip an element holds.

    Example:
        >>> element_name([4]), element_name([4, 9]), element_name([4, 9, 14, 19])
        ('4', '4, 9', '4 … 19')
    """
    if len(frames) < 3:
        return ", ".join(str(int(frame)) for frame in frames)
    return f"{int(frames[0])} … {int(frames[-1])}"


def number(value: float) -> str:
    """A number of a table or of the terminal.

    Example:
        >>> number(0.123456), number(240.0)
        ('0.1235', '240')
    """
    return f"{value:.4g}"


def cell(value: object) -> str:
    """A value in a table of a page.

    Example:
        >>> cell(0.123456), cell(math.nan), cell(12), cell("trn")
        ('0.1235', '–', '12', 'trn')
    """
    if isinstance(value, float):
        return "–" if math.isnan(value) else number(value)
    return str(value)


def percent(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A share and its interval.

    Example:
        >>> percent(0.672, 0.65, 0.69), percent(1.0)
        ('67 % [65, 69]', '100 %')
    """
    return f"{_rounded(100 * mean, 0)} %{_interval(100 * low, 100 * high, 0)}"


def probability(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """An ESV, or another number with a sign, and its interval.

    Example:
        >>> probability(0.0123, 0.01, 0.0149), probability(-0.5), probability(-0.0001)
        ('+0.012 [+0.010, +0.015]', '-0.500', '+0.000')
    """
    return f"{_rounded(mean, 3, '+')}{_interval(low, high, 3, '+')}"


def decimal(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A number of another unit and its interval.

    Example:
        >>> decimal(-0.2651, -0.318, -0.213)
        '-0.27 [-0.32, -0.21]'
    """
    return f"{_rounded(mean, 2)}{_interval(low, high, 2)}"


def headline(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A number and its interval in a cell of the headline table.

    Example:
        >>> headline(0.5, 0.25, 0.75)
        '0.500 [0.250, 0.750]'
    """
    return f"{_rounded(mean, 3)}{_interval(low, high, 3)}"


def _interval(low: float, high: float, digits: int, sign: str = "") -> str:
    if math.isnan(low):
        return ""
    return f" [{_rounded(low, digits, sign)}, {_rounded(high, digits, sign)}]"


def _rounded(value: float, digits: int, sign: str = "") -> str:
    return f"{round(float(value), digits) + 0.0:{sign}.{digits}f}"  # no minus before a 0


@contextmanager
def style() -> Iterator[None]:
    """Within it, matplotlib draws as the report does."""
    import matplotlib as mpl  # 0.3 s, for which nothing waits that draws nothing
    from cycler import cycler

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
