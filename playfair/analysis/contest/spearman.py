"""How alike a method and ESV rank the elements of a video, by Spearman's ρ."""

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import Judged, measure


@measure(
    "spearman",
    title="rank agreement with ESV, Spearman's ρ",
    unit="Spearman's ρ",
    within=LIKENESS,
    scored_in="no game: ESV's ranks",
    presumes="nothing: agreement is a description",
    source="Spearman 1904",
    always=True,
)
def spearman(judged: Judged) -> np.ndarray | None:
    """(video,), −1 to 1; NaN where either gives all elements the same."""
    if judged.esv is None:
        return None
    return rank_agreement(judged.esv, judged.attribution)[0]
