"""Numbers of all clips of a store."""

import numpy as np

from playfair.analysis.groups import mean_of_groups
from playfair.explorer.explained import Explained


def class_means(store: Explained) -> tuple[np.ndarray, np.ndarray]:
    """Mean ESV of the true class, by class and element.

    Returns:
        means (class, element), NaN for a class without clips, and the number of clips (class,).
    """
    n_classes = len(store.class_names)
    labelled = store.labels >= 0
    means, counts = mean_of_groups(store.true_esvs[labelled], store.labels[labelled], n_classes)
    return means, counts[:, 0]


def clips_by_support(store: Explained) -> np.ndarray:
    """How many clips have 0, 1, … elements that support their class: (element + 1,)."""
    labelled = store.labels >= 0
    supporting = (store.true_esvs[labelled] > 0).sum(1)
    return np.bincount(supporting, minlength=store.n_elements + 1)
