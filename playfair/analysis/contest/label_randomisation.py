"""Label randomisation (Adebayo et al. 2018): what is left with a head that learnt wrong labels."""

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "label_randomisation",
    title="label randomisation",
    unit="mean |ρ|",
    within=SHARE,
    more_is_better=False,
    scored_in="no game: what the method says of two models",
    presumes="what explains a model changes with what it learnt; trains a head on shuffled labels",
    source="Adebayo et al. 2018, section 4.2",
    catches=("model_blind",),
    sanity=True,
    default=False,
)
def label_randomisation(judged: Judged) -> np.ndarray | None:
    """|Spearman's ρ| of a video's attributions with those of the other head: (video,)."""
    other = judged.again("labels")
    return None if other is None else np.abs(rank_agreement(judged.attribution, other)[0])
