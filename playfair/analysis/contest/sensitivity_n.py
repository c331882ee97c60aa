"""Sensitivity-n (Ancona et al. 2018), exactly: of all sets of frames, not of some that are drawn."""

import numpy as np

from playfair.analysis.agreement import pearson
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
    # what is lost is that less, but for the whole clip's score, the same for all sets
    left = judged.scores[:, ::-1]
    by_size = []
    for size in range(1, n_elements):
        of_size = away.size == size
        by_size.append(pearson(away.credited[:, of_size], -left[:, of_size]))
    if not by_size:
        return np.full(len(judged.attribution), np.nan)
    return np.asarray(np.mean(by_size, axis=0))
