"""Deletion and insertion curves (Petsiuk et al. 2018): the score while elements go, or come.

They go, or come, in order of attribution. Elements that come in that order pass the same
coalitions, backwards, as elements that go with the most distracting first: the insertion curve *is*
the deletion curve of that order, read from its end. Without elements the score is the prior. All
coalitions' scores are known, so a curve is looked up.
"""

from typing import NamedTuple

import numpy as np


class Curves(NamedTuple):
    """Scores of the class in question with 0 … n elements left: each (video, left), probability."""

    deletion: np.ndarray  # the most supporting went first: low is good
    insertion: np.ndarray  # the most supporting came first, that is the most distracting went first


def orders(attribution: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Elements from most supporting to most distracting.

    Ties fall at random, not to the first element.

    Args:
        attribution: (video, element), any unit.

    Returns:
        (video, place).
    """
    ties = rng.random(attribution.shape)
    return np.lexsort((ties, -attribution), axis=1)


def curves(order: np.ndarray, scores: np.ndarray) -> Curves:
    """Both curves.

    Args:
        order: (video, place), elements from most supporting to most distracting.
        scores: (video, subset), of all coalitions by the bits of their elements.
    """
    return Curves(deletion=_along(order[:, ::-1], scores), insertion=_along(order, scores))


def _along(order: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores of the first 0 … n elements of an order."""
    return np.take_along_axis(scores, kept_first(order), 1)


def kept_first(order: np.ndarray) -> np.ndarray:
    """The coalitions of the first 0 … n elements of an order, by their bits: (video, left)."""
    return np.pad((1 << order).cumsum(1), ((0, 0), (1, 0)))


def area(curve: np.ndarray) -> np.ndarray:
    """Area under a curve over the share of elements left, by trapezoids: (video,), probability."""
    return np.trapezoid(curve, dx=1 / (curve.shape[1] - 1), axis=1)


def best_areas(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest deletion area and the highest insertion area that any order has: each (video,)."""
    lowest = _lowest_area(scores.astype(np.float64))
    highest = -_lowest_area(-scores.astype(np.float64))
    return lowest, highest


def _lowest_area(scores: np.ndarray) -> np.ndarray:
    """The least area of any order: (video,).

    best(X') = v(X') + min over its elements i of best(X'∖i), from small coalitions to large: 2ⁿ·n
    steps instead of n!.
    """
    n_subsets = scores.shape[1]
    n = n_subsets.bit_length() - 1
    sizes = np.bitwise_count(np.arange(n_subsets))
    best = scores
    best[:, [0, -1]] /= 2  # the ends of a curve count half
    for size in range(1, n + 1):
        subsets = np.flatnonzero(sizes == size)
        below = np.full((len(best), len(subsets)), np.inf)
        for element in range(n):
            has = (subsets >> element & 1).astype(bool)
            without = best[:, subsets[has] ^ (1 << element)]
            below[:, has] = np.minimum(below[:, has], without)
        best[:, subsets] += below
    return np.asarray(best[:, -1] / n)
