"""What can be wrong with what is asked for, and what is near it."""

from collections.abc import Collection
from difflib import get_close_matches
from heapq import nlargest


class NotThereError(ValueError):
    """Something was asked for that is not there; the message says what is."""


# A store may go, or be found damaged, at any moment while it is read.
TROUBLE = (ValueError, OSError, KeyError)
NEAR = 5  # of what there is, named where something else was asked for
FEW = 1000
MOST_LETTERS = 100  # that are compared


def near(asked: str, names: Collection[str]) -> list[str]:
    """A few of the names that are most like what was asked for.

    Among many, those that begin like it: to compare it with 24,777 by all their letters would take
    seconds, and minutes where it is long.
    """
    asked = asked[:MOST_LETTERS]
    if len(names) <= FEW:
        return get_close_matches(asked, names, n=NEAR, cutoff=0) or list(names)[:NEAR]
    return nlargest(NEAR, names, key=lambda name: _letters_alike(name, asked))


def _letters_alike(name: str, asked: str) -> int:
    """How many letters two names begin with together."""
    for place, (letter, other) in enumerate(zip(name, asked, strict=False)):
        if letter != other:
            return place
    return min(len(name), len(asked))
