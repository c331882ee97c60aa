"""What means cannot leave: no interval of a share ends above 1, whatever few skewed videos draw.

Parts of a video, such as the share of its frames that support, have Wilson's interval, which ends
there by itself.
"""

from collections.abc import Mapping, Sequence

import numpy as np

Range = tuple[float, float]

INFINITE = float("inf")
SHARE = (0.0, 1.0)
LIKENESS = (-1.0, 1.0)
SIZE = (0.0, INFINITE)
ANYWHERE = (-INFINITE, INFINITE)

# measures that are shares of a video's elements
PARTS = (
    *("supporting", "distracting", "supporting_inside", "supporting_outside"),
    *("predicted_opposed", "twin_opposed", "changed_sides"),
)

# of models' means; of differences between models, none of this holds. Those of the comparison's
# measures each measure says itself: `registry.Measure.within`.
RANGES = {
    **dict.fromkeys(("auroc", "mass", "absolute_mass", "coverage"), SHARE),
    **dict.fromkeys(("score", "abs_esv", "change"), SHARE),  # of probability
    **dict.fromkeys(("correlation", "cosine", "predicted_cosine", "twin_cosine"), LIKENESS),
    **dict.fromkeys(("mse", "error", "support"), SIZE),
}


def within_range(
    names: Sequence[str],
    low: np.ndarray,
    high: np.ndarray,
    ranges: Mapping[str, Range] = RANGES,
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of intervals of models' means, none where a mean cannot be.

    Args:
        names: of the measures.
        low, high: (…, measure).
        ranges: where means of a measure lie, by its name; anywhere, where that is not said.

    Example:
        >>> within_range(["mass", "inside"], np.array([0.97, -0.1]), np.array([1.002, 0.2]))
        (array([ 0.97, -0.1 ]), array([1. , 0.2]))
    """
    ends = np.array([ranges.get(name, ANYWHERE) for name in names]).reshape(-1, 2)
    return np.clip(low, ends[:, 0], ends[:, 1]), np.clip(high, ends[:, 0], ends[:, 1])
