"""How alike two methods are, and rank the elements, video by video."""

import numpy as np
from scipy.stats import rankdata

ROUNDING = 1e-12  # deviations no longer than that, relative to the largest value, are of equal ones


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
    spearman = pearson(rankdata(a, axis=1), rankdata(b, axis=1))
    return spearman, pearson(_signs(a), _signs(b))


def _signs(x: np.ndarray) -> np.ndarray:
    """Of every two elements, which is larger: (video, element · element), −1, 0 or 1."""
    return np.sign(x[:, :, None] - x[:, None, :]).reshape(len(x), -1)


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's correlation over the last axis; NaN where either is constant, but for rounding.

    Args:
        x, y: (…, element), any unit.

    Example:
        >>> pearson(np.array([[1.0, 2.0, 3.0], [0.1, 0.1, 0.1]]), np.array([2e-9, 4e-9, 6e-9]))
        array([ 1., nan])
    """
    x_centred, x_length = _centred(x)
    y_centred, y_length = _centred(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((x_centred * y_centred).sum(-1) / (x_length * y_length))


def _centred(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Deviations from the mean, and their length, NaN of a constant."""
    x = x.astype(np.float64)
    centred = x - x.mean(-1, keepdims=True)
    length = np.sqrt((centred**2).sum(-1))
    varies = length > ROUNDING * np.abs(x).max(-1, initial=0.0)
    return centred, np.where(varies, length, np.nan)
