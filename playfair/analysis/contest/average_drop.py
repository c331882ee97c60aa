"""What part of the class's score is lost when the better half of the frames is all that is left."""

import numpy as np

from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "average_drop",
    title="average drop",
    unit="share of the score",
    within=SHARE,
    more_is_better=False,
    scored_in=OWN,
    presumes="half of the frames can say what all say; what rises counts as 0",
    source="Chattopadhyay et al. 2018, of frames kept in place of pixels dimmed",
    catches=("negated", "shuffled"),
)
def average_drop(judged: Judged) -> np.ndarray:
    """max(0, f(X) − f(the top half)) / f(X): (video,). The half of an odd number is the larger."""
    n_elements = judged.order.shape[1]
    top = judged.order[:, : (n_elements + 1) // 2]
    kept = judged.scores[np.arange(len(top)), (1 << top).sum(1)]
    whole = judged.scores[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):  # a score of 0 has nothing to lose: NaN
        return np.asarray(np.maximum(whole - kept, 0) / whole)
