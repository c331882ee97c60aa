"""How well a method tells elements of the decisive interval from others of the video."""

import numpy as np

from playfair.analysis import evidence
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "evidence_auroc",
    title="AUROC of the decisive interval",
    unit="mean over videos",
    within=SHARE,
    more_is_better=True,
    scored_in="no game: where the dataset says the action is",
    presumes="what decides for a person decides for the model",
    source="Hanley & McNeil 1982",
    catches=("negated", "shuffled"),
    always=True,
)
def evidence_auroc(judged: Judged) -> np.ndarray | None:
    """`evidence.evidence_auroc`: (video,), 0 to 1; None where no decisive interval is known."""
    if judged.inside is None:
        return None
    return evidence.evidence_auroc(judged.attribution, judged.inside)
