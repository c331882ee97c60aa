"""Means and intervals over the videos of each group, such as a class."""

import numpy as np

from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import Design, one_seed
from playfair.analysis.trainings import error_of_mean
from playfair.analysis.verdicts import p_values


def mean_of_groups(
    values: np.ndarray, group: np.ndarray, n_groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the rows of each group.

    Args:
        values: (row, column); NaN does not count.
        group: (row,) in [0, n_groups).

    Returns:
        means and how many rows count, each (group, column); the mean of none is NaN.

    Example:
        >>> means, counts = mean_of_groups(np.array([[0.1], [0.3]]), np.array([1, 1]), 2)
        >>> means.tolist(), counts.tolist()
        ([[nan], [0.2]], [[0], [2]])
    """
    finite = np.isfinite(values)
    filled = np.where(finite, values, 0.0)
    sums = [np.bincount(group, column, minlength=n_groups) for column in filled.T]
    counts = [np.bincount(group, column, minlength=n_groups) for column in finite.T]
    count = np.stack(counts, axis=1).astype(int)
    with np.errstate(invalid="ignore"):
        return np.stack(sums, axis=1) / count, count


def interval_of_groups(
    values: np.ndarray, group: np.ndarray, n_groups: int, design: Design | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and interval over the videos of each group, drawn within it.

    Args:
        values: (row, column); NaN does not count.
        group: (row,) in [0, n_groups).
        design: which seed and video each row is of; None: each is a video.

    Returns:
        mean, low, high, videos, each (group, column); NaN as in `mean_interval`.
    """
    design = design or one_seed(len(values))
    mean, _ = mean_of_groups(values, group, n_groups)
    low = np.full_like(mean, np.nan)
    high = np.full_like(mean, np.nan)
    videos = np.zeros(mean.shape, dtype=int)
    for place in range(n_groups):
        rows = group == place
        of_group = design.part(rows)
        videos[place] = counted(values[rows], of_group)
        if of_group.n_videos > 1:
            mean[place], low[place], high[place] = mean_interval(values[rows], of_group)
    return mean, low, high, videos


def p_values_of_groups(
    values: np.ndarray, group: np.ndarray, n_groups: int, design: Design, beside: np.ndarray
) -> np.ndarray:
    """How often each group's mean lies at least so far from a value where the truth is there.

    Args:
        values: (row, column); NaN does not count.
        group: (row,) in [0, n_groups).
        n_groups: how many.
        design: which seed and video each row is of.
        beside: (column,), what means are held against.

    Returns:
        (group, column), as of `verdicts.p_values`; NaN of fewer than 2 videos.
    """
    p = np.full((n_groups, values.shape[1]), np.nan)
    for place in range(n_groups):
        rows = group == place
        if rows.any():
            error = error_of_mean(values[rows] - beside, design.part(rows))
            p[place] = p_values(error)
    return p
