"""Deletion and insertion curves (Petsiuk et al. 2018): the score while frames go, or come, in order of attribution.

Frames that come in order of attribution pass the same coalitions, backwards, as frames that go with the most
distracting first: the insertion curve *is* the deletion curve of that order, read from its end. Without frames the
score is the prior. All coalitions' scores are known, so a curve is looked up.
"""

from typing import NamedTuple

import numpy as np


class Curves(NamedTuple):
    """Scores of the class in question with 0 … n frames left: each (video, left), probability."""

    deletion: np.ndarray  # the most supporting frames went first: low is good
    insertion: (
        np.ndarray
    )  # the most supporting frames came first, the most distracting went first: high is good


def orders(attribution: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frames from most supporting to most distracting, (video, place); ties fall at random, not to the first frame."""
    return np.lexsort((rng.random(attribution.shape), -attribution), axis=1)


def curves(order: np.ndarray, scores: np.ndarray) -> Curves:
    """Both curves.

    Args:
        order: (video, place), frames from most supporting to most distracting.
        scores: (video, subset), of all coalitions by the bits of their frames.
    """
    return Curves(_along(order[:, ::-1], scores), _along(order, scores))


def _along(order: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores of the first 0 … n frames of an order."""
    return np.take_along_axis(scores, kept_first(order), 1)


def kept_first(order: np.ndarray) -> np.ndarray:
    """The coalitions of the first 0 … n frames of an order, by their bits: (video, left)."""
    return np.pad((1 << order).cumsum(1), ((0, 0), (1, 0)))


def area(curve: np.ndarray) -> np.ndarray:
    """Area under a curve over the share of frames left, by trapezoids: (video,), probability."""
    return np.trapezoid(curve, dx=1 / (curve.shape[1] - 1), axis=1)


def best_areas(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest deletion area and the highest insertion area that any order of the frames has: each (video,).

    best(X') = v(X') + min over its frames i of best(X'∖i), from small coalitions to large; 2ⁿ·n steps instead of n!.
    """
    n_subsets = scores.shape[1]
    n_frames = n_subsets.bit_length() - 1
    found = []
    for sign in (1, -1):
        best = sign * scores.astype(np.float64)
        best[:, [0, -1]] /= 2  # the ends of a curve count half
        for size in range(1, n_frames + 1):
            subsets = np.flatnonzero(np.bitwise_count(np.arange(n_subsets)) == size)
            below = np.full((len(scores), len(subsets)), np.inf)
            for frame in range(n_frames):
                has = (subsets >> frame & 1).astype(bool)
                below[:, has] = np.minimum(below[:, has], best[:, subsets[has] ^ (1 << frame)])
            best[:, subsets] += below
        found.append(sign * best[:, -1] / n_frames)
    return found[0], found[1]
