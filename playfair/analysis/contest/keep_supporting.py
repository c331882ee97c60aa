"""What the class scores on the supporting frames alone."""

import numpy as np

from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "keep_supporting",
    title="score of the supporting frames alone",
    unit="mean score (probability)",
    within=SHARE,
    more_is_better=True,
    scored_in=OWN,
    presumes="the sign means something: methods without one keep the whole clip",
    source="Price & Damen 2020",
    catches=("negated", "shuffled"),
)
def keep_supporting(judged: Judged) -> np.ndarray:
    """f of the elements with attribution above 0; the prior where there is none: (video,)."""
    supporting = judged.attribution > 0
    coalition = (supporting.astype(int) << np.arange(supporting.shape[1])).sum(1)
    return np.asarray(judged.scores[np.arange(len(coalition)), coalition])
