"""The documented intervals of one training, written a second time, for the few videos of a golden
store: Student's of a mean, Wilson's of a share. NaN: a video that does not count."""

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
    n = len(numbers)
    share = sum(numbers) / n
    a = 1 + NORMAL**2 / n
    b = 2 * share + NORMAL**2 / n
    root = sqrt(max(b**2 - 4 * a * share**2, 0))
    return (b - root) / (2 * a), (b + root) / (2 * a)


def _counting(values: object) -> list[float]:
    column = np.array(values, dtype=float)
    return column[np.isfinite(column)].tolist()


def mean(values: object) -> float:
    return float(np.nanmean(np.array(values, dtype=float)))
