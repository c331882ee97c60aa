"""Infidelity (Yeh et al. 2019), exactly: of all sets of frames, not of some that are drawn."""

import numpy as np

from playfair.analysis.contest.removals import removals
from playfair.analysis.ranges import SIZE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "infidelity",
    title="infidelity",
    unit="mean squared error",
    within=SIZE,
    more_is_better=False,
    scored_in=OWN,
    presumes="attributions are in the score's unit and add up; all sets of frames count alike",
    source="Yeh et al. 2019, definition 2.1",
    catches=("negated", "shuffled"),
)
def infidelity(judged: Judged) -> np.ndarray:
    """E over sets S of (Σ_(i ∈ S) attribution_i − (f(X) − f(X without S)))²: (video,).

    S is each set of elements alike, the empty one too.
    """
    away = removals(judged.attribution, judged.scores)
    return np.asarray(((away.credited - away.lost) ** 2).mean(1))
