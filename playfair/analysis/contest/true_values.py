"""How well attributions agree with the true ones, where the dataset knows them."""

import numpy as np

from playfair.analysis.agreement import pearson
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import Judged, measure


@measure(
    "true_values",
    title="correlation with the true values",
    unit="mean correlation",
    within=LIKENESS,
    more_is_better=True,
    scored_in="the ideal observer's game, which is the dataset's",
    presumes="the model has learnt what the ideal observer knows: its own error counts too",
    catches=("negated", "shuffled", "model_blind"),
)
def true_values(judged: Judged) -> np.ndarray | None:
    """Pearson's correlation over a video's elements: (video,)."""
    if judged.values is None:
        return None
    return pearson(judged.attribution, judged.values)
