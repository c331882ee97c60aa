"""The score while frames come, in order of attribution, and those that are not there are frozen."""

import numpy as np

from playfair.analysis.curves import area
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "insertion_area_frozen",
    title="insertion area, removed frames frozen",
    unit="mean score (probability)",
    within=SHARE,
    more_is_better=True,
    scored_in="removed frames frozen: another game than ESV's",
    presumes="a frozen clip is one that the model could have met",
    source="Petsiuk et al. 2018",
    catches=("negated", "shuffled"),
    always=True,
)
def insertion_area_frozen(judged: Judged) -> np.ndarray | None:
    """Area under the insertion curve, by trapezoids over the share of frames left: (video,)."""
    return None if judged.frozen_insertion is None else area(judged.frozen_insertion)
