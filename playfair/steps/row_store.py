"""The row store: per clip a varying number of equal rows, larger than memory.

Rows are feature vectors, or decoded frames. Clips are grouped in blocks of `block` consecutive
clips; a block is one .npy file of the clips' rows, one after the other. A block is written by one
process, in a part file that is renamed when it is whole: many ranks write side by side without
locks, and what a killed run leaves behind is exactly its finished blocks. Readers map the files, so
any number of workers share one copy of the pages, and none is read before it is asked for.

    00012.npy    rows of block 12: (sum of its clips' lengths, *row)
    00012.json   written after it: {"lengths": rows per clip, 0 for a clip that could not be read;
                 "skipped": {clip: why}; "moments": {clip: when its rows begin and the last ends, of
                 frames whose rate varies}, where there are any; "bytes", "crc32c": of the .npy; "sum": of all these}

A block counts with both files. Its checksum is looked at when a process first maps it.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from playfair.steps.clips import report_left_out
from playfair.steps.damage import DamageError
from playfair.steps.manifest import crc32c_of
from playfair.steps.place import is_rank_zero
from playfair.steps.row_block import mapped, read_block_record, require_checksum, write_block
from playfair.video.clock import ClipLength
from playfair.video.reader import require_whole

# 32 clips of 40 frames at 224×224 take 190 MB while their features are extracted.
CLIPS_PER_BLOCK = 32


@dataclass(frozen=True)
class RowStore:
    """A folder of blocks. Picklable: maps are opened by the process that reads.

    Args:
        folder: where the blocks lie; it is there.
        n_clips: clips of all blocks.
        block: clips of a block; the last may have fewer.

    Example:
        store = RowStore(Path("features"), n_clips=3, block=2)
        store.write(0, [np.zeros((5, 256)), np.zeros((7, 256))])   # clips 0 and 1
        store[1].shape                                             # (7, 256)
    """

    folder: Path
    n_clips: int
    block: int
    _maps: dict[int, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return self.n_clips

    def __reduce__(self) -> tuple[type["RowStore"], tuple[Path, int, int]]:
        return type(self), (self.folder, self.n_clips, self.block)

    @property
    def n_blocks(self) -> int:
        return -(-self.n_clips // self.block)

    def clips(self, block: int) -> range:
        """The clips of a block."""
        return range(block * self.block, min((block + 1) * self.block, self.n_clips))

    def missing(self) -> list[int]:
        """Blocks that are still to be written."""
        # at once: to look 5,279 times takes 0.1 s, for each block that is written
        present = set(os.listdir(self.folder))
        return [
            block
            for block in range(self.n_blocks)
            if not {self._path(block).name, self._path(block, "json").name} <= present
        ]

    def write(
        self,
        block: int,
        rows: Sequence[np.ndarray],
        skipped: dict[int, str] | None = None,
        moments: Mapping[int, np.ndarray] | None = None,
    ) -> None:
        """Writes a whole block.

        Args:
            block: its number.
            rows: one array (row, …) per clip of the block.
            skipped: clip → why it has none.
            moments: clip → when its rows begin, and the last ends: of frames whose rate varies.

        Raises:
            ValueError: more or fewer arrays than the block has clips; or the disk is full.
        """
        expected = len(self.clips(block))
        if len(rows) != expected:
            raise ValueError(
                f"Block {block} of {self.folder} holds {expected} clips, got the rows of "
                f"{len(rows)}."
            )
        write_block(
            self._path(block),
            self._path(block, "json"),
            np.concatenate(list(rows)),
            lengths=[len(clip) for clip in rows],
            skipped=skipped or {},
            moments=moments or {},
        )

    def record(self, block: int) -> dict[str, Any]:
        """What a block says of itself.

        Raises:
            DamageError: it is not as it was written.
        """
        return read_block_record(self._path(block, "json"))

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        if missing := self.missing():
            raise ValueError(
                f"{self.folder} has {self.n_blocks - len(missing)} of {self.n_blocks} blocks: its "
                "writing was cut short. Run the command that makes it again; it writes those that "
                "are missing."
            )
        return [self.record(block) for block in range(self.n_blocks)]

    def block_of(self, name: str) -> int | None:
        """The block that a file of this name is of."""
        number, _, ending = name.partition(".")
        return int(number) if number.isdigit() and ending in ("npy", "json") else None

    def torn(self) -> list[int]:
        """Blocks that count as written and do not hold what was written, read whole."""
        missing = set(self.missing())
        return [
            block for block in range(self.n_blocks) if block not in missing and self._is_torn(block)
        ]

    def _is_torn(self, block: int) -> bool:
        try:
            require_checksum(self._path(block), self.record(block))
        except DamageError:
            return True
        return False

    def discard(self, block: int) -> None:
        """Removes a block: it is missing then."""
        for ending in ("json", "npy"):
            self._path(block, ending).unlink(missing_ok=True)

    def digests(self) -> dict[str, str]:
        """The digests of the blocks' files, as the manifest has them, without reading the rows."""
        digests = {}
        for block in range(self.n_blocks):
            file = self._path(block, "json")
            digests[file.name] = crc32c_of(file.read_bytes())
            digests[self._path(block).name] = f"crc32c:{self.record(block)['crc32c']}"
        return digests

    @cached_property
    def lengths(self) -> np.ndarray:
        """Rows of each clip: (clip,)."""
        lengths = [length for record in self._records for length in record["lengths"]]
        return np.array(lengths, np.int64)

    def length(self, clip: int) -> ClipLength:
        """Rows of a clip: a number that knows their times where the rate of its frames varies."""
        moments = self._records[clip // self.block].get("moments", {}).get(str(clip))
        n_rows = int(self.lengths[clip])
        return ClipLength(n_rows, None if moments is None else np.array(moments, np.int64))

    def timed(self, clip: int) -> tuple[np.ndarray, ClipLength]:
        """All rows of a clip, and how many."""
        return self[clip], self.length(clip)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where in its block each clip begins: (clip,)."""
        ends = np.cumsum(self.lengths)
        first = np.arange(self.n_clips) // self.block * self.block
        return ends - self.lengths - (ends - self.lengths)[first]

    def skipped(self) -> dict[int, str]:
        """Clips without rows, and why."""
        missing = set(self.missing())
        reasons: dict[int, str] = {}
        for block in range(self.n_blocks):
            if block not in missing:
                of_block = self.record(block)["skipped"]
                reasons |= {int(clip): why for clip, why in of_block.items()}
        return reasons

    def looked_over(self, split: str, broken: str) -> "RowStore":
        """Itself, once it is said which clips of a split have no rows.

        Raises:
            VideoError: some have none, and `broken` is "fail".
        """
        reasons = list(self.skipped().values())
        if broken == "fail":  # it may have been written when it was not asked for
            require_whole(reasons)
        if is_rank_zero():
            report_left_out(split, reasons)
        return self

    def __getitem__(self, clip: int) -> np.ndarray:
        """All rows of a clip, mapped and not copied: (row, …)."""
        block = clip // self.block
        if block not in self._maps:
            self._maps[block] = mapped(self._path(block), self.record(block))
        start = self.starts[clip]
        return self._maps[block][start : start + self.lengths[clip]]

    def sample(
        self,
        clip: int,
        choose: Callable[[int], np.ndarray],
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Some rows of a clip, copied: (len(indices), …).

        Args:
            clip: which.
            choose: the clip's number of rows → indices.
        """
        return self[clip][choose(self.length(clip))]

    def _path(self, block: int, ending: str = "npy") -> Path:
        return self.folder / f"{block:05d}.{ending}"
