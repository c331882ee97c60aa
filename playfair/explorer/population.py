"""Numbers of all clips of a store."""

import numpy as np

from playfair.explorer.explained import Explained


def class_means(store: Explained) -> tuple[np.ndarray, np.ndarray]:
    """Mean ESV of the true class, by class and element.

    Returns:
        means (class, element), NaN for a class without clips, and the number of clips (class,).
    """
    n_classes = len(store.class_names)
    known = store.labels >= 0
    labels = store.labels[known]
    counts = np.bincount(labels, minlength=n_classes)
    sums = [np.bincount(labels, values, minlength=n_classes) for values in store.true_esvs[known].T]
    with np.errstate(invalid="ignore"):
        return np.stack(sums, axis=1) / counts[:, None], counts


def clips_by_support(store: Explained) -> np.ndarray:
    """How many clips have 0, 1, … elements that support their class: (element + 1,)."""
    known = store.labels >= 0
    supporting = (store.true_esvs[known] > 0).sum(1)
    return np.bincount(supporting, minlength=store.n_elements + 1)
