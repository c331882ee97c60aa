"""Intervals of shares: how many of some videos are right, first, inside; which part of them is.

Wilson's (1927): it never has length 0, "240 of 240" is [0.984, 1], and it holds the share as often
as it says where a bootstrap of 0s and 1s cannot (Brown, Cai & DasGupta 2001). Over trainings and
videos, and where a video has a share of its own, such as that of its frames that support, the
number of videos is the one that would have the same standard error if each had 0 or 1, and fewer
where the degrees of freedom are (Korn & Graubard 1998, who do so with Clopper and Pearson's); where
all have the same share, it is the number that there are. So an
interval of what lies between 0 and 1 does too.
"""

import numpy as np
from scipy import stats

from playfair.analysis.trainings import ROUNDING, Error


def wilson(
    share: np.ndarray, n: np.ndarray, quantile: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of Wilson's interval of a share.

    Args:
        share: (column,), of n.
        n: (column,), videos.
        quantile: of the normal distribution, or Student's: 1.96 at 95 %.

    Returns:
        low, high, each (column,).

    Example:
        >>> low, high = wilson(np.array([1.0]), np.array([240]), 1.959964)
        >>> float(low[0].round(4)), float(high[0])
        (0.9842, 1.0)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = quantile**2 / n
        centre = (share + weight / 2) / (1 + weight)
        half = quantile * np.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    # rounding may put an end a hair beyond the share
    low = np.where(share == 0, 0.0, np.minimum(centre - half, share))
    high = np.where(share == 1, 1.0, np.maximum(centre + half, share))
    return low, high


def wilson_of_error(
    error: Error, n_videos: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """The same from a standard error; of 0s and 1s of one training it is `wilson` of n videos.

    Args:
        error: of means of what lies between 0 and 1.
        n_videos: (column,), that count.
        level: such as 0.95.

    Example:
        >>> from playfair.analysis.trainings import error_of_mean
        >>> parts = np.array([[0.0], [0.0], [0.0], [0.125], [0.0], [0.0]])
        >>> low, high = wilson_of_error(error_of_mean(parts), np.array([6]), 0.95)
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.004], [0.099])
    """
    tail = (1 + level) / 2
    n = n_videos.astype(float)
    varies = error.stderr > ROUNDING * error.mean  # elsewhere all are the same
    with np.errstate(invalid="ignore", divide="ignore"):
        as_many = error.mean * (1 - error.mean) / error.stderr**2 * n / (n - 1)
        fewer = (stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, error.freedom)) ** 2
    n = np.where(varies, np.maximum(as_many * fewer, 1.0), n)
    return wilson(error.mean, n, stats.norm.ppf(tail))
