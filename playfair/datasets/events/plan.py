"""Which clips the dataset of known values consists of: their names, classes and seeds."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from playfair.datasets.events.happenings import CLASS_NAMES

SPLITS = ("train", "validation")
# Not equal, so that f(∅) is no constant; twins are equal, so that only order tells them apart.
PRIOR = (0.3, 0.3, 0.2, 0.2)


@dataclass(frozen=True)
class EventPlan:
    """Which clip to draw under which uid."""

    uid: str
    label: int
    seed: tuple[int, int, int]  # (seed, split, index)

    def entry(self) -> dict[str, Any]:
        """The clip as the label files describe it."""
        name = CLASS_NAMES[self.label]
        return {"id": self.uid, "label": name.lower(), "template": name, "placeholders": []}


def plan_events(split: str, n_clips: int, seed: int, first_uid: int) -> list[EventPlan]:
    """The clips of a split, in the order of its label file.

    Args:
        split: "train" or "validation".
        n_clips: how many.
        seed: the dataset's.
        first_uid: of the first clip; the others count on.

    Example:
        >>> plans = plan_events("train", 20, seed=0, first_uid=1)
        >>> sorted(plan.label for plan in plans)
        [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    """
    number = SPLITS.index(split)
    ends = np.rint(np.cumsum(PRIOR) * n_clips).astype(np.int64)
    labels = np.repeat(np.arange(len(PRIOR)), np.diff(ends, prepend=0))
    labels = np.random.default_rng([seed, number]).permutation(labels)
    return [
        EventPlan(str(first_uid + i), int(label), (seed, number, i))
        for i, label in enumerate(labels)
    ]
