"""How much of what is attributed lies in the decisive interval; what is negative is dropped."""

import numpy as np

from playfair.analysis import evidence
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "evidence_mass",
    title="evidence mass",
    unit="share of positive attribution",
    within=SHARE,
    more_is_better=True,
    scored_in="no game: where the dataset says the action is",
    presumes="what decides for a person decides for the model",
    source="Wang et al. 2020",
    catches=("negated", "shuffled"),
    always=True,
)
def evidence_mass(judged: Judged) -> np.ndarray | None:
    """`evidence.evidence_mass`: (video,), 0 to 1; None where no decisive interval is known."""
    if judged.inside is None:
        return None
    return evidence.evidence_mass(judged.attribution, judged.inside)
