"""What the ideal observer of a clip knows, of every coalition of its frames: Bayes' rule.

Given what happens, frames are independent of each other, so that the likelihood of any coalition is
a sum over all that may happen of a product over its frames:

    p(c | x_S)  ∝  p(c) Σ_z p(z | c) Π_{t ∈ S} p(x_t | z_t)

A frame says which moment it is of, so the observer of a coalition knows that too. Without frames
the prior is left, which is f(∅).
"""

from itertools import pairwise
from math import factorial

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.events.happenings import paths
from playfair.datasets.events.looks import log_likelihoods

MOST_FRAMES = 12  # 4,096 coalitions


class TooManyFramesError(ValueError):
    """Values were asked for of more frames than whose coalitions are all weighed.

    Attributes:
        n_frames: how many.
    """

    def __init__(self, n_frames: int) -> None:
        super().__init__(n_frames)
        self.n_frames = n_frames

    def __str__(self) -> str:
        return (
            f"the true values of {self.n_frames} frames need the posterior of 2^{self.n_frames} "
            f"coalitions; expected 1 to {MOST_FRAMES} frames: type n_frames=8"
        )


def posteriors(
    signs: NDArray[np.int64], moments: NDArray[np.int64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The ideal observer's scores of all coalitions of a clip's frames.

    Args:
        signs: (frame, cell), −1 or +1, what the frames show.
        moments: (frame,), of which moments they are.
        prior: (class,).

    Returns:
        (coalition, class), coalitions by the bits of their frames.

    Raises:
        TooManyFramesError: for more than MOST_FRAMES frames, or none.

    Example:
        >>> signs = np.ones((2, 16), dtype=int)
        >>> posteriors(signs, np.array([0, 1]), np.full(4, 0.25))[0].round(12).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    n_frames = len(signs)
    require_few(n_frames)
    states, given_class = paths()
    of_states = log_likelihoods(signs, moments)
    # what is common to all states cancels out
    of_states -= of_states.max(1, keepdims=True)
    frames = np.arange(n_frames)[:, None]
    of_paths = of_states[frames, states[:, moments].T]  # (frame, path)
    # every product of the first frames with every product of the others
    half = n_frames // 2
    first = np.exp(coalitions(half) @ of_paths[:half])
    others = np.exp(coalitions(n_frames - half) @ of_paths[half:])
    joint = np.stack([(others * weight) @ first.T for weight in (given_class * prior).T], axis=-1)
    scores = joint.reshape(2**n_frames, -1)
    return np.asarray(scores / scores.sum(1, keepdims=True))


def require_few(n_frames: int) -> None:
    """Raises TooManyFramesError for more than MOST_FRAMES frames, or none."""
    if not 1 <= n_frames <= MOST_FRAMES:
        raise TooManyFramesError(n_frames)


def coalitions(n_frames: int) -> NDArray[np.bool_]:
    """All subsets of frames by their bits: (coalition, frame).

    Example:
        >>> coalitions(2).astype(int).tolist()
        [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**n_frames)[:, None] >> np.arange(n_frames) & 1).astype(bool)


def shapley_values(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shapley values of a game whose scores are all known.

    φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S))   (Shapley 1953)

    Args:
        scores: (coalition, class), coalitions by the bits of their frames.

    Returns:
        (frame, class).

    Example:
        >>> shapley_values(np.array([[0.0], [1.0], [2.0], [4.0]])).ravel().tolist()
        [1.5, 2.5]
    """
    n_frames = len(scores).bit_length() - 1
    inside = coalitions(n_frames)
    size = inside.sum(1)
    weights = np.array(
        [
            factorial(before) * factorial(n_frames - after) / factorial(n_frames)
            for before, after in pairwise(range(n_frames + 1))
        ]
    )
    # v(S) is added for its members and taken away for the others
    member = np.append(0.0, weights)[size]
    other = np.append(weights, 0.0)[size]
    return np.asarray(np.where(inside, member[:, None], -other[:, None]).T @ scores)


def divergences(truth: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kullback–Leibler divergence of scores from the ideal observer's, natural logarithm.

    Args:
        truth, scores: (…, class); a score of 0 counts as 1e-12.

    Returns:
        (…).

    Example:
        >>> divergences(np.array([0.5, 0.5]), np.array([0.5, 0.5])).item()
        0.0
    """
    least = 1e-12
    ratio = np.log(np.maximum(truth, least)) - np.log(np.maximum(scores, least))
    return np.asarray((truth * ratio).sum(-1))
