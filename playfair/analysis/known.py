"""Shapley values of games whose scores are all known, such as an ideal observer's."""

from math import comb

import numpy as np


def values_of_table(scores: np.ndarray) -> np.ndarray:
    """φ_i = Σ over S without i of (f(S ∪ i) − f(S)) / (n C(n − 1, |S|))   (Shapley 1953).

    Args:
        scores: (video, subset), of all coalitions by the bits of their elements.

    Returns:
        (video, element).

    Example:
        >>> values_of_table(np.array([[0.0, 1.0, 2.0, 4.0]])).tolist()
        [[1.5, 2.5]]
    """
    n_elements = scores.shape[1].bit_length() - 1
    subsets = np.arange(2**n_elements)
    inside = subsets[:, None] >> np.arange(n_elements) & 1
    size = inside.sum(1)
    weight = [1 / (n_elements * comb(n_elements - 1, s)) for s in range(n_elements)]
    member = np.array([0.0, *weight])[size]
    other = np.array([*weight, 0.0])[size]
    return np.asarray(scores @ np.where(inside, member[:, None], -other[:, None]))
