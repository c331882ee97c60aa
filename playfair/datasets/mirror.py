"""Which class a clip shows when its pictures are mirrored, from the words of the class names."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEVER = -1
# "pulling it right out as you remove your hand" (class 50 of Something-Something v2) names no side
_ADVERB = r"right(?=\s+(?:out|off|away|back|up|down|on|at|in|into|after|before|next|behind|now)\b)"
_SIDES = [
    ("left", "right"),
    ("leftward", "rightward"),
    ("leftwards", "rightwards"),
    ("left-hand", "right-hand"),
]
_TURNS = ("counter-clockwise", "counterclockwise", "anti-clockwise", "anticlockwise")


def mirrored_classes(class_names: Sequence[str]) -> NDArray[np.int64]:
    """The class of every class's mirrored clips.

    In Something-Something v2 it swaps 86 and 87, 93 and 94, 166 and 167, and nothing else.

    Args:
        class_names: by class index.

    Returns:
        (class,): the class itself where its name has no side; NEVER (-1) where it has one and no
        class is named after the other, so that its clips must not be mirrored.

    Example:
        >>> names = ["Pulling it to the left", "Pulling it to the right", "Standing upright"]
        >>> mirrored_classes([*names, "Turning left"]).tolist()
        [1, 0, 2, -1]
    """
    index = {name.lower(): i for i, name in enumerate(class_names)}
    mirrored = np.arange(len(class_names), dtype=np.int64)
    for i, name in enumerate(class_names):
        others = {_mirror(name.lower(), turn) for turn in _TURNS} - {name.lower()}
        if others:
            mirrored[i] = next((index[other] for other in sorted(others) if other in index), NEVER)
    return mirrored


def _mirror(name: str, turn: str) -> str:
    """The name with its sides swapped. turn: the word for the other of "clockwise"."""
    words = dict([*_SIDES, ("clockwise", turn)])
    words |= {other: word for word, other in words.items()}
    sides = "|".join(sorted(words, key=len, reverse=True))  # "leftwards" before "left"
    pattern = rf"(?<![\w-])(?:{_ADVERB}|({sides})(?![\w-]))"
    return re.sub(pattern, lambda match: words[match[1]] if match[1] else match[0], name)


def mirrored_pairs(class_names: Sequence[str]) -> list[tuple[int, int]]:
    """The classes that mirroring changes, for a message.

    Args:
        class_names: by class index.

    Returns:
        (class, its mirror), every swap once; (class, NEVER) for one that is never mirrored.

    Example:
        >>> names = ["Pulling it to the left", "Pulling it to the right", "Standing upright"]
        >>> mirrored_pairs(names)
        [(0, 1)]
    """
    mirrored = mirrored_classes(class_names).tolist()
    return [(i, other) for i, other in enumerate(mirrored) if other == NEVER or other > i]
