"""ROAR (Hooker et al. 2019): what heads still learn without the frames a method ranks first."""

import numpy as np

from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "roar",
    title="ROAR",
    unit="share of right answers",
    within=SHARE,
    more_is_better=False,
    scored_in="no game of the model: heads that learnt from clips without these frames",
    presumes="frames without which nothing can be learnt held what there is to know; trains a head "
    "for each method and share of frames",
    source="Hooker et al. 2019",
    catches=("negated", "shuffled"),
    default=False,
)
def roar(judged: Judged) -> np.ndarray | None:
    """Right answers without a quarter, half and three quarters of the elements, mean: (video,).

    Elements are removed from features: the backbone has seen whole clips.
    """
    right = judged.again("retrained")
    return None if right is None else np.asarray(right.mean(1))
