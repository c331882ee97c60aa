"""Which clips a synthetic dataset consists of: their names, classes and seeds.

Class counts have a long tail. A clip depends on (seed, split, index) alone, so the pixels are the
same however many processes draw them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.drawing.clip import interval

SPLITS = ("train", "validation")
THINGS = (
    "spoon",
    "cup",
    "book",
    "potato",
    "bottle",
    "toy car",
    "remote control",
    "sponge",
    "pen",
    "key",
    "shoe",
    "box",
)


@dataclass(frozen=True)
class ClipPlan:
    """Which clip to draw under which uid."""

    uid: str
    template: str
    seed: tuple[int, int, int]  # (seed, split, index)

    def seed_sequence(self) -> np.random.SeedSequence:
        return np.random.SeedSequence(self.seed)

    def evidence(self) -> tuple[int, int]:
        """The frames [start, stop) that show the action."""
        _, start, stop = interval(self.seed_sequence())
        return start, stop

    def things(self) -> list[str]:
        """What the label says is acted with; the pictures show none of it."""
        n_things = self.template.count("[something]")
        return np.random.default_rng(self.seed).permutation(THINGS)[:n_things].tolist()


def plan_split(split: str, n_clips: int, seed: int, first_uid: int) -> list[ClipPlan]:
    """The clips of a split, in the order of its label file.

    Validation is even within each pair of twins, so that a model that is blind to order is right in
    half of their clips, whichever twin it prefers.

    Args:
        split: "train" or "validation".
        n_clips: how many, at least one for each class.
        seed: the dataset's.
        first_uid: of the first clip; the others count on.

    Returns:
        A plan for each clip.

    Example:
        >>> [clip.uid for clip in plan_split("train", n_clips=12, seed=0, first_uid=1)][-1]
        '12'
    """
    number = SPLITS.index(split)
    counts = class_counts(n_clips, even_twins=split == "validation")
    templates = np.repeat(TEMPLATES, counts)
    templates = np.random.default_rng([seed, number]).permutation(templates)
    return [
        ClipPlan(str(first_uid + i), str(template), (seed, number, i))
        for i, template in enumerate(templates)
    ]


def class_counts(n_clips: int, even_twins: bool) -> NDArray[np.int64]:
    """Clips of every class, in the order of TEMPLATES, falling as 1 / (1 + 0.3 · rank).

    Args:
        n_clips: in all.
        even_twins: whether a class has as many as its twin; an odd clip falls to the first class.

    Returns:
        (class,), at least 1 each.

    Example:
        >>> class_counts(600, even_twins=False)[[0, -1]].tolist()
        [108, 26]
    """
    weights = 1 / (1 + 0.3 * np.arange(len(TEMPLATES)))
    if not even_twins:
        return _shares(weights, n_clips)
    per_twin = _shares(weights.reshape(-1, 2).sum(axis=1), n_clips // 2)
    counts = per_twin.repeat(2)
    counts[0] += n_clips % 2
    return counts


def _shares(weights: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """n split up in proportion to the weights, after one for each."""
    ends = np.rint(np.cumsum(weights) / weights.sum() * (n - len(weights))).astype(np.int64)
    return 1 + np.diff(ends, prepend=0)
