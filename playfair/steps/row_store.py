"""The row store: per clip a varying number of equal rows, larger than memory.

Rows are feature vectors, or decoded frames. Clips are grouped in blocks of `block` consecutive
clips; a block is one .npy file of the clips' rows, one after the other. A block is written by one
process, in a part file that is renamed when it is whole: many ranks write side by side without
locks, and what a killed run leaves behind is exactly its finished blocks. Readers map the files, so
any number of workers share one copy of the pages, and none is read before it is asked for.

    00012.npy               rows of block 12: (sum of its clips' lengths, *row)
    00012.lengths.npy       rows per clip; 0 for a clip that could not be read
    00012.skipped.json      the reasons, where there are any
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from playfair.steps.durable import telling_full_disk, write_json
from playfair.video.reader import require_whole

log = logging.getLogger("playfair")

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

    def __getstate__(self) -> dict[str, object]:
        return {"folder": self.folder, "n_clips": self.n_clips, "block": self.block, "_maps": {}}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

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
        return [block for block in range(self.n_blocks) if self._path(block).name not in present]

    def write(
        self, block: int, rows: Sequence[np.ndarray], skipped: dict[int, str] | None = None
    ) -> None:
        """Writes a whole block.

        Args:
            block: its number.
            rows: one array (row, …) per clip of the block.
            skipped: clip → why it has none.

        Raises:
            ValueError: more or fewer arrays than the block has clips.
        """
        expected = len(self.clips(block))
        if len(rows) != expected:
            raise ValueError(
                f"Block {block} of {self.folder} holds {expected} clips, got the rows of "
                f"{len(rows)}."
            )
        with telling_full_disk(f"block {block} of {self.folder}"):
            lengths = np.array([len(clip) for clip in rows], dtype=np.int64)
            np.save(self._path(block, "lengths.npy"), lengths)
            if skipped:
                reasons = {str(clip): why for clip, why in skipped.items()}
                write_json(self._path(block, "skipped.json"), reasons)
            part = self._path(block, f"{os.getpid()}.part")
            with part.open("wb") as file:
                np.save(file, np.concatenate(list(rows)))
            # last, and at once: the block is there, whole
            part.replace(self._path(block))

    @cached_property
    def lengths(self) -> np.ndarray:
        """Rows of each clip: (clip,)."""
        if missing := self.missing():
            raise ValueError(
                f"{self.folder} has {self.n_blocks - len(missing)} of {self.n_blocks} blocks: its "
                "writing was cut short. Run the command that makes it again; it writes those that "
                "are missing."
            )
        files = [self._path(block, "lengths.npy") for block in range(self.n_blocks)]
        return np.concatenate([np.load(file) for file in files])

    @cached_property
    def starts(self) -> np.ndarray:
        """Where in its block each clip begins: (clip,)."""
        ends = np.cumsum(self.lengths)
        first = np.arange(self.n_clips) // self.block * self.block
        return ends - self.lengths - (ends - self.lengths)[first]

    def skipped(self) -> dict[int, str]:
        """Clips without rows, and why."""
        reasons: dict[int, str] = {}
        for path in sorted(self.folder.glob("*.skipped.json")):
            of_block = json.loads(path.read_text(encoding="utf-8"))
            reasons |= {int(clip): why for clip, why in of_block.items()}
        return reasons

    def require_whole_clips(self, broken: str) -> None:
        """Raises VideoError for clips without rows where `broken` is "fail"."""
        # the store may have been written when it was not asked for
        if broken == "fail":
            require_whole(self.skipped().values())

    def report_skipped(self, split: str) -> None:
        """Warns of the clips of a split that are left out, with the first reasons."""
        skipped = self.skipped()
        if not skipped:
            return
        reasons = "\n  ".join(list(skipped.values())[:5])
        more = "\n  …" if len(skipped) > 5 else ""
        clips = "1 clip" if len(skipped) == 1 else f"{len(skipped)} clips"
        verb = "is" if len(skipped) == 1 else "are"
        log.warning("%s of the %s split %s left out:\n  %s%s", clips, split, verb, reasons, more)

    def __getitem__(self, clip: int) -> np.ndarray:
        """All rows of a clip, mapped and not copied: (row, …)."""
        block = clip // self.block
        if block not in self._maps:
            self._maps[block] = _mapped(self._path(block))
        start = self.starts[clip]
        return self._maps[block][start : start + self.lengths[clip]]

    def sample(self, clip: int, choose: Callable[[int], np.ndarray]) -> np.ndarray:
        """Some rows of a clip, copied: (len(indices), …).

        Args:
            clip: which.
            choose: the clip's number of rows → indices.
        """
        rows = self[clip]
        return rows[choose(len(rows))]

    def _path(self, block: int, ending: str = "npy") -> Path:
        return self.folder / f"{block:05d}.{ending}"


def _mapped(path: Path) -> np.ndarray:
    """np.load(path, mmap_mode="r"), but that no file stays open.

    A process may have 1,024 open; a large store has 5,279 blocks.
    """
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        begin = file.tell()
    import torch  # which the analyses of ESVs do without

    content = torch.from_file(str(path), size=path.stat().st_size, dtype=torch.uint8).numpy()
    rows = content[begin:].view(dtype).reshape(shape)
    rows.flags.writeable = False
    return rows
