"""How alike two methods rank the frames of each video."""

import numpy as np
from scipy.stats import rankdata


def rank_agreement(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spearman's ρ and Kendall's τ-b of two attributions, video by video.

    ρ is the correlation of mid-ranks, τ-b = (agreeing − opposed pairs of frames) / √(untied in a · untied in b): both
    allow for ties. NaN where a method gives all frames of a video the same value: it ranks nothing.

    Args:
        a, b: (video, frame), any unit.

    Returns:
        spearman, kendall, each (video,).

    Example:
        rank_agreement(np.array([[1.0, 2.0, 3.0]]), np.array([[10.0, 20.0, 15.0]]))   # [0.5], [0.333]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = [rankdata(x, axis=1) - (x.shape[1] + 1) / 2 for x in (a, b)]
        signs = [np.sign(x[:, :, None] - x[:, None, :]) for x in (a, b)]
        return _cosine(centred[0], centred[1]), _cosine(*(x.reshape(len(x), -1) for x in signs))


def _cosine(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1))
