"""Batches to learn from: a few frames of each clip, sampled anew in every epoch.

Every draw depends on (seed, epoch, clip) alone, so neither the number of workers nor an
interruption changes what a model sees.
"""

import logging
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, Sampler

from playfair.training.sources import LabelledClips
from playfair.training.workers import loader
from playfair.video.reader import VideoError, require_whole
from playfair.video.sampling import random_in_segments, segment_centres

log = logging.getLogger("playfair")

# broken clips in a row: with more, the fault is not the clips'
MOST_BROKEN = 100
OF_CROPS = 1  # tells draws of where crops lie from those of frames
# Clips that are validated on after an epoch: one for each 50 that were learnt from, or all where there
# are few. More would cost more than 3 % of training, and tell the same curve.
TRAINED_FOR_ONE = 50
FEW = 512


def watched_clips(n_clips: int, n_trained: int, rank: int = 0, world_size: int = 1) -> list[int]:
    """The validation clips that training is followed by: the same in every epoch, equally spaced.

    Args:
        n_clips: of the validation split.
        n_trained: clips that an epoch learns from.
        rank, world_size: of a process, which takes its share of them. All take equally many, so that
            none waits for another: up to world_size - 1 are left out.

    Returns:
        Indices of clips, in their order.

    Example:
        >>> watched_clips(10, n_trained=100)
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        >>> len(watched_clips(24_777, n_trained=168_913))
        3379
        >>> watched_clips(5, 100, rank=1, world_size=2)
        [1, 3]
    """
    n_watched = min(n_clips, max(FEW, math.ceil(n_trained / TRAINED_FOR_ONE)))
    chosen = np.linspace(0, n_clips - 1, n_watched).round().astype(int).tolist()
    if n_watched < world_size:
        return chosen
    return chosen[rank::world_size][: n_watched // world_size]


class EpochShuffle(Sampler[tuple[int, int]]):
    """(epoch, clip) in an order that is drawn from (seed, epoch).

    Every rank takes one of each `world_size` clips, all ranks equally many.
    """

    def __init__(self, n_clips: int, seed: int, rank: int = 0, world_size: int = 1) -> None:
        self.n_clips = n_clips
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it at the start of each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n_clips // self.world_size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.n_clips)
        share = order[self.rank :: self.world_size][: len(self)]
        return iter([(self.epoch, int(clip)) for clip in share])


class SampledClips(Dataset[dict[str, Any]]):
    """n_frames of each clip, and its target.

    Frames are random within segments when training, and at the segments' centres otherwise
    (`seed` None). The next clip stands in for one that cannot be decoded, so that batches keep
    their size on all ranks; `broken` says why ("" where nothing was wrong). Accuracies that are
    reported come from features, where there are no stand-ins.
    """

    def __init__(self, labelled: LabelledClips, n_frames: int, seed: int | None) -> None:
        self.labelled = labelled
        self.n_frames = n_frames
        self.seed = seed

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, item: tuple[int, int]) -> dict[str, Any]:
        epoch, number = item
        broken: list[str] = []
        while True:
            stand_in = (number + len(broken)) % len(self)
            try:
                sampled = self._sampled(epoch, stand_in)
            except VideoError as error:
                broken.append(str(error))
                if len(broken) == min(len(self), MOST_BROKEN):
                    raise VideoError(
                        f"{len(broken)} clips in a row cannot be decoded; the last: {error}. "
                        "Type experiment=doctor to see what is wrong with the dataset."
                    ) from error
            else:
                return {**sampled, "broken": "\n".join(broken)}

    def _sampled(self, epoch: int, number: int) -> dict[str, torch.Tensor]:
        clip = int(self.labelled.clips[number])

        def choose(n_available: int) -> np.ndarray:
            if self.seed is None:
                return segment_centres(n_available, self.n_frames, short="repeat")
            rng = np.random.default_rng((self.seed, epoch, clip))
            return random_in_segments(n_available, self.n_frames, rng, short="repeat")

        crops = None
        if self.seed is not None:  # of draws beside the frames', however often these are made
            crops = np.random.default_rng((self.seed, epoch, clip, OF_CROPS))
        rows = np.ascontiguousarray(self.labelled.source.sample(clip, choose, crops))
        return {
            "input": torch.from_numpy(rows),
            "target": torch.tensor(self.labelled.targets[clip]),
        }


class SampledDataModule(LightningDataModule):
    """Batches {input: (video, frame, …), target: (video,)} for training and for validation.

    `broken` gathers why clips could not be decoded. With `on_broken="fail"` the first of them
    ends the run.
    """

    def __init__(
        self,
        train: LabelledClips,
        validation: LabelledClips,
        *,
        n_frames: int,
        batch_size: int = 1,
        seed: int,
        workers: int = 0,
        on_broken: str = "skip",
    ) -> None:
        super().__init__()
        self.train = train
        self.validation = validation
        self.n_frames = n_frames
        self.batch_size = batch_size
        self.seed = seed
        self.workers = workers
        self.on_broken = on_broken
        self.first_epoch = 0
        self.broken: set[str] = set()

    def train_dataloader(self) -> DataLoader[dict[str, torch.Tensor]]:
        rank = self.trainer.global_rank if self.trainer else 0
        world_size = self.trainer.world_size if self.trainer else 1
        sampler = EpochShuffle(len(self.train), self.seed, rank, world_size)
        # workers begin before Lightning has read which epoch is resumed
        sampler.set_epoch(self.first_epoch)
        # batch norm dislikes a last batch of one
        drop_last = len(sampler) >= self.batch_size
        clips = SampledClips(self.train, self.n_frames, self.seed)
        return self._loader(clips, sampler, drop_last)

    def val_dataloader(self) -> DataLoader[dict[str, torch.Tensor]]:
        rank = self.trainer.global_rank if self.trainer else 0
        world_size = self.trainer.world_size if self.trainer else 1
        clips = SampledClips(self.validation, self.n_frames, None)
        watched = watched_clips(len(self.validation), len(self.train), rank, world_size)
        in_order = [(0, clip) for clip in watched]
        # else torch draws its workers' seed from the source that training draws from
        own = torch.Generator().manual_seed(0)
        return self._loader(clips, in_order, drop_last=False, generator=own)

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """Warns of broken clips in the process that trains: a worker's log is not read."""
        for reasons in batch.pop("broken"):
            new = set(reasons.splitlines()) - self.broken
            if self.on_broken == "fail":
                require_whole(new)
            for reason in new:
                log.warning("left out, the next clip stands in: %s", reason)
            self.broken |= new
        return batch

    def _loader(
        self, clips: Any, sampler: Any, drop_last: bool, **options: Any
    ) -> DataLoader[dict[str, torch.Tensor]]:
        return loader(
            clips,
            _together,
            self.workers,
            persistent=True,
            batch_size=self.batch_size,
            sampler=sampler,
            drop_last=drop_last,
            **options,
        )


def _together(samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Samples as one batch; PyTorch's own collate takes shared memory for it unasked."""
    return {
        "input": torch.stack([sample["input"] for sample in samples]),
        "target": torch.stack([sample["target"] for sample in samples]),
        "broken": [sample["broken"] for sample in samples],
    }
