"""The documented intervals of one training, written a second time, for the few videos of a golden
store: Student's of a mean, Wilson's of a share, and of parts of a video. NaN: a video that does not
count."""

from math import sqrt

import numpy as np

# Student's 97.5 % by degrees of freedom; of the normal distribution
STUDENT = {1: 12.7062047, 2: 4.3026527, 3: 3.1824463, 4: 2.7764451, 5: 2.5705818}
NORMAL = 1.9599640


def interval(values: object) -> tuple[float, float]:
    """mean ± t s / √n."""
    numbers = _counting(values)
    n = len(numbers)
    middle = sum(numbers) / n
    spread = sqrt(sum((number - middle) ** 2 for number in numbers) / (n - 1))
    half = STUDENT[n - 1] * spread / sqrt(n)
    return middle - half, middle + half


def share_interval(values: object) -> tuple[float, float]:
    """Where (p − π)² = z² π (1 − π) / n, solved for π."""
    numbers = _counting(values)
    return _wilson(sum(numbers) / len(numbers), len(numbers))


def parts_interval(values: object) -> tuple[float, float]:
    """The same of as many videos as would have the same s² if each had 0 or 1, at least one."""
    numbers = _counting(values)
    n = len(numbers)
    share = sum(numbers) / n
    square = sum((number - share) ** 2 for number in numbers) / n
    return _wilson(share, max(n * share * (1 - share) / square, 1) if square else n)


def _wilson(share: float, n: float) -> tuple[float, float]:
    a = 1 + NORMAL**2 / n
    b = 2 * share + NORMAL**2 / n
    root = sqrt(max(b**2 - 4 * a * share**2, 0))
    return (b - root) / (2 * a), (b + root) / (2 * a)


def within(ends: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """An interval, ended where what it is of ends."""
    return max(ends[0], low), min(ends[1], high)


def _counting(values: object) -> list[float]:
    column = np.array(values, dtype=float)
    return column[np.isfinite(column)].tolist()


def mean(values: object) -> float:
    return float(np.nanmean(np.array(values, dtype=float)))
