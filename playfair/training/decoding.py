"""Whole clips, block by block: for feature extraction, or to be kept when decoded only once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from rich.progress import track
from torch.utils.data import default_convert

from playfair import silence
from playfair.training.blocks import Blocks
from playfair.training.workers import loader
from playfair.video.clock import ClipLength
from playfair.video.reader import VideoError, require_whole


class Clips(Protocol):
    """All frames of a clip: `Videos`, or a `RowStore` of frames that were decoded before."""

    def __len__(self) -> int: ...

    def timed(self, clip: int) -> tuple[np.ndarray, ClipLength]: ...


class BlockStore(Protocol):
    """Where whole blocks of clips are written to."""

    def missing(self) -> list[int]: ...

    def clips(self, block: int) -> range: ...

    def write(
        self,
        block: int,
        rows: Sequence[np.ndarray],
        skipped: dict[int, str] | None = None,
        moments: Mapping[int, np.ndarray] | None = None,
    ) -> None: ...


def read_block(clips: Clips, block: range, size: tuple[int, int]) -> dict[str, Any]:
    """All frames of the clips of a block, one after the other.

    A clip that cannot be decoded has no frames, and a reason.

    Args:
        clips: the frames of each clip.
        block: which clips.
        size: (height, width) of the frames, pixels.

    Returns:
        frames (frame, height, width, 3) uint8, lengths (clip,) frames per clip, skipped
        {clip: reason}, and moments {clip: when its frames begin, where their rate varies}.
    """
    frames = []
    skipped = {}
    moments = {}
    for clip in block:
        try:
            of_clip, length = clips.timed(clip)
            frames.append(np.asarray(of_clip))
            if length.moments is not None:
                moments[clip] = length.moments
        except VideoError as error:
            frames.append(np.empty((0, *size, 3), np.uint8))
            skipped[clip] = str(error)
    lengths = torch.tensor([len(clip) for clip in frames])
    return {
        "frames": torch.from_numpy(np.concatenate(frames)),
        "lengths": lengths,
        "skipped": skipped,
        "moments": moments,
    }


def decode_once(
    videos: Clips,
    store: BlockStore,
    size: tuple[int, int],
    workers: int,
    broken: str = "skip",
    before: Callable[[int], None] = lambda block: None,
) -> None:
    """Decodes the clips of every missing block into `store`.

    Args:
        videos: the clips.
        store: where their frames are kept.
        size: (height, width) of the frames, pixels.
        workers: processes that decode.
        broken: "fail" stops at a clip that cannot be decoded, "skip" writes the reason.
        before: called with each block before its clips are read, where they are read.

    Raises:
        VideoError: a clip cannot be decoded, with broken="fail".
    """

    def load(block: int) -> dict[str, Any]:
        before(block)
        return read_block(videos, store.clips(block), size)

    blocks = loader(Blocks(store.missing(), load), default_convert, workers, batch_size=None)
    done = 0
    with silence.doing(lambda: f"Decoding, {done} of {len(blocks)} blocks"):
        for batch in track(blocks, "Decoding", len(blocks)):
            if broken == "fail":
                require_whole(batch["skipped"].values())
            clips = torch.split(batch["frames"], batch["lengths"].tolist())
            rows = [clip.numpy() for clip in clips]
            store.write(batch["block"], rows, batch["skipped"], batch["moments"])
            done += 1
