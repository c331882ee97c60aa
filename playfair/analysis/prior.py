"""ESVs from another score of no frame at all: what the choice of the prior decides.

The score of the empty coalition enters an element's ESV once, with the weight 1 / n of the
coalitions of size 0. With v'(∅) in the place of v(∅) every element of a class moves by the same
amount, φ'ᵢ = φᵢ + (v(∅) − v'(∅)) / n, so that the ESVs sum to score − v'(∅). Their order, and all
that is made of it, stays; who supports and who distracts may not.
"""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.design import design, rows
from playfair.analysis.support import support_of

UNIFORM = "uniform"
TRAINING = "training frequencies"
MEAN_OUTPUT = "mean output"
PRIORS = (TRAINING, UNIFORM, MEAN_OUTPUT)
CHANGED = "changed_sides"


def priors_of_true_class(esvs: xr.Dataset) -> dict[str, np.ndarray]:
    """Each video's prior of its true class, by what it is taken from.

    Returns:
        training frequencies: the store's own; uniform: 1 over the number of classes; mean output:
        the mean score of the explained videos, of each training its own. (video,) each.

    Example:
        >>> store = xr.Dataset(
        ...     {
        ...         "score": (("video", "class"), [[0.8, 0.2], [0.4, 0.6]]),
        ...         "prior": ("class", [0.7, 0.3]),
        ...     },
        ...     {"label": ("video", [0, 1])},
        ... )
        >>> {name: values.round(2).tolist() for name, values in priors_of_true_class(store).items()}
        {'training frequencies': [0.7, 0.3], 'uniform': [0.5, 0.5], 'mean output': [0.6, 0.4]}
    """
    label = esvs["label"].values
    score = esvs["score"].values
    training = design(esvs).seed
    mean_output = np.empty(len(label))
    for one in np.unique(training):
        of_training = training == one
        mean_output[of_training] = score[of_training].mean(0, dtype=float)[label[of_training]]
    return {
        TRAINING: esvs["prior"].values[label],
        UNIFORM: np.full(len(label), 1 / score.shape[1]),
        MEAN_OUTPUT: mean_output,
    }


def by_prior(esvs: xr.Dataset, dead_zone: float = 0.0) -> dict[str, pd.DataFrame]:
    """What supports and distracts with each prior.

    Args:
        esvs: of the store.
        dead_zone: probability; elements with |ESV| up to it neither support nor distract.

    Returns:
        prior → one row per video: the columns of `support.supporting_frames`; moved, by how much
        every ESV of the true class moves from the store's, probability; and changed_sides, the
        share of elements that support with one and distract with the other, or are neither with
        one of both.
    """
    values = true_class_esvs(esvs).astype(float)
    own = esvs["prior"].values[esvs["label"].values]
    tables = {}
    for name, prior in priors_of_true_class(esvs).items():
        moved = (own - prior) / values.shape[1]
        there = values + moved[:, None]
        table = support_of(there, dead_zone)
        table["moved"] = moved
        table[CHANGED] = (_side(there, dead_zone) != _side(values, dead_zone)).mean(1)
        tables[name] = table.set_axis(rows(esvs))
    return tables


def _side(values: np.ndarray, dead_zone: float) -> np.ndarray:
    """1 of what supports, −1 of what distracts, 0 of what does neither."""
    return np.where(np.abs(values) > dead_zone, np.sign(values), 0)
