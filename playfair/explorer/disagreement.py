"""Where two models say different things about the same clips, or one is most surely wrong."""

from threading import Lock
from typing import NamedTuple

import numpy as np

from playfair.explorer.entry import GROUP, stamp
from playfair.explorer.explained import Explained

COMPARING = Lock()  # a pass over two stores is made once where two ask for it


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
    """Of all clips that both stores have, in the first one's order; kept for the next look."""
    key = (second.entry.folder, stamp(second.entry.folder / GROUP))
    with COMPARING:
        if key not in first.apart:
            first.apart[key] = _compared(first, second)
    found: Disagreement = first.apart[key]
    return found


def _compared(first: Explained, second: Explained) -> Disagreement:
    rows = np.array([row for row, uid in enumerate(first.uids.tolist()) if uid in second.rows], int)
    if np.array_equal(first.uids, second.uids):
        pairs = zip(first.scores(), second.scores(), strict=True)
    else:
        places = np.array([second.rows[uid] for uid in first.uids[rows].tolist()], int)
        scores = np.concatenate(list(first.scores()))[rows]
        pairs = zip([scores], [np.concatenate(list(second.scores()))[places]], strict=True)
    distance = []
    differs = []
    for score, other in pairs:
        distance.append(np.abs(score - other).sum(1) / 2)
        differs.append(score.argmax(1) != other.argmax(1))
    return Disagreement(rows, np.concatenate(distance), np.concatenate(differs))


def surely_wrong(store: Explained) -> np.ndarray:
    """Rows of a store: wrong ones first, the most confident before the others; (clip,).

    Of clips whose classes are not known, the least confident first.
    """
    prediction, confidence = store.predicted
    if (store.labels < 0).all():
        return np.argsort(confidence, kind="stable")
    right = (prediction == store.labels) | (store.labels < 0)
    return np.lexsort((-confidence, right))
