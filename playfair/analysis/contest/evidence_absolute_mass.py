"""How much of what is attributed lies in the decisive interval, whatever its sign."""

import numpy as np

from playfair.analysis import evidence
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "evidence_absolute_mass",
    title="evidence mass of |attribution|",
    unit="share of |attribution|",
    within=SHARE,
    more_is_better=True,
    scored_in="no game: where the dataset says the action is",
    presumes="what decides for a person decides for the model",
    source="–",
    catches=("shuffled",),
    always=True,
)
def evidence_absolute_mass(judged: Judged) -> np.ndarray | None:
    """`evidence.evidence_absolute_mass`: (video,), 0 to 1; None where no decisive interval is known."""
    if judged.inside is None:
        return None
    return evidence.evidence_absolute_mass(judged.attribution, judged.inside)
