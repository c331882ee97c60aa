"""The one place of colours, names and number formats: of figures, pages, sentences and terminal.

Colours are those that colour-blind readers tell apart, printable, without ornament. Attribution
methods bring their own title and colour (`playfair.attribution`).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from numbers import Real
from typing import Any

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
NAMES = {"tsn": "TSN", "trn": "TRN"}
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


def capital(text: str) -> str:
    """The text with a capital letter, the others as they are.

    Example:
        >>> capital("AUROC of it"), capital("mean")
        ('AUROC of it', 'Mean')
    """
    return f"{text[:1].upper()}{text[1:]}"


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


EXACT = 12  # significant digits that counts and their ratios are exact to
DIGITS = 3  # significant ones, of every number that is read
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST = 1e-4  # a number below it, or from LARGEST on, is written with a power of ten
LARGEST = 1e15
MOST_DECIMALS = 4  # beside an interval: what is smaller is 0 beside it
SMALL_BESIDE = 0.01  # a number and an interval below it keep their digits


def listed(words: Sequence[str]) -> str:
    """Words in a row, as a sentence has them.

    Example:
        >>> listed(["one"]), listed(["one", "two", "three"])
        ('one', 'one, two and three')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def number(value: float) -> str:
    """A number of a table or of the terminal, to 3 significant digits; whole ones are whole.

    Example:
        >>> number(0.123456), number(240.0), number(-24777), number(12345.678)
        ('0.123', '240', '−24,777', '12,300')
        >>> number(4.77e-7), number(-0.5), number(0), number(math.nan), number(math.inf)
        ('4.77 × 10⁻⁷', '−0.500', '0', '–', '∞')
    """
    value = float(value)
    size = abs(value)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value.is_integer() and size < LARGEST:
        return f"{value:,.0f}".replace("-", "−")
    rounded = float(f"{_exactly(value):.{DIGITS}g}")
    if SMALLEST <= abs(rounded) < LARGEST:
        return _rounded(rounded, _decimals(rounded))
    digits, exponent = f"{value:.{DIGITS - 1}e}".split("e")
    return f"{digits.replace('-', '−')} × 10{str(int(exponent)).translate(SUPERSCRIPT)}"


def cell(value: object) -> str:
    """A value in a table of a page.

    Example:
        >>> cell(0.123456), cell(math.nan), cell(12), cell(True), cell("trn")
        ('0.123', '–', '12', 'yes', 'trn')
    """
    if type(value).__name__ in (
        "bool",
        "bool_",
    ):  # numpy's too, for which it is not imported: 0.1 s
        return "yes" if value else "no"
    if isinstance(value, Real):
        return number(float(value))
    return "–" if value is None else str(value)


# Columns whose values are names in code, which are read otherwise.
NAMED = ("model", "measure", "method", "rival", "planted", "estimator", "removal", "metric")
# Names in code of what is measured, where an underscore for a space does not say it.
TERMS = {
    "top1": "top-1",
    "top5": "top-5",
    "pair_top1": "right up to time reversal",
    "within_pair": "direction against the twin",
    "p_holm": "p (Holm)",
    "esv_is": "ESV is",
    "esv": "ESV",
    "esvs": "ESVs",
    "auroc": "AUROC",
    "max_efficiency_gap": "largest efficiency gap",
    "mean_abs_esv": "mean |ESV|",
}


def term(name: str) -> str:
    """How a name in code is read: of a column, a measure, a model or two models' difference.

    Example:
        >>> term("pair_top1"), term("evidence_mass"), term("trn − tsn"), term("trn_esv_mass")
        ('right up to time reversal', 'evidence mass', 'TRN − TSN', 'TRN ESV mass')
    """
    if name in TERMS:
        return TERMS[name]
    words = []
    for word in name.replace("_", " ").split(" "):
        words.append(TERMS.get(word, model_name(word)))
    return " ".join(words)


def percent(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A share and its interval.

    Example:
        >>> percent(0.672, 0.65, 0.69), percent(1.0), percent(0.0)
        ('67.2 % [65.0, 69.0]', '100 %', '0 %')
        >>> percent(0.4875), decimal(0.4875), number(0.4875)
        ('48.8 %', '0.488', '0.488')
        >>> percent(0.09995), percent(1 - 1e-16), percent(0.9997, 0.999, 1.0)
        ('10.0 %', '100 %', '99.97 % [99.90, 100.00]')
    """
    text, interval = _with_interval(100 * mean, 100 * low, 100 * high, whole=100)
    return f"{text} %{interval}"


def score(value: float) -> str:
    """A model's score of a class, wherever one is read: a probability that is told apart from 0 and 1.

    Example:
        >>> score(0.99321), score(0.9997), score(1.0), score(0.0002), score(0.0)
        ('0.993', '>0.999', '1.000', '<0.001', '0.000')
    """
    text = f"{value:.3f}"
    if text == "1.000" and _exactly(value) < 1:
        return ">0.999"
    return "<0.001" if text == "0.000" and value > 0 else text


def points(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A difference of two shares and its interval.

    Example:
        >>> points(0.0771, 0.0491, 0.105), points(-0.0208)
        ('+7.7 [+4.9, +10.5] percentage points', '−2.08 percentage points')
    """
    return f"{probability(100 * mean, 100 * low, 100 * high)} percentage points"


def small(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A number that may be far below 1, such as an error, and its interval; each to 3 digits.

    Example:
        >>> small(0.00142, 0.00101, 0.00219), small(4.2e-6)
        ('0.00142 [0.00101, 0.00219]', '4.20 × 10⁻⁶')
    """
    interval = "" if math.isnan(low) else f" [{number(low)}, {number(high)}]"
    return f"{number(mean)}{interval}"


def interval(mean: float, low: float, high: float) -> str:
    """A number and its interval, in a cell of a table.

    Example:
        >>> interval(0.592, 0.566, 0.621), interval(4.2e-6, 1e-6, 9e-6)
        ('0.592 [0.566, 0.621]', '4.20 × 10⁻⁶ [1.00 × 10⁻⁶, 9.00 × 10⁻⁶]')
        >>> interval(12.0, math.nan, math.nan)
        '12'
    """
    known = [abs(float(value)) for value in (mean, low, high) if not math.isnan(value)]
    if math.isnan(low) or max(known) < SMALL_BESIDE:
        return small(mean, low, high)
    return decimal(mean, low, high)


def probability(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """An ESV, or another number with a sign, and its interval.

    Example:
        >>> probability(0.0123, 0.01, 0.0149), probability(-0.5), probability(-0.00001)
        ('+0.0123 [+0.0100, +0.0149]', '−0.500', '0')
    """
    return "".join(_with_interval(mean, low, high, "+"))


def decimal(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A number of another unit and its interval.

    Example:
        >>> decimal(-0.2651, -0.318, -0.213), decimal(12.5)
        ('−0.265 [−0.318, −0.213]', '12.5')
        >>> decimal(1e30), decimal(1e20, 1.0, math.inf)
        ('1.00 × 10³⁰', '1.00 × 10²⁰ [1, ∞]')
    """
    return "".join(_with_interval(mean, low, high))


headline = decimal  # in a cell of the headline table


def signed(values: Sequence[float]) -> list[str]:
    """Numbers with a sign that are read side by side, all to the same digit.

    Example:
        >>> signed([0.3121, -0.0024, 0.0]), signed([1e30, -2.0])
        (['+0.312', '−0.002', '0'], ['+1.00 × 10³⁰', '−2'])
    """
    decimals = min(_decimals(max(map(abs, values), default=0.0)), MOST_DECIMALS)
    return [_rounded(value, decimals, "+") for value in values]


def _with_interval(
    mean: float, low: float, high: float, sign: str = "", whole: float | None = None
) -> tuple[str, str]:
    """A number and its interval, all to the last digit that counts of the largest of them.

    What is below the whole, as of a share, is not rounded to it.
    """
    ends = [float(value) for value in (mean, low, high) if not math.isnan(value)]
    decimals = min(_decimals(max(map(abs, ends), default=0.0)), MOST_DECIMALS)
    while whole and any(end < whole <= round(end, decimals) for end in map(_exactly, ends)):
        decimals += 1
    texts = [_rounded(value, decimals, sign) for value in (mean, low, high)]
    return texts[0], "" if math.isnan(low) else f" [{texts[1]}, {texts[2]}]"


def _exactly(value: float) -> Decimal:
    """A number without what binary arithmetic adds to it: 117 of 240 are 0.4875, and not less.

    So that a share and its percentage are rounded alike.
    """
    return Decimal(f"{value:.{EXACT}g}")


def _decimals(largest: float) -> int:
    """After the point, so that the largest number has 3 significant digits."""
    if largest >= LARGEST:
        return 0
    rounded = float(f"{abs(_exactly(largest)):.{DIGITS}g}")
    return max(DIGITS - 1 - math.floor(math.log10(rounded)), 0) if rounded else DIGITS


def _rounded(value: float, decimals: int, sign: str = "") -> str:
    if math.isnan(value) or abs(value) >= LARGEST:
        return f"{sign if value > 0 else ''}{number(value)}"
    rounded = round(_exactly(value), decimals)
    if rounded == 0:  # neither a sign nor digits
        return "0"
    return f"{rounded:{sign},.{decimals}f}".replace("-", "−")


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
