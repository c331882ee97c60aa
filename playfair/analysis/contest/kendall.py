"""How alike a method and ESV rank the elements of a video, by Kendall's τ-b."""

import numpy as np

from playfair.analysis.agreement import rank_agreement
from playfair.analysis.ranges import LIKENESS
from playfair.analysis.registry import Judged, measure


@measure(
    "kendall",
    title="rank agreement with ESV, Kendall's τ-b",
    unit="Kendall's τ-b",
    within=LIKENESS,
    scored_in="no game: ESV's ranks",
    presumes="nothing: agreement is a description",
    source="Kendall 1945",
    always=True,
)
def kendall(judged: Judged) -> np.ndarray | None:
    """(video,), −1 to 1; NaN where either gives all elements the same."""
    if judged.esv is None:
        return None
    return rank_agreement(judged.esv, judged.attribution)[1]
