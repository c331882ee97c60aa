"""Sensitivity-n (Ancona et al. 2018), exactly: of all sets of frames, not of some that are drawn."""

import numpy as np

from playfair.analysis.contest.removals import removals
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "sensitivity_n",
    title="sensitivity-n",
    unit="mean correlation",
    within=LIKENESS,
    more_is_better=True,
    scored_in=OWN,
    presumes="attributions of a set add up; their unit does not matter",
    source="Ancona et al. 2018, equation 2",
    catches=("negated", "shuffled"),
)
def sensitivity_n(judged: Judged) -> np.ndarray:
    """Pearson's correlation of Σ attribution and of what the score loses, over sets of one size.

    Each size from 1 to n − 1 has its correlation, over all sets of so many elements; the measure is
    their mean: (video,). NaN where a method gives all elements the same.
    """
    away = removals(judged.attribution, judged.scores)
    n_elements = judged.attribution.shape[1]
    by_size = [
        correlation(away.credited[:, away.size == size], away.lost[:, away.size == size])
        for size in range(1, n_elements)
    ]
    if not by_size:
        return np.full(len(judged.attribution), np.nan)
    return np.asarray(np.mean(by_size, axis=0))


def correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's, row by row; NaN where either is constant, but for rounding.

    Example:
        >>> correlation(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 6.0]])).round(6)
        array([1.])
    """
    x = x - x.mean(1, keepdims=True)
    y = y - y.mean(1, keepdims=True)
    spread = np.sqrt((x**2).sum(1) * (y**2).sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(spread > 1e-14, (x * y).sum(1) / spread, np.nan))
