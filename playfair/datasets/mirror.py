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
    """The class of each class's mirrored clips, `(class,)`: itself where its name has no side, NEVER (-1) where it
    has one and no class is named after the other: such clips must not be mirrored.

    In Something-Something v2 it swaps 86 and 87, 93 and 94, 166 and 167, and nothing else.

    >>> mirrored_classes(["Pulling it to the left", "Pulling it to the right", "Standing upright", "Turning left"])
    array([ 1,  0,  2, -1])
    """
    index = {name.lower(): i for i, name in enumerate(class_names)}
    mirrored = np.arange(len(class_names))
    for i, name in enumerate(class_names):
        others = {_mirror(name.lower(), turn) for turn in _TURNS} - {name.lower()}
        if others:
            mirrored[i] = next((index[other] for other in sorted(others) if other in index), NEVER)
    return mirrored


def _mirror(name: str, turn: str) -> str:
    words = dict([*_SIDES, ("clockwise", turn)])
    words |= {other: word for word, other in words.items()}
    pattern = (
        rf"(?<![\w-])(?:{_ADVERB}|({'|'.join(sorted(words, key=len, reverse=True))})(?![\w-]))"
    )
    return re.sub(pattern, lambda found: words[found[1]] if found[1] else found[0], name)


def mirrored_pairs(class_names: Sequence[str]) -> list[tuple[int, int]]:
    """The classes that mirroring swaps, for showing: [(class, its mirror), …], each pair once; (class, NEVER) for those
    that are never mirrored.

    >>> mirrored_pairs(["Pulling it to the left", "Pulling it to the right", "Standing upright"])
    [(0, 1)]
    """
    mirrored = mirrored_classes(class_names).tolist()
    return [(i, other) for i, other in enumerate(mirrored) if other == NEVER or other > i]
