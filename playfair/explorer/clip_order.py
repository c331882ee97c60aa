"""Which clips are listed, and in which order."""

import numpy as np

from playfair.explorer.explained import Explained

# key → title, in which {word} is `look.element_word` of the store
SORTS = {
    "order": "as in the dataset",
    "wrong": "wrong predictions first",
    "sure": "most confident first",
    "unsure": "least confident first",
    "distracting": "most distracting {word} first",
}


def ordered(explained: Explained, *, label: int | None, find: str, sort: str) -> np.ndarray:
    """Rows of some clips, in an order.

    Args:
        explained: the store.
        label: only clips of this class; None for all.
        find: only clips whose uid, or class, holds this; of a clip whose class is not known, what
            is said of it.
        sort: one of SORTS.

    Returns:
        (clip,), rows of the store.
    """
    rows = np.arange(len(explained.uids))
    if label is not None:
        rows = rows[explained.labels[rows] == label]
    if find:
        rows = rows[_holding(explained, rows, find)]
    if sort == "order":
        return rows
    if sort == "distracting":
        lowest = explained.true_esvs[rows].min(1)
        return rows[np.argsort(lowest, kind="stable")]
    prediction, confidence = explained.predicted
    certainty = confidence[rows]
    if sort == "wrong":
        right = prediction[rows] == explained.labels[rows]
        return rows[np.lexsort((-certainty, right))]
    return rows[np.argsort(-certainty if sort == "sure" else certainty, kind="stable")]


def _holding(explained: Explained, rows: np.ndarray, find: str) -> np.ndarray:
    """Which of some clips are called so, in capitals or not: (clip,) bool."""
    letters = find.casefold()
    of_class = np.array([letters in name.casefold() for name in explained.class_names])
    labels = explained.labels[rows]
    if (labels < 0).any():
        labels = np.where(labels < 0, explained.predicted[0][rows], labels)
    named = [letters in uid.casefold() for uid in explained.uids[rows].tolist()]
    holding: np.ndarray = np.array(named, bool) | of_class[labels]
    return holding
