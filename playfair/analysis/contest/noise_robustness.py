"""Robustness (Alvarez-Melis & Jaakkola 2018): what is left with a little noise on the input."""

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import Judged, measure


@measure(
    "noise_robustness",
    title="robustness to noise",
    unit="mean ρ",
    within=LIKENESS,
    more_is_better=True,
    scored_in="no game: what the method says of two inputs",
    presumes="the model itself hardly changes; whatever ignores its input is as robust as can be",
    source="Alvarez-Melis & Jaakkola 2018; of ranks in place of distances",
    catches=("shuffled",),
    sanity=True,
)
def noise_robustness(judged: Judged) -> np.ndarray | None:
    """Spearman's ρ of a video's attributions with and without noise on what they are of: (video,)."""
    other = judged.again("noise")
    return None if other is None else rank_agreement(judged.attribution, other)[0]
