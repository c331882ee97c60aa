"""Whether a method's first element lies in the decisive interval: the pointing game."""

import numpy as np

from playfair.analysis import evidence
from playfair.analysis.ranges import SHARE
from playfair.analysis.registry import Judged, measure


@measure(
    "pointing",
    title="pointing game",
    unit="share of videos",
    within=SHARE,
    more_is_better=True,
    scored_in="no game: where the dataset says the action is",
    presumes="what decides for a person decides for the model",
    source="Zhang et al. 2016",
    catches=("negated", "shuffled"),
    always=True,
)
def pointing(judged: Judged) -> np.ndarray | None:
    """`evidence.pointing`: (video,), 0 to 1; None where no decisive interval is known."""
    if judged.inside is None:
        return None
    return evidence.pointing(judged.attribution, judged.inside)
