"""What a list of clips says, row by row, whatever its format: columns, so that 650,000 rows fit."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.dataset import PathError, SplitName
from playfair.datasets.label_files import excerpt

# What lists and folders call the splits.
SPLIT_WORDS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


class Fault(NamedTuple):
    """A row that no clip can be made of.

    Attributes:
        line: of the file, from 1; 0 where it is of no file.
        reason: what was expected and what came.
        kind: what all such rows have in common.
    """

    line: int
    reason: str
    kind: str


class ListError(PathError):
    """A list that cannot be read as one."""


@dataclass
class Listing:
    """Rows of a list, in its order.

    Attributes:
        path: the list's file, or the folder that was looked through.
        lines: each row's line in the file, from 1.
        clips: each clip's file or folder of pictures, as the list names it; in `anywhere` lists
            the name of a file of its own, without ending.
        labels: each clip's class, by name or number; "" where none is given.
        splits: each clip's split, in the list's own word; None where the list has none.
        uids: names that the list gives its clips; None where they are named by their files.
        starts, stops: where a clip lies in its file; NaN where it is all of it. None: all are.
        unit: what these count.
        pictures: the same in a folder of the video's pictures, [start, stop) from 0: (clip, 2).
        lengths: starts and stops say how many pictures a folder holds, and no part of a video.
        evidence: decisive frames [start, stop) of each clip, −1 where not known: (clip, 2). None:
            known of none.
        longer: in `anywhere` lists, the name of the longer video that holds the clip.
        anywhere: clips are named without folder and ending, and lie anywhere below the root.
        words: where labels are numbers: what each is called in the list, and how often.
        faults: rows that no clip can be made of.
        unread: columns that mean nothing here.
    """

    path: Path
    lines: list[int] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    splits: list[str] | None = None
    uids: list[str] | None = None
    starts: NDArray[np.float64] | None = None
    stops: NDArray[np.float64] | None = None
    unit: Literal["second", "frame"] = "second"
    pictures: NDArray[np.int64] | None = None
    lengths: bool = False
    evidence: NDArray[np.int64] | None = None
    longer: list[str] | None = None
    anywhere: bool = False
    words: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.clips)


def split_of_word(word: str) -> SplitName | None:
    """The split that a list or a folder means.

    Example:
        >>> split_of_word("Val"), split_of_word("dev")
        ('validation', None)
    """
    return SPLIT_WORDS.get(word.strip().lower())


def seconds(text: str) -> float:
    """A time, as seconds or as hours:minutes:seconds; NaN for no text.

    Raises:
        ValueError: it is neither.

    Example:
        >>> seconds("12.5"), seconds("00:01:02.50")
        (12.5, 62.5)
    """
    if not text:
        return math.nan
    total = 0.0
    for part in text.split(":"):
        number = float(part)
        if not 0 <= number < math.inf:
            raise ValueError(f"expected seconds or hours:minutes:seconds, got {excerpt(text)}")
        total = 60 * total + number
    return total


def interval(start: str, stop: str) -> tuple[float, float] | None:
    """Where a clip begins and ends, in seconds; None where these are no times in this order.

    Example:
        >>> interval("1", "0:02"), interval("2", "")
        ((1.0, 2.0), None)
    """
    try:
        bounds = seconds(start.strip()), seconds(stop.strip())
    except ValueError:
        return None
    return bounds if bounds[0] < bounds[1] else None
