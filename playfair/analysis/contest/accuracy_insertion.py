"""How often the class is still the first one while frames come, in order of attribution."""

import numpy as np

from playfair.analysis.curves import area, curves
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "accuracy_insertion",
    title="accuracy as frames come",
    unit="share of right answers",
    within=SHARE,
    more_is_better=True,
    scored_in=OWN,
    presumes="what is right with fewer frames is what a shorter clip shows",
    source="Petsiuk et al. 2018, of the decision in place of the score",
    catches=("negated", "shuffled"),
)
def accuracy_insertion(judged: Judged) -> np.ndarray | None:
    """Area under the insertion curve of the decision, by trapezoids over the share of frames left."""
    if judged.right is None:
        return None
    return area(curves(judged.order, judged.right.astype(float)).insertion)
