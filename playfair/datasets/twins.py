"""Twins: classes that are each other played backwards, by the words of their names."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NO_TWIN = -1
# Phrases that turn into each other when time is reversed; tried in this order, whole words only.
_REVERSED = [
    ("from left to right", "from right to left"),
    ("up", "down"),
    ("closer to each other", "away from each other"),
    ("closer to", "away from"),
    ("towards", "away from"),
    ("clockwise", "counter-clockwise"),
    ("covering", "uncovering"),
    ("opening", "closing"),
    ("folding", "unfolding"),
    ("into", "out of"),
    ("onto", "off of"),
    ("left", "right"),
]
# Twins in Something-Something v2 whose names differ by more than one phrase.
_NAMED = [
    ("Covering something with something", "Uncovering something"),
    ("Approaching something with your camera", "Moving away from something with your camera"),
    ("Putting something into something", "Taking something out of something"),
    ("Attaching something to something", "Detaching something from something"),
]


def time_reversed_twins(class_names: Sequence[str]) -> NDArray[np.int64]:
    """Every class's twin, as far as names tell; a twin's twin is the class itself.

    Args:
        class_names: by class index.

    Returns:
        (class,), class indices; NO_TWIN (-1) where there is none.

    Example:
        >>> time_reversed_twins(["Moving it up", "Moving it down", "Poking it"]).tolist()
        [1, 0, -1]
    """
    index = {name: i for i, name in enumerate(class_names)}
    twins = np.full(len(class_names), NO_TWIN, dtype=np.int64)
    # Those that are named come first, since every class has one twin.
    candidates = [*_NAMED]
    for name in class_names:
        candidates += [(name, other) for other in _reversed_names(name)]
    for name, other in candidates:
        if name not in index or other not in index:
            continue
        i = index[name]
        j = index[other]
        if i != j and twins[i] == twins[j] == NO_TWIN:
            twins[i] = j
            twins[j] = i
    return twins


def _reversed_names(name: str) -> list[str]:
    """The name with one phrase reversed, in every way that there is."""
    names = []
    for phrase, other in _REVERSED:
        for before, after in ((phrase, other), (other, phrase)):
            pattern = rf"(?<![\w-]){re.escape(before)}(?![\w-])"
            if re.search(pattern, name, re.IGNORECASE):
                swapped = re.sub(pattern, after, name, flags=re.IGNORECASE)
                names.append(swapped[0].upper() + swapped[1:])
    return names
