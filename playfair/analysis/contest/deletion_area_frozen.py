"""The score while frames go, in order of attribution, and those that are not there are frozen."""

import numpy as np

from playfair.analysis.curves import area
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "deletion_area_frozen",
    title="deletion area, removed frames frozen",
    unit="mean score (probability)",
    within=SHARE,
    more_is_better=False,
    scored_in="removed frames frozen: another game than ESV's",
    presumes="a frozen clip is one that the model could have met",
    source="Petsiuk et al. 2018",
    catches=("negated", "shuffled"),
    always=True,
)
def deletion_area_frozen(judged: Judged) -> np.ndarray | None:
    """Area under the deletion curve, by trapezoids over the share of frames left: (video,)."""
    return None if judged.frozen is None else area(judged.frozen)
