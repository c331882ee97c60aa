"""What removals do to scores: whether a part of a clip is still read as one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, difference, joined

LONGER = "twice as long, the same content"
STILL = "every other element frozen"
PAIRS = "every element from its first frame"
CLEAR = 0.9  # agreement below which length, or equal frames, are an input of their own


class Removed(NamedTuple):
    """Scores of the same videos with all but some of their elements removed.

    Attributes:
        removal: how.
        elements: how many are left.
        per_video: score (of the true class) and correct, a row per video.
    """

    removal: str
    elements: int
    per_video: pd.DataFrame


def per_video(scores: np.ndarray, label: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Score of the true class, and whether it is the highest: a row per video.

    Args:
        scores: (video, class).
        label: (video,).
        index: of the rows.
    """
    video = np.arange(len(label))
    correct = (scores.argmax(1) == label).astype(float)
    return pd.DataFrame({"score": scores[video, label].astype(float), "correct": correct}, index)


def agreement(scores: np.ndarray, whole: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """How alike two answers to the same clips are: agreement (same class), and change (half the sum
    of |differences| of scores: 0 for none, 1 for all)."""
    same = (scores.argmax(1) == whole.argmax(1)).astype(float)
    change = np.abs(scores.astype(float) - whole).sum(1) / 2
    return pd.DataFrame({"agreement": same, "change": change}, index)


def by_elements(removed: Sequence[Removed]) -> pd.DataFrame:
    """Score and accuracy by removal and number of elements left, with 95 % intervals."""
    parts = [
        compare({"": of.per_video}, shares=["correct"]).assign(
            removal=of.removal, elements=of.elements
        )
        for of in removed
    ]
    return joined(parts).drop(columns="model")


def behind(removed: Sequence[Removed], elements: int) -> pd.DataFrame:
    """Of each removal how far its score lies behind the best one's, on the same videos.

    Args:
        elements: how many are left.

    Returns:
        columns removal, measure, mean, low, high; the best first, behind itself by 0.
    """
    left = {of.removal: of.per_video for of in removed if of.elements == elements}
    best = max(left, key=lambda name: (left[name]["correct"].mean(), left[name]["score"].mean()))
    order = [best, *(name for name in left if name != best)]
    parts = [
        compare({"": difference(left[best], left[name])}, ranges={}).assign(removal=name)
        for name in order
    ]
    return joined(parts).drop(columns="model")


def doubtful(checks: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Removals that a check speaks against: removal → which check.

    Args:
        checks: name → `agreement` of it.
    """
    against = {LONGER: "delete", PAIRS: "freeze"}
    return {
        against[name]: name
        for name, table in checks.items()
        if name in against and table["agreement"].mean() < CLEAR
    }
