"""Where a model's clips come from: videos that are decoded when asked for, or stored rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from playfair.datasets.dataset import Dataset, Split
from playfair.video.reader import decode, sample_frames
from playfair.video.sampling import Short, segment_centres


class Source(Protocol):
    """Clips whose frames (or features) can be sampled.

    `choose` maps a clip's number of frames to the indices of those that are wanted.
    """

    def __len__(self) -> int: ...

    def sample(self, clip: int, choose: Callable[[int], np.ndarray]) -> np.ndarray: ...


class Rows(Source, Protocol):
    """A source that knows how many rows each clip has: features, or frames decoded once."""

    @property
    def lengths(self) -> np.ndarray: ...

    def __getitem__(self, clip: int) -> np.ndarray: ...


@dataclass(frozen=True)
class Videos:
    """The clips of a split, decoded when they are asked for.

    Args:
        dataset: knows each clip's file.
        split: whose clips these are, in its order.
        size: (height, width) of the decoded frames, pixels.

    Example:
        Videos(dataset, dataset.split("train"), (64, 64))[0].shape   # (42, 64, 64, 3), uint8
    """

    dataset: Dataset
    split: Split
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.split)

    def sample(self, clip: int, choose: Callable[[int], np.ndarray]) -> np.ndarray:
        path = self.dataset.clip(str(self.split.uids[clip]))
        return sample_frames(path, choose, self.size)

    def __getitem__(self, clip: int) -> np.ndarray:
        path = self.dataset.clip(str(self.split.uids[clip]))
        return decode(path, None, self.size)


@dataclass(frozen=True)
class LabelledClips:
    """What a model learns from.

    Args:
        source: the clips.
        targets: class index of each clip of the source, (clip,) int64.
        clips: which of them to use, indices into source and targets.
    """

    source: Source
    targets: np.ndarray
    clips: np.ndarray

    def __len__(self) -> int:
        return len(self.clips)


def sampled_features(
    store: Rows, clips: Sequence[int], n_frames: int, short: Short = "raise"
) -> tuple[np.ndarray, np.ndarray]:
    """Features at the centres of n_frames equal segments of each clip.

    Args:
        store: the features of all frames.
        clips: which of its clips.
        n_frames: how many frames of each.
        short: "raise" refuses clips of fewer frames, "repeat" takes some of theirs twice.

    Returns:
        features (video, frame, feature) float32, and the frames' indices in their clips,
        (video, frame).

    Raises:
        ValueError: a clip is too short, with short="raise".
    """
    index = np.stack([segment_centres(int(store.lengths[clip]), n_frames, short) for clip in clips])
    features = np.stack([store[clip][rows] for clip, rows in zip(clips, index, strict=True)])
    return features.astype(np.float32, copy=False), index
