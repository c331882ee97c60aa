"""Twins: classes that are each other played backwards, by a list that was looked through.

Words alone would not do: "pushing left" backwards is pulling right, and pouring into and out of
both pour. twins.json has every pair with its reason, and those that words suggest and that are
none.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.list_classes import plain

NO_TWIN = -1
REVIEWED = Path(__file__).with_name("twins.json")


def time_reversed_twins(class_names: Sequence[str]) -> NDArray[np.int64]:
    """Every class's twin, where the list has it and both names are there.

    Args:
        class_names: by class index; templates, in any case of letters, or folders called after
            them.

    Returns:
        (class,), class indices; NO_TWIN (-1) where there is none. A twin's twin is the class
        itself.

    Example:
        >>> time_reversed_twins(
        ...     ["Moving something up", "Moving something down", "Poking something"]
        ... ).tolist()
        [1, 0, -1]
    """
    index = {plain(name): i for i, name in enumerate(class_names)}
    twins = np.full(len(class_names), NO_TWIN, dtype=np.int64)
    for first, second in reviewed_twins():
        i = index.get(plain(first))
        j = index.get(plain(second))
        if i is not None and j is not None:
            twins[i] = j
            twins[j] = i
    return twins


@lru_cache(maxsize=1)
def reviewed_twins() -> tuple[tuple[str, str], ...]:
    """The pairs of the list.

    Example:
        >>> reviewed_twins()[0]
        ('Approaching something with your camera', 'Moving away from something with your camera')
    """
    content = json.loads(REVIEWED.read_text(encoding="utf-8"))
    return tuple((pair["classes"][0], pair["classes"][1]) for pair in content["twins"])
