"""How many frames each clip of a split has, for models that see clips whole: nothing is decoded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from playfair.datasets.dataset import SplitName
from playfair.steps.clips import report_left_out
from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.data import Data
from playfair.steps.durable import write_json
from playfair.steps.layout import Layout
from playfair.steps.ranks import by_rank_zero
from playfair.steps.step import Step
from playfair.steps.workplace import Workplace
from playfair.video.segment import Segment

FILE = "lengths.json"


class ClipLengths(NamedTuple):
    """Of a split's clips.

    Attributes:
        lengths: (clip,), frames; 0 for a clip that cannot be read.
        skipped: clip → why not.
    """

    lengths: np.ndarray
    skipped: dict[int, str]


@dataclass(frozen=True)
class Lengths:
    """Frames of each clip, from its packets: opened as ClipLengths."""

    kind: ClassVar[str] = "lengths"
    version: ClassVar[int] = 1

    data: Data
    split: SplitName
    workplace: Workplace

    @property
    def label(self) -> str:
        return self.split

    def settings(self) -> dict[str, Any]:
        return {"split": self.split, "dataset": self.data.settings_of(self.split)}

    def unknown_because(self) -> str:
        return self.data.unknown_because()

    def inputs(self) -> dict[str, Step]:
        return {}

    def whole(self, folder: Path) -> bool:
        return (folder / FILE).is_file()

    def open(self, folder: Path) -> ClipLengths:
        from playfair.video.reader import require_whole

        file = folder / FILE
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            lengths = np.array(content["lengths"], dtype=np.int64)
            skipped = {int(clip): str(why) for clip, why in content["skipped"].items()}
        except UNREADABLE as error:
            raise DamageError(file, f"expected lengths and skipped ({error})") from error
        if self.workplace.broken == "fail":
            require_whole(skipped.values())
        return ClipLengths(lengths, skipped)

    def make(self, folder: Path, layout: Layout) -> None:
        by_rank_zero(lambda: self._count(folder), done=lambda: self.whole(folder))

    def _count(self, folder: Path) -> None:
        from playfair.video.reader import require_whole

        dataset = self.data.opened
        split = dataset.split(self.split)
        paths = (dataset.clip(str(uid)) for uid in split.uids)
        lengths = []
        skipped = {}
        for clip, (length, why) in enumerate(_counted(paths, self.workplace.workers)):
            lengths.append(length)
            if why:
                skipped[clip] = why
        if self.workplace.broken == "fail":
            require_whole(skipped.values())
        report_left_out(self.split, list(skipped.values()))
        write_json(folder / FILE, {"lengths": lengths, "skipped": skipped})


def _counted(paths: Iterator[Path | Segment], workers: int) -> Iterator[tuple[int, str]]:
    """Each clip's frames, by so many threads: FFmpeg reads without Python's lock."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, workers)) as threads:
        yield from threads.map(_frames, paths)


def _frames(path: Path | Segment) -> tuple[int, str]:
    from playfair.video.reader import VideoError, count_frames

    try:
        return count_frames(path), ""
    except VideoError as error:
        return 0, str(error)
