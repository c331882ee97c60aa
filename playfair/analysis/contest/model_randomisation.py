"""Model-parameter randomisation (Adebayo et al. 2018): what is left with layers drawn anew."""

from collections.abc import Mapping

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "model_randomisation",
    title="model randomisation",
    unit="mean |ρ|",
    within=SHARE,
    more_is_better=False,
    scored_in="no game: what the method says of two models",
    presumes="what explains a model changes with its weights; passing says little, failing much",
    source="Adebayo et al. 2018, section 4.1",
    catches=("model_blind",),
    sanity=True,
)
def model_randomisation(judged: Judged) -> Mapping[str, np.ndarray] | None:
    """|Spearman's ρ| of a video's attributions before and after.

    Layers are drawn anew one after the other, from the last one on (the cascade of the paper); each
    stage has a row, and the last, of the whole head, is the measure. Of 8 elements whose ranks have
    nothing to do with each other it is 0.31 on average.
    """
    stages = judged.again("layers")
    if not stages:
        return None
    by_stage = {
        name: np.abs(rank_agreement(judged.attribution, values)[0])
        for name, values in stages.items()
    }
    whole = list(by_stage)[-1]
    return {**by_stage, "": by_stage[whole]}
