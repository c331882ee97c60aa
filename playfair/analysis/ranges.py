"""What means cannot leave: no interval of a share ends above 1, whatever few skewed videos draw."""

from collections.abc import Sequence

import numpy as np

INFINITE = float("inf")
SHARE = (0.0, 1.0)
LIKENESS = (-1.0, 1.0)
SIZE = (0.0, INFINITE)

# of models' means; of differences between models, none of this holds
RANGES = {
    **dict.fromkeys(
        ("supporting", "distracting", "supporting_inside", "supporting_outside"), SHARE
    ),
    **dict.fromkeys(("changed_sides", "predicted_opposed", "twin_opposed", "coverage"), SHARE),
    **dict.fromkeys(("pointing", "evidence_auroc", "roar"), SHARE),
    **dict.fromkeys(("evidence_mass", "evidence_absolute_mass"), SHARE),
    **dict.fromkeys(("accuracy_deletion", "accuracy_insertion"), SHARE),
    **dict.fromkeys(("deletion_area", "insertion_area"), SHARE),
    **dict.fromkeys(("deletion_area_frozen", "insertion_area_frozen"), SHARE),
    **dict.fromkeys(("correlation", "cosine", "predicted_cosine", "twin_cosine"), LIKENESS),
    **dict.fromkeys(("spearman", "kendall", "sensitivity_n"), LIKENESS),
    **dict.fromkeys(("random_logit", "noise_robustness", "true_values"), LIKENESS),
    **dict.fromkeys(("mse", "error", "support", "efficiency_error", "infidelity"), SIZE),
}


def within_range(
    names: Sequence[str], low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of intervals of models' means, none where a mean cannot be.

    Args:
        names: of the measures.
        low, high: (…, measure).

    Example:
        >>> within_range(["pointing", "inside"], np.array([0.97, -0.1]), np.array([1.002, 0.2]))
        (array([ 0.97, -0.1 ]), array([1. , 0.2]))
    """
    ranges = np.array([RANGES.get(name, (-INFINITE, INFINITE)) for name in names])
    ends = ranges.reshape(-1, 2)
    return np.clip(low, ends[:, 0], ends[:, 1]), np.clip(high, ends[:, 0], ends[:, 1])
