"""Where two models say different things about the same clips, or one is most surely wrong."""

from typing import NamedTuple

import numpy as np

from playfair.explorer.explained import Explained


class Disagreement(NamedTuple):
    """How far apart two models are, clip by clip.

    Attributes:
        rows: of the first store, the clips that both explain.
        distance: (clip,), half the sum of the differences of their scores: 0 where they say the
            same of every class, 1 where they share nothing.
        differs: (clip,), whether they say different classes.
    """

    rows: np.ndarray
    distance: np.ndarray
    differs: np.ndarray


def disagreement(first: Explained, second: Explained) -> Disagreement:
    """Of all clips that both stores have, in the first one's order."""
    rows = np.array([row for row, uid in enumerate(first.uids.tolist()) if uid in second.rows], int)
    places = np.array([second.rows[uid] for uid in first.uids[rows].tolist()], int)
    # 17 MB of each for 24,777 clips of 174 classes
    scores = first.esvs["score"].values[rows]
    others = second.esvs["score"].values[places]
    distance = np.abs(scores - others).sum(1) / 2
    return Disagreement(rows, distance, scores.argmax(1) != others.argmax(1))


def surely_wrong(store: Explained) -> np.ndarray:
    """Rows of a store: wrong ones first, the most confident before the others; (clip,).

    Of clips whose classes are not known, the least confident first.
    """
    prediction, confidence = store.predicted
    if (store.labels < 0).all():
        return np.argsort(confidence, kind="stable")
    right = (prediction == store.labels) | (store.labels < 0)
    return np.lexsort((-confidence, right))
