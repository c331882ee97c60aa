"""Intervals of means of few videos: Student's, and the studentised bootstrap (Efron 1982).

A percentile bootstrap of 10 videos holds the mean in 83 to 90 % of studies, as it is too short by
√((n − 1) / n), knows nothing of Student's distribution and errs to the wrong side of a skew. The
studentised one draws the distances of drawn means in their own standard errors: 92 to 97 %.
"""

import numpy as np
from scipy import stats

from playfair.analysis.draws import interval, times_drawn
from playfair.analysis.trainings import Error, error_of_mean

LEAST = 10  # videos; draws of fewer have too few different values, and Student's is taken alone


def student(error: Error, level: float) -> tuple[np.ndarray, np.ndarray]:
    """mean ± t · standard error: low, high, each (column,).

    Example:
        >>> from playfair.analysis.trainings import error_of_mean
        >>> low, high = student(error_of_mean(np.array([[1.0], [2.0], [3.0]])), 0.95)
        >>> float(low[0].round(3)), float(high[0].round(3))  # 2 ∓ 4.303 · 0.5774
        (-0.484, 4.484)
    """
    half = stats.t.ppf((1 + level) / 2, error.freedom) * error.stderr
    return error.mean - half, error.mean + half


def studentised(
    values: np.ndarray, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The studentised bootstrap's intervals of means of one training, nowhere inside Student's.

    Draws of values that are nearly all alike say too little of one side: there Student's end is
    taken, and where fewer than 10 videos count, both.

    Args:
        values: (video, column); NaN marks a video that does not count in a column.
        level: such as 0.95.
        draws: how many.
        seed: of the drawing.

    Returns:
        low, high, each (column,).
    """
    error = error_of_mean(values)
    of_student = student(error, level)
    counts = np.isfinite(values)
    distance = _distances(np.where(counts, values - error.mean, 0.0), counts, draws, seed)
    # a large distance above says that the truth may lie far below
    least, most = interval(distance, level=level)
    few = counts.sum(0) < LEAST
    low = np.where(few, np.inf, error.mean - most * error.stderr)
    high = np.where(few, -np.inf, error.mean - least * error.stderr)
    # fmin: of a column without a draw that varies, Student's
    return np.fmin(low, of_student[0]), np.fmax(high, of_student[1])


def _distances(centred: np.ndarray, counts: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """How far means of draws lie from the mean in their own standard errors: (draw, column).

    NaN where a draw has no two different values.
    """
    often = times_drawn(len(centred), draws, seed).astype(np.float64)
    n = often @ counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = often @ centred / n
        variance = (often @ centred**2 / n - mean**2) / (n - 1)
        rounding = 1e-12 * (centred**2).max(0)
        return np.where(variance > rounding, mean / np.sqrt(np.maximum(variance, 0)), np.nan)
