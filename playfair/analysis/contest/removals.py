"""All coalitions of some elements as what is taken away, and what the score loses by it."""

from typing import NamedTuple

import numpy as np


class Removals(NamedTuple):
    """Of each set of elements that is taken away.

    Attributes:
        size: (set,), how many elements.
        credited: (video, set), the sum of their attributions.
        lost: (video, set), f(X) − f(X without them).
    """

    size: np.ndarray
    credited: np.ndarray
    lost: np.ndarray


def removals(attribution: np.ndarray, scores: np.ndarray) -> Removals:
    """All 2^n sets, by the bits of the elements that are taken away; the empty one first.

    Args:
        attribution: (video, element).
        scores: (video, subset), of all coalitions by the bits of the elements that are kept.

    Example:
        >>> removals(np.array([[2.0, 3.0]]), np.array([[0.0, 0.5, 0.25, 1.0]])).lost.tolist()
        [[0.0, 0.75, 0.5, 1.0]]
    """
    n_elements = attribution.shape[1]
    away = np.arange(2**n_elements)
    inside = away[:, None] >> np.arange(n_elements) & 1
    credited = attribution.astype(np.float64) @ inside.T
    lost = scores[:, -1:] - scores[:, ::-1]
    return Removals(inside.sum(1), credited, lost)
