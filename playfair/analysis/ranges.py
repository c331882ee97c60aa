"""What means cannot leave: no interval of a share ends above 1, whatever few skewed videos draw.

Parts of a video, such as the share of its frames that support, have Wilson's interval, which ends
there by itself.
"""

from collections.abc import Sequence

import numpy as np

INFINITE = float("inf")
SHARE = (0.0, 1.0)
LIKENESS = (-1.0, 1.0)
SIZE = (0.0, INFINITE)

# measures that are shares of a video's elements
PARTS = (
    *("supporting", "distracting", "supporting_inside", "supporting_outside"),
    *("predicted_opposed", "twin_opposed", "changed_sides"),
)

# of models' means; of differences between models, none of this holds
RANGES = {
    **dict.fromkeys(("pointing", "evidence_auroc", "auroc", "roar", "coverage"), SHARE),
    **dict.fromkeys(("evidence_mass", "evidence_absolute_mass"), SHARE),
    **dict.fromkeys(("mass", "absolute_mass"), SHARE),
    **dict.fromkeys(("accuracy_deletion", "accuracy_insertion"), SHARE),
    **dict.fromkeys(("keep_supporting", "average_drop", "label_randomisation"), SHARE),
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
