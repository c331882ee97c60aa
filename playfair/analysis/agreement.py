"""How alike two methods rank the elements of each video."""

import numpy as np
from scipy.stats import rankdata


def rank_agreement(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spearman's ρ and Kendall's τ-b of two attributions, video by video.

    ρ is the correlation of mid-ranks, τ-b = (agreeing − opposed pairs) / √(untied in a · untied in
    b): both allow for ties. NaN where a method gives all elements of a video the same value: it
    ranks nothing.

    Args:
        a, b: (video, element), any unit.

    Returns:
        spearman, kendall, each (video,).

    Example:
        >>> rank_agreement(np.array([[1.0, 2.0, 3.0]]), np.array([[10.0, 20.0, 15.0]]))
        (array([0.5]), array([0.33333333]))
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        spearman = _cosine(_centred_ranks(a), _centred_ranks(b))
        kendall = _cosine(_signs(a), _signs(b))
    return spearman, kendall


def _centred_ranks(x: np.ndarray) -> np.ndarray:
    return np.asarray(rankdata(x, axis=1) - (x.shape[1] + 1) / 2)


def _signs(x: np.ndarray) -> np.ndarray:
    """Of every two elements, which is larger: (video, element · element), −1, 0 or 1."""
    return np.sign(x[:, :, None] - x[:, None, :]).reshape(len(x), -1)


def _cosine(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray((x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)))
