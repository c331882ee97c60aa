"""What a model is shown of clips: stored features of their frames, or the frames, decoded anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from playfair.datasets.dataset import Dataset, Split
from playfair.video.sampling import CENTRE, Short, segment_centres

if TYPE_CHECKING:
    import torch

    from playfair.models.huggingface.model import HuggingFaceModel
    from playfair.steps.row_store import RowStore

BLOCK_BYTES = 2**24  # of the frames of a block of ESVs: 6 clips of 16 × 224 × 224
MOST_IN_A_BLOCK = 128
BYTES_AT_ONCE = 2**28  # of pixels that are held together outside a store's blocks


class Shown(Protocol):
    """The clips of a split as one model sees them; frames are at the centres of equal segments."""

    @property
    def lengths(self) -> np.ndarray:
        """Frames of each clip of the split, 0 where it cannot be read."""

    @property
    def workers(self) -> bool:
        """Whether reading takes so long that processes do it."""

    def load(self, clips: Sequence[int], n_frames: int, short: Short) -> dict[str, Any]:
        """What `ESVEvaluation` explains: features, or frames, and the frames' indices."""

    def units(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> "torch.Tensor":
        """(video, element, *unit), of the frames at a place of each segment."""


@dataclass(frozen=True)
class ShownFeatures:
    """Stored rows."""

    store: "RowStore"
    workers: bool = False

    @property
    def lengths(self) -> np.ndarray:
        return self.store.lengths

    def load(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> dict[str, Any]:
        import torch

        from playfair.training.sources import sampled_features

        values, index = sampled_features(self.store, clips, n_frames, short, at)
        return {"features": torch.from_numpy(values), "frame_index": torch.from_numpy(index)}

    def units(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> "torch.Tensor":
        units: torch.Tensor = self.load(clips, n_frames, short, at)["features"]
        return units


@dataclass(frozen=True)
class ShownViews:
    """Stored rows of several crops of each frame, the centre's first."""

    views: tuple[Shown, ...]
    workers: bool = False

    @property
    def lengths(self) -> np.ndarray:
        """Of clips that can be read; one that changed between two crops counts as none."""
        lengths = np.stack([view.lengths for view in self.views])
        return np.where((lengths == lengths[0]).all(0), lengths[0], 0)

    def load(self, clips: Sequence[int], n_frames: int, short: Short) -> dict[str, Any]:
        """features (view, video, element, feature), the frames' indices, and how many views."""
        import torch

        batches = [view.load(clips, n_frames, short) for view in self.views]
        features = torch.stack([batch["features"] for batch in batches])
        index = batches[0]["frame_index"]
        return {"features": features, "frame_index": index, "views": len(self.views)}

    def units(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> "torch.Tensor":
        """Of the centre."""
        return self.views[0].units(clips, n_frames, short, at)


@dataclass(frozen=True)
class ShownFrames:
    """Frames that are decoded when they are asked for, resized and cropped for a checkpoint.

    Args:
        dataset, split: whose clips.
        lengths: (clip,), frames.
        model: the checkpoint's, which says how large its pictures are, too.
    """

    dataset: Dataset
    split: Split
    lengths: np.ndarray
    model: "HuggingFaceModel"
    workers: bool = True

    @property
    def picture(self) -> tuple[int, int]:
        """Height and width of what the checkpoint sees."""
        return self.model.picture

    def load(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> dict[str, Any]:
        """frames uint8, which of the clips could be decoded, and why others could not."""
        import torch

        from playfair.video.reader import VideoError

        frames = np.zeros((len(clips), n_frames, *self.picture, 3), np.uint8)
        index = np.zeros((len(clips), n_frames), np.int64)
        skipped = {}
        for place, clip in enumerate(clips):
            try:
                frames[place], index[place] = self.clip(clip, n_frames, short, at)
            except VideoError as error:
                skipped[place] = str(error)
        whole = [place not in skipped for place in range(len(clips))]
        together = self.model.frames_per_element
        held = torch.from_numpy(index).unflatten(1, (-1, together))
        batch = {
            "frames": torch.from_numpy(frames),
            "whole": torch.tensor(whole),
            "skipped": skipped,
            "frame_index": held[..., 0],
        }
        if together > 1:
            batch["element_frames"] = held
        return batch

    def clip(
        self, clip: int, n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> tuple[np.ndarray, np.ndarray]:
        """Frames of one clip, and their indices in it."""
        from playfair.video.fitted import sample_fitted

        chosen: list[np.ndarray] = []

        def choose(n_available: int) -> np.ndarray:
            chosen.append(segment_centres(n_available, n_frames, short, at))
            return chosen[-1]

        sizes = self.model.preprocess
        frames = sample_fitted(
            self.dataset.clip(str(self.split.uids[clip])),
            choose,
            short_side=sizes.short_side,
            size=sizes.size,
            crop=sizes.crop,
        )
        return frames, chosen[-1]

    def units(
        self, clips: Sequence[int], n_frames: int, short: Short, at: tuple[int, int] = CENTRE
    ) -> "torch.Tensor":
        """As the checkpoint sees them; of a clip that cannot be decoded, NaN."""
        batch = self.load(clips, n_frames, short, at)
        units = self.model.units(batch["frames"])
        units[~batch["whole"]] = np.nan
        return units


def clips_of_block(picture: tuple[int, int], n_frames: int) -> int:
    """Clips of a block of ESVs, by what their frames weigh: as what they cost grows with it.

    >>> clips_of_block((224, 224), 16), clips_of_block((32, 32), 8), clips_of_block((384, 384), 64)
    (6, 128, 1)
    """
    height, width = picture
    return max(1, min(MOST_IN_A_BLOCK, BLOCK_BYTES // (3 * height * width * n_frames)))


def in_parts(shown: Shown, clips: np.ndarray, n_frames: int, most: int) -> list[np.ndarray]:
    """Clips, so many at a time as fit; at most `most`."""
    picture = getattr(shown, "picture", None)
    if picture is not None:
        clip = 12 * picture[0] * picture[1] * n_frames  # three channels of float32
        most = max(1, min(most, BYTES_AT_ONCE // clip))
    return np.array_split(clips, -(-len(clips) // most)) if len(clips) else []
