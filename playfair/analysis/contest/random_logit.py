"""Random logit (Sixt et al. 2020): whether the attributions of two classes are alike."""

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import Judged, measure


@measure(
    "random_logit",
    title="random logit",
    unit="mean ρ",
    within=LIKENESS,
    more_is_better=False,
    scored_in="no game: what the method says of two classes",
    presumes="what speaks for a class does not speak for others",
    source="Sixt et al. 2020, section 5.2",
    catches=("class_blind", "model_blind"),
    sanity=True,
)
def random_logit(judged: Judged) -> np.ndarray | None:
    """Spearman's ρ of a video's attributions for its class and for another, drawn: (video,)."""
    other = judged.again("class")
    return None if other is None else rank_agreement(judged.attribution, other)[0]
