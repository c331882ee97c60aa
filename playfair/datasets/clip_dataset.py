"""Clips of a folder or a list, as a `Dataset`: made by `clips.open_dataset`."""

import hashlib
import logging
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.clip_errors import EmptySplitError, NoClassesError, RowsError
from playfair.datasets.clip_files import Folders, is_video, media_type_of
from playfair.datasets.clip_table import ClipTable, Faults
from playfair.datasets.dataset import (
    SPLIT_NAMES,
    UNKNOWN_CLASS,
    DatasetError,
    Split,
    SplitName,
    UnknownSplitError,
    identity_of,
)
from playfair.datasets.twins import time_reversed_twins
from playfair.video.segment import Segment

log = logging.getLogger("playfair")

DOCTOR = "experiment=doctor lists all"


@dataclass(frozen=True)
class Clips:
    """Clips of a folder or a list, as a `Dataset`. Made by `open_dataset`.

    Attributes:
        root: where relative paths begin.
        name: what its outputs are filed under.
        known_classes: the name of every class, by class index; () where nothing names any.
        table: the clips.
        faults: rows that no clip could be made of.
        videos: whether the clips must be there.
        broken: "skip" leaves out what is not there, "fail" stops at it.
        given_prior: from a file, or uniform; None: how often each class is trained on.
        unread: columns of the list, or files of the folder, that mean nothing.
        remarks: how it was read, a sentence each.
    """

    root: Path
    name: str
    known_classes: tuple[str, ...]
    table: ClipTable
    faults: Faults = field(default_factory=list)
    videos: bool = True
    broken: str = "skip"
    given_prior: NDArray[np.float64] | None = None
    unread: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    _splits: dict[str, Split] = field(default_factory=dict, repr=False, compare=False)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of every class, by class index. Raises NoClassesError where none is known."""
        if not self.known_classes:
            raise NoClassesError(
                self.table.lists[0],
                "no clip has a class, and nothing names the classes that the model tells apart. "
                "Type dataset.classes=FILE, a name a line in the model's order.",
            )
        return self.known_classes

    def split(self, name: SplitName) -> Split:
        """The clips of a split, in the order of the list; those to train on have a class each.

        Raises:
            UnknownSplitError: the name is not "train", "validation" or "test".
            EmptySplitError: there are none.
            RowsError: none of its files is there, or with broken="fail" one is not.
        """
        if name not in SPLIT_NAMES:
            raise UnknownSplitError(name)
        if name not in self._splits:
            rows = self._rows(name)
            if len(rows) == 0:
                raise EmptySplitError(name, self._advice(name))
            if self.videos:
                self._require_files(rows, name)
            self._splits[name] = self._split_of(name, rows)
        return self._splits[name]

    def prior(self) -> NDArray[np.float64]:
        """What a model knows without any frame, as `remarks` say: (class,)."""
        if self.given_prior is not None:
            return self.given_prior.copy()
        targets = self.table.targets[self._rows("train")]
        return np.bincount(targets, minlength=len(self.class_names)) / len(targets)

    def clip(self, uid: str) -> Path | Segment:
        """Where the clip is: a file, a folder of pictures, or a part of one of them.

        Raises:
            DatasetError: there is no such clip.
        """
        row = self._row_of.get(uid)
        if row is None:
            raise DatasetError(f"{self.name} has no clip {uid!r}")
        path, is_part = self._place(row)
        start = float(self.table.starts[row])
        if not is_part or np.isnan(start):
            return self.root / path
        first, last = self.table.pictures[row].tolist()
        if first >= 0 and not is_video(path):
            return Segment(self.root / path, first, last, "frame")
        return Segment(self.root / path, start, float(self.table.stops[row]), self.table.unit)

    def media_type(self, uid: str) -> str:
        """What a browser is told that the clip is."""
        row = self._row_of.get(uid)
        return media_type_of("" if row is None else self._place(row)[0])

    def evidence(self) -> dict[str, tuple[int, int]]:
        """The frames [start, stop) that decide a clip's class, by uid; {} where it is not known."""
        rows = np.flatnonzero(self.table.evidence[:, 0] >= 0)
        bounds = self.table.evidence[rows].tolist()
        uids = self.table.uids
        return {uids[row]: (start, stop) for row, (start, stop) in zip(rows, bounds, strict=True)}

    def twins(self) -> NDArray[np.int64]:
        """Each class's twin by the words of their names, or -1: (class,)."""
        return time_reversed_twins(self.class_names)

    def identity(self) -> str:
        """Which data this is, wherever it lies: SHA-256 of classes, clips, evidence and prior.

        Test clips are not in it, as nothing is learnt from them.
        """
        return self._identity

    @cached_property
    def _identity(self) -> str:
        rows = {name: self._rows(name) for name in SPLIT_NAMES[:2]}
        splits = [self._split_of(name, rows[name]) for name in rows]
        digest = hashlib.sha256(identity_of(self.class_names, splits, self.evidence()).encode())
        for part in rows.values():
            # NaN has many forms, and one here
            times = np.nan_to_num(np.stack([self.table.starts, self.table.stops])[:, part], nan=-1)
            digest.update(f"\n{self.table.unit}\n".encode())
            digest.update(np.ascontiguousarray(times, dtype="<f8").tobytes())
            pictures = np.ascontiguousarray(self.table.pictures[part], dtype="<i8")
            digest.update(pictures.tobytes())
        if self.given_prior is not None:
            digest.update(np.ascontiguousarray(self.given_prior, dtype="<f8").tobytes())
        return digest.hexdigest()

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {uid: row for row, uid in enumerate(self.table.uids)}

    @cached_property
    def _folders(self) -> Folders:
        return Folders(self.root)

    def _rows(self, name: SplitName) -> NDArray[np.intp]:
        inside = self.table.splits == SPLIT_NAMES.index(name)
        if name == "train":
            inside = inside & (self.table.targets != UNKNOWN_CLASS)
        return np.flatnonzero(inside)

    def _split_of(self, name: SplitName, rows: NDArray[np.intp]) -> Split:
        uids = np.array([self.table.uids[row] for row in rows.tolist()], dtype=np.str_)
        targets = self.table.targets[rows]
        uids.flags.writeable = False
        targets.flags.writeable = False
        return Split(name, uids, targets)

    def _advice(self, name: SplitName) -> str:
        n_clips = {split: len(self._rows(split)) for split in SPLIT_NAMES}
        others = [
            f"{n:,} {'is' if n == 1 else 'are'} in {split}" for split, n in n_clips.items() if n
        ]
        if name != "train":
            filled = next((split for split, n in n_clips.items() if n), "validation")
            return f"{', '.join(others)}: type split={filled}."
        if not (self.table.targets != UNKNOWN_CLASS).any():
            return "To be trained on, clips need classes: see docs/clips.md for folders and lists."
        return (
            f"{', '.join(others)}. To train on some of them type dataset.train_share=0.8; or give "
            "the list a column split, or the folder a folder train beside one validation."
        )

    def _find(self, row: int) -> tuple[str, bool] | None:
        """A clip's file or folder, and whether the clip may be a part of it; None: not there."""
        table = self.table
        file = table.files[row]
        if not table.anywhere:
            path = self._folders.find(file)
            return None if path is None else (path, True)
        own = self._folders.find_anywhere(file)
        if own is not None:
            return own, False
        longer = self._folders.find_anywhere(table.longer[row])
        return None if longer is None else (longer, True)

    def _place(self, row: int) -> tuple[str, bool]:
        """As `_find`; of what is not there, where it was looked for."""
        return self._find(row) or (self.table.files[row], not self.table.anywhere)

    def row(self, uid: str) -> int:
        """A clip's row in the table."""
        return self._row_of[uid]

    def where_missing(self, row: int) -> str:
        """What is not there of a clip, and which line says that it should be."""
        where = self.table.where(row)
        return f"{where + ': ' if where else ''}no file {self.table.files[row]!r}"

    def missing(self, rows: NDArray[np.intp]) -> list[int]:
        """Those of some rows whose file or folder is not there; every folder is looked at once."""
        return [row for row in rows.tolist() if self._find(row) is None]

    def _require_files(self, rows: NDArray[np.intp], name: SplitName) -> None:
        missing = self.missing(rows)
        if not missing:
            return
        reasons = [self.where_missing(row) for row in missing]
        if len(missing) == len(rows):
            none = "The one clip" if len(rows) == 1 else f"None of the {len(rows):,} clips"
            advice = (
                f"{none} of the {name} split is {'not ' if len(rows) == 1 else ''}there: type "
                f"dataset.root=FOLDER with the folder that paths begin in. {DOCTOR}"
            )
            raise RowsError(self.root, reasons, advice)
        few = f"{len(missing):,} of the {len(rows):,} clips of the {name} split"
        if self.broken == "fail":
            are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            advice = (
                f"{few} {are} not there. Type dataset.broken=skip to leave {them} out. {DOCTOR}"
            )
            raise RowsError(self.root, reasons, advice)
        log.warning(
            "%s %s not there and left out (%s%s); %s",
            few,
            "is" if len(missing) == 1 else "are",
            reasons[0],
            ", …" if len(missing) > 1 else "",
            DOCTOR,
        )
