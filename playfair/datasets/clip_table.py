"""From what lists say to a table of clips: named, of a class, in a split; columns for 650,000."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.clip_names import clip_names
from playfair.datasets.dataset import SPLIT_NAMES, UNKNOWN_CLASS, SplitName
from playfair.datasets.label_files import excerpt, nearest
from playfair.datasets.list_classes import class_indices
from playfair.datasets.lists.listing import Fault, ListError, Listing, split_of_word

MOST_LETTERS = 500  # of a clip's path
NO_SPLIT: SplitName = "validation"  # what clips are explained as where nothing says a split
BAD = -2
ADVISED = 20  # rows whose nearest class is looked for
ALIKE = 0.6  # that it is at least, to be told
Faults = list[tuple[Path, Fault]]


@dataclass(frozen=True)
class ClipTable:
    """Clips, in the order of their lists; one row each.

    Attributes:
        uids: names, (clip,).
        files: each clip's file or folder, as the list names it.
        targets: class indices, UNKNOWN_CLASS where none is given: (clip,).
        splits: places in SPLIT_NAMES, (clip,) int8.
        starts, stops: where it lies in its file, NaN for all of it: (clip,).
        unit: what these count.
        pictures: the same in a folder of pictures, −1 where not known: (clip, 2).
        lengths: they say how many pictures a folder holds, and no part of a video.
        evidence: decisive frames [start, stop), −1 where not known: (clip, 2).
        longer: names of the longer videos of an `anywhere` list; "" where there is none.
        anywhere: files are names without folder and ending.
        sources: the list of each clip, a place among `lists`: (clip,) int8.
        lines: its line there, (clip,).
        lists: the lists' files.
    """

    uids: list[str]
    files: list[str]
    targets: NDArray[np.int64]
    splits: NDArray[np.int8]
    starts: NDArray[np.float64]
    stops: NDArray[np.float64]
    unit: Literal["second", "frame"]
    pictures: NDArray[np.int64]
    lengths: bool
    evidence: NDArray[np.int64]
    longer: list[str]
    anywhere: bool
    sources: NDArray[np.int8]
    lines: NDArray[np.int32]
    lists: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.files)

    def kept(self, keep: NDArray[np.bool_]) -> "ClipTable":
        """The rows where `keep` is true."""
        if keep.all():
            return self
        columns: dict[str, Any] = {}
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                columns[name] = column[keep]
            elif isinstance(column, list):
                columns[name] = list(compress(column, keep))
            else:
                columns[name] = column
        return ClipTable(**columns)

    def where(self, row: int) -> str:
        """A row's place in its list, for messages; "" for a clip of a folder."""
        line = int(self.lines[row])
        return f"{self.lists[self.sources[row]].name}, line {line}" if line else ""


def table_of(
    listings: Mapping[SplitName | None, Listing],
    class_names: Sequence[str],
    root: Path,
    train_share: float | None = None,
) -> tuple[ClipTable, Faults]:
    """The clips of a dataset's lists, and the rows that none can be made of.

    Args:
        listings: by the split that a list is of; None: the list itself says, or nothing does.
        class_names: by index.
        root: where relative paths begin.
        train_share: of the videos, drawn by their names, whose clips are trained on where no list
            says a split; None: none.

    Returns:
        The table, and each fault with the list that it is in.

    Raises:
        ListError: the lists find their clips, or count, in different ways.
    """
    _require_alike(list(listings.values()))
    faults = [(listing.path, fault) for listing in listings.values() for fault in listing.faults]
    indices = class_indices(list(listings.values()), class_names)
    labels = [label for listing in listings.values() for label in listing.labels]
    meaning = {**dict.fromkeys(labels, BAD), **indices, "": UNKNOWN_CLASS}
    split_words = [
        word for listing in listings.values() for word in listing.splits or [""] * len(listing)
    ]
    splits = [_splits_of(listing, split, train_share) for split, listing in listings.items()]
    table = _stacked(
        list(listings.values()),
        np.array([meaning[label] for label in labels], dtype=np.int64),
        np.concatenate(splits),
    )
    keep = np.ones(len(table), dtype=bool)

    def refuse(row: int, kind: str, reason: str) -> None:
        keep[row] = False
        faults.append((table.lists[table.sources[row]], Fault(int(table.lines[row]), reason, kind)))

    for row in np.flatnonzero(table.targets == BAD).tolist():
        near = nearest(labels[row], class_names, ALIKE) if len(faults) < ADVISED else ""
        meant = f"; the nearest is {near!r}" if near else ""
        refuse(row, "label that is no class", f"{excerpt(labels[row])} is no class{meant}")
    for row in np.flatnonzero(keep & (table.splits == BAD)).tolist():
        expected = f"expected split train, validation or test, got {excerpt(split_words[row])}"
        refuse(row, "unknown split", expected)
    for row, file in enumerate(table.files):
        if len(file) > MOST_LETTERS and keep[row]:
            reason = f"a path has at most {MOST_LETTERS} letters, got {excerpt(file)}"
            refuse(row, "path that is too long", reason)
    table = table.kept(keep)
    given = [uid for listing in listings.values() for uid in listing.uids or [""] * len(listing)]
    table.uids.extend(clip_names(table, list(compress(given, keep)), root))
    return _each_once(table, faults)


def _require_alike(listings: Sequence[Listing]) -> None:
    """Raises ListError where one table cannot hold what two lists say."""
    counted = {(part.unit, part.lengths) for part in listings if part.starts is not None}
    if len(counted) > 1:
        difference = "times count other things in each (seconds, frames, a folder's pictures)"
    elif len({listing.anywhere for listing in listings}) > 1:
        difference = "one names clips by their paths, another by names alone"
    else:
        return
    names = " and ".join(listing.path.name for listing in listings)
    raise ListError(
        listings[0].path,
        f"expected lists of one format, got {names}: {difference}. Write all of them as tables, "
        "path,label,start,stop, or type dataset.list=FILE for one of them",
    )


def _stacked(
    listings: Sequence[Listing], targets: NDArray[np.int64], splits: NDArray[np.int8]
) -> ClipTable:
    """The columns of all lists, one list below the other, still without names."""
    sizes = [len(listing) for listing in listings]
    starts = []
    stops = []
    evidence = []
    pictures = []
    longer: list[str] = []
    for listing, n in zip(listings, sizes, strict=True):
        whole = np.full(n, np.nan)
        starts.append(whole if listing.starts is None else listing.starts)
        stops.append(whole if listing.stops is None else listing.stops)
        unknown = np.full((n, 2), -1, dtype=np.int64)
        evidence.append(unknown if listing.evidence is None else listing.evidence)
        pictures.append(unknown if listing.pictures is None else listing.pictures)
        longer += listing.longer or [""] * n
    return ClipTable(
        uids=[],
        files=[file for listing in listings for file in listing.clips],
        targets=targets,
        splits=splits,
        starts=np.concatenate(starts),
        stops=np.concatenate(stops),
        unit=next((part.unit for part in listings if part.starts is not None), "second"),
        pictures=np.concatenate(pictures),
        lengths=any(listing.lengths for listing in listings),
        evidence=np.concatenate(evidence),
        longer=longer,
        anywhere=listings[0].anywhere,
        sources=np.repeat(np.arange(len(listings), dtype=np.int8), sizes),
        lines=np.array([line for listing in listings for line in listing.lines], dtype=np.int32),
        lists=tuple(listing.path for listing in listings),
    )


def _splits_of(
    listing: Listing, split: SplitName | None, train_share: float | None
) -> NDArray[np.int8]:
    """Each row's split, a place in SPLIT_NAMES; BAD for a word that is none."""
    n = len(listing)
    if split is not None:
        return np.full(n, SPLIT_NAMES.index(split), dtype=np.int8)
    if listing.splits is not None:
        places = {}
        for word in set(listing.splits):
            meant = split_of_word(word)
            places[word] = BAD if meant is None else SPLIT_NAMES.index(meant)
        return np.array([places[word] for word in listing.splits], dtype=np.int8)
    splits = np.full(n, SPLIT_NAMES.index(NO_SPLIT), dtype=np.int8)
    if train_share:
        splits[_drawn(listing.longer or listing.clips, train_share)] = SPLIT_NAMES.index("train")
    return splits


def _drawn(videos: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Which videos are trained on: by their names alone, so that further ones change little.

    All clips of one video are on one side, as they look alike; where there are two, both sides
    have one.
    """
    names = sorted(set(videos), key=_digest)
    n_trained = min(max(round(share * len(names)), 1), max(len(names) - 1, 1))
    trained = set(names[:n_trained])
    return np.array([video in trained for video in videos], dtype=bool)


def _digest(video: str) -> bytes:
    name = os.path.basename(video).encode("utf-8", "surrogateescape")
    return hashlib.sha256(name).digest()


def _each_once(table: ClipTable, faults: Faults) -> tuple[ClipTable, Faults]:
    """The table without rows for a clip that another row is for.

    Where they agree the first is kept. Where they give it two classes or splits, which of them is
    right is not known, and none is.
    """
    if len(set(table.uids)) == len(table):
        return table, faults
    rows: dict[str, list[int]] = {}
    for row, uid in enumerate(table.uids):
        rows.setdefault(uid, []).append(row)
    keep = np.ones(len(table), dtype=bool)
    for uid, repeats in rows.items():
        if len(repeats) == 1:
            continue
        agree = len(set(zip(table.targets[repeats], table.splits[repeats], strict=True))) == 1
        lines = ", ".join(str(table.lines[row]) for row in repeats)
        for row in repeats[1:] if agree else repeats:
            keep[row] = False
            said = "the same" if agree else "another class or split"
            reason = f"lines {lines} are for one clip, {excerpt(uid)}, and say {said}"
            fault = Fault(int(table.lines[row]), reason, "two rows for one clip")
            faults.append((table.lists[table.sources[row]], fault))
    return table.kept(keep), faults
