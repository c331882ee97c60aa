"""How often the class is still the first one while frames go, in order of attribution."""

import numpy as np

from playfair.analysis.curves import area, curves
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "accuracy_deletion",
    title="accuracy as frames go",
    unit="share of right answers",
    within=SHARE,
    more_is_better=False,
    scored_in=OWN,
    presumes="what is right with fewer frames is what a shorter clip shows",
    source="Petsiuk et al. 2018, of the decision in place of the score",
    catches=("negated", "shuffled"),
)
def accuracy_deletion(judged: Judged) -> np.ndarray | None:
    """Area under the deletion curve of the decision, by trapezoids over the share of frames left."""
    if judged.right is None:
        return None
    return area(curves(judged.order, judged.right.astype(float)).deletion)
