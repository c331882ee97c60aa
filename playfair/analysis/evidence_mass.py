"""How much of an attribution falls on the frames that are known to decide."""

import numpy as np


def evidence_mass(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The share of positive attribution on the frames inside the decisive interval: (video,).

    Chance is the share of frames inside. NaN where no frame lies inside, or none has positive attribution.

    Args:
        attribution: (video, frame), any unit.
        inside: (video, frame) bool, of `analysis.position.inside_evidence`.
    """
    positive = attribution.clip(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mass = (positive * inside).sum(1) / positive.sum(1)
    return np.where(inside.any(1), mass, np.nan)


def pointing(attribution: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The pointing game (Zhang et al. 2016): whether the largest attribution lies inside: (video,), 0 or 1.

    Where several frames are largest, the share of them inside: what picking one of them at random scores. NaN where no
    frame lies inside.
    """
    largest = attribution == attribution.max(1, keepdims=True)
    return np.where(inside.any(1), (largest & inside).sum(1) / largest.sum(1), np.nan)
