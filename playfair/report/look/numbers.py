"""Numbers and their intervals as people read them."""

import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real

EXACT = 12  # significant digits that counts and their ratios are exact to
DIGITS = 3  # significant ones, of every number that is read
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST = 1e-4  # a number below it, or from LARGEST on, is written with a power of ten
LARGEST = 1e15
MOST_DECIMALS = 4  # beside an interval: what is smaller is 0 beside it
SMALL_BESIDE = 0.01  # a number and an interval below it keep their digits


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
    # numpy's too, for which it is not imported: 0.1 s
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, Real):
        return number(float(value))
    return "–" if value is None else str(value)


def percent(mean: float, low: float = math.nan, high: float = math.nan) -> str:
    """A share and its interval.

    Example:
        >>> percent(0.672, 0.65, 0.69), percent(1.0), percent(0.0)
        ('67.2 % [65.0, 69.0]', '100 %', '0 %')
        >>> percent(0.4875), decimal(0.4875), number(0.4875)
        ('48.8 %', '0.488', '0.488')
        >>> percent(0.09995), percent(1 - 1e-16), percent(0.9997, 0.999, 1.0)
        ('10.0 %', '100 %', '99.97 % [99.90, 100.00]')
        >>> percent(1.0, 0.999999999, 1.0), percent(0.5, -math.inf, math.inf)
        ('100.0000 % [>99.9999, 100.0000]', '50.0 % [−∞, ∞]')
    """
    text, interval = _with_interval(100 * mean, 100 * low, 100 * high, whole=100)
    return f"{text} %{interval}"


def score(value: float) -> str:
    """A model's score of a class, wherever one is read: a probability that is told apart from 0 and 1.

    Example:
        >>> score(0.99321), score(0.9997), score(1.0), score(0.0002), score(0.0)
        ('0.993', '>0.999', '1.000', '<0.001', '0.000')
        >>> score(0.4875), decimal(0.4875), score(0.0625)
        ('0.488', '0.488', '0.062')
    """
    text = f"{_exactly(value):.3f}"
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


def signed(values: Sequence[float]) -> list[str]:
    """Numbers with a sign that are read side by side, all to the same digit.

    Example:
        >>> signed([0.3121, -0.0024, 0.0]), signed([1e30, -2.0])
        (['+0.312', '−0.002', '0'], ['+1.00 × 10³⁰', '−2'])
        >>> signed([math.nan, 0.25])
        ['–', '+0.250']
    """
    decimals = _decimals_of_largest(values)
    return [_rounded(value, decimals, "+") for value in values]


def _with_interval(
    mean: float, low: float, high: float, sign: str = "", whole: float = math.inf
) -> tuple[str, str]:
    """A number and its interval, all to the last digit that counts of the largest of them.

    What is below the whole, as of a share, is not rounded to it.
    """
    values = (mean, low, high)
    decimals = _decimals_of_largest(values)
    while decimals < MOST_DECIMALS and any(
        _looks_whole(value, whole, decimals) for value in values
    ):
        decimals += 1
    texts = [
        f">{whole - 10**-decimals:.{decimals}f}"
        if _looks_whole(value, whole, decimals)
        else _rounded(value, decimals, sign)
        for value in values
    ]
    return texts[0], "" if math.isnan(low) else f" [{texts[1]}, {texts[2]}]"


def _looks_whole(value: float, whole: float, decimals: int) -> bool:
    """Whether a number that is less than a whole is rounded to it."""
    if not abs(value) < LARGEST:  # NaN too
        return False
    return _exactly(value) < whole <= round(_exactly(value), decimals)


def _exactly(value: float) -> Decimal:
    """A number without what binary arithmetic adds to it: 117 of 240 are 0.4875, and not less.

    So that a share and its percentage are rounded alike.
    """
    return Decimal(f"{value:.{EXACT}g}")


def _decimals_of_largest(values: Sequence[float]) -> int:
    """After the point, of numbers that are read side by side; those that are none do not count."""
    sizes = [abs(float(value)) for value in values if math.isfinite(value)]
    return min(_decimals(max(sizes, default=0.0)), MOST_DECIMALS)


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
