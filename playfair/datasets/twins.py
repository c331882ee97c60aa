"""Time-reversed twins: classes that are each other played backwards, found by the words of their names."""

import re
from collections.abc import Sequence

import numpy as np

# phrases that turn into each other when time is reversed; tried in this order, whole words only
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
# twins in Something-Something v2 whose names differ by more than one phrase
_NAMED = [
    ("Covering something with something", "Uncovering something"),
    ("Approaching something with your camera", "Moving away from something with your camera"),
    ("Putting something into something", "Taking something out of something"),
    ("Attaching something to something", "Detaching something from something"),
]


def time_reversed_twins(class_names: Sequence[str]) -> np.ndarray:
    """Index of each class's twin, or −1: (class,). A twin's twin is the class itself.

    >>> time_reversed_twins(["Moving something up", "Moving something down", "Poking something"]).tolist()
    [1, 0, -1]
    """
    index = {name: i for i, name in enumerate(class_names)}
    twins = np.full(len(class_names), -1)
    pairs = [pair for pair in _NAMED if pair[0] in index and pair[1] in index]
    pairs += [
        (name, other) for name in class_names for other in _candidates(name) if other in index
    ]
    for first, second in pairs:
        i, j = index[first], index[second]
        if i != j and twins[i] == twins[j] == -1:
            twins[i], twins[j] = j, i
    return twins


def _candidates(name: str) -> list[str]:
    found = []
    for phrase, other in _REVERSED:
        for before, after in ((phrase, other), (other, phrase)):
            pattern = rf"(?<![\w-]){re.escape(before)}(?![\w-])"
            if re.search(pattern, name, re.IGNORECASE):
                swapped = re.sub(pattern, after, name, flags=re.IGNORECASE)
                found.append(swapped[0].upper() + swapped[1:])
    return found
