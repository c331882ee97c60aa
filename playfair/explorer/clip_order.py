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
        find: only clips whose uid holds this.
        sort: one of SORTS.

    Returns:
        (clip,), rows of the store.
    """
    rows = np.arange(len(explained.uids))
    if label is not None:
        rows = rows[explained.labels[rows] == label]
    if find:
        rows = rows[[find in uid for uid in explained.uids[rows]]]
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
