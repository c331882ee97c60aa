"""How far attributions are from adding up to what the video adds over the prior."""

import numpy as np

from playfair.analysis.ranges import SIZE
from playfair.analysis.registry import OWN, Judged, measure


@measure(
    "efficiency_error",
    title="efficiency error",
    unit="mean |Σ − (score − prior)|",
    within=SIZE,
    more_is_better=False,
    contested=False,
    scored_in=OWN,
    presumes="attributions are parts of score − prior: an axiom of ESV's",
    source="Shapley 1953",
    always=True,
)
def efficiency_error(judged: Judged) -> np.ndarray:
    """|Σ attribution − (f(X) − f(∅))|, in the method's own unit: (video,)."""
    gained = judged.scores[:, -1] - judged.scores[:, 0]
    return np.asarray(np.abs(judged.attribution.astype(np.float64).sum(1) - gained))
