"""Where a model's clips come from: videos that are decoded when asked for, or stored rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from playfair.datasets.dataset import Dataset, Split
from playfair.video.clock import ClipLength
from playfair.video.fitted import Fit, decode_fitted, sample_anywhere, sample_fitted
from playfair.video.sampling import CENTRE, Short, segment_centres


class Source(Protocol):
    """Clips whose frames (or features) can be sampled.

    `choose` maps a clip's number of frames to the indices of those that are wanted. `rng` draws
    where crops lie while training; None: at their place.
    """

    def __len__(self) -> int: ...

    def sample(
        self,
        clip: int,
        choose: Callable[[int], np.ndarray],
        rng: np.random.Generator | None = None,
    ) -> np.ndarray: ...


class Rows(Source, Protocol):
    """A source that knows how many rows each clip has: features, or frames decoded once."""

    def length(self, clip: int) -> ClipLength: ...

    def __getitem__(self, clip: int) -> np.ndarray: ...


@dataclass(frozen=True)
class Videos:
    """The clips of a split, decoded when they are asked for.

    Args:
        dataset: knows each clip's file.
        split: whose clips these are, in its order.
        fit: sizes of the frames.

    Example:
        Videos(dataset, dataset.split("train"), Fit((64, 64)))[0].shape   # (42, 64, 64, 3), uint8
    """

    dataset: Dataset
    split: Split
    fit: Fit

    def __len__(self) -> int:
        return len(self.split)

    def sample(
        self,
        clip: int,
        choose: Callable[[int], np.ndarray],
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        path = self.dataset.clip(str(self.split.uids[clip]))
        if rng is not None and self.fit.short_side is not None and self.fit.crop is not None:
            return sample_anywhere(path, choose, self.fit.crop, rng)
        return sample_fitted(path, choose, **self.fit._asdict())

    def __getitem__(self, clip: int) -> np.ndarray:
        return self.timed(clip)[0]

    def timed(self, clip: int) -> tuple[np.ndarray, ClipLength]:
        """All frames of a clip, and how many: with their times where the rate varies."""
        path = self.dataset.clip(str(self.split.uids[clip]))
        return decode_fitted(path, self.fit)


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
    store: Rows,
    clips: Sequence[int],
    n_frames: int,
    short: Short = "raise",
    at: tuple[int, int] = CENTRE,
) -> tuple[np.ndarray, np.ndarray]:
    """Features at the centres of n_frames equal segments of each clip.

    Args:
        store: the features of all frames.
        clips: which of its clips.
        n_frames: how many frames of each.
        short: "raise" refuses clips of fewer frames, "repeat" takes some of theirs twice.
        at: as of `segment_centres`.

    Returns:
        features (video, frame, feature) float32, and the frames' indices in their clips,
        (video, frame).

    Raises:
        ValueError: a clip is too short, with short="raise".
    """
    index = np.stack([segment_centres(store.length(clip), n_frames, short, at) for clip in clips])
    features = np.stack([store[clip][rows] for clip, rows in zip(clips, index, strict=True)])
    return features.astype(np.float32, copy=False), index
