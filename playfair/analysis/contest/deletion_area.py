"""The score while frames go, in order of attribution, by the removal that ESVs are computed with."""

import numpy as np

from playfair.analysis.curves import area, curves
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "deletion_area",
    title="deletion area",
    unit="mean score (probability)",
    within=SHARE,
    more_is_better=False,
    scored_in=OWN,
    presumes="a shorter clip is one that the model could have met",
    source="Petsiuk et al. 2018",
    catches=("negated", "shuffled"),
    always=True,
)
def deletion_area(judged: Judged) -> np.ndarray:
    """Area under the deletion curve, by trapezoids over the share of frames left: (video,)."""
    return area(curves(judged.order, judged.scores).deletion)
