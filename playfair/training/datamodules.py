"""Batches for Lightning: sampled clips for training, whole blocks for writing artefacts.

A *source* is anything with `len()` and `sample(clip, choose)`, where `choose` maps a clip's number of frames to frame
indices: `Videos` (decoded when asked for) or a `RowStore` (features, or frames decoded once). Every draw depends on
(seed, epoch, clip) alone, so neither the number of workers nor an interruption changes what a model sees.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Sampler

from playfair.datasets.dataset import Dataset as ClipDataset
from playfair.datasets.dataset import Split
from playfair.video.reader import VideoError, decode, require_whole, sample_frames
from playfair.video.sampling import Short, random_in_segments, segment_centres

log = logging.getLogger("playfair")

MOST_BROKEN = 100  # clips in a row: then it is not the clips


class Source(Protocol):
    """Clips whose frames (or features) can be sampled."""

    def __len__(self) -> int: ...

    def sample(self, clip: int, choose: Callable[[int], np.ndarray]) -> np.ndarray: ...


class Rows(Source, Protocol):
    """A source that knows how many rows each clip has: features, or frames decoded once."""

    @property
    def lengths(self) -> np.ndarray: ...

    def __getitem__(self, clip: int) -> np.ndarray: ...


@dataclass(frozen=True)
class Videos:
    """The clips of a split, decoded when they are asked for: (frame, height, width, 3) uint8."""

    dataset: ClipDataset
    split: Split
    size: tuple[int, int]  # (height, width)

    def __len__(self) -> int:
        return len(self.split)

    def sample(self, clip: int, choose: Callable[[int], np.ndarray]) -> np.ndarray:
        return sample_frames(self.dataset.clip(str(self.split.uids[clip])), choose, self.size)

    def __getitem__(self, clip: int) -> np.ndarray:
        return decode(self.dataset.clip(str(self.split.uids[clip])), None, self.size)


class EpochShuffle(Sampler[tuple[int, int]]):
    """(epoch, clip) in an order drawn from (seed, epoch); every rank takes each world_size-th, equally many."""

    def __init__(self, n_clips: int, seed: int, rank: int = 0, world_size: int = 1) -> None:
        self.n_clips, self.seed, self.rank, self.world_size = n_clips, seed, rank, world_size
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:  # Lightning calls it at the start of each epoch
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n_clips // self.world_size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.n_clips)
        mine = order[self.rank :: self.world_size][: len(self)]
        return iter([(self.epoch, int(clip)) for clip in mine])


@dataclass(frozen=True)
class LabelledClips:
    """What a model learns from: a source, the class index of each of its clips, and which clips to use."""

    source: Source
    targets: np.ndarray  # (clip,) int64
    clips: np.ndarray  # indices into source and targets

    def __len__(self) -> int:
        return len(self.clips)


class SampledClips(Dataset[dict[str, Any]]):
    """n_frames of each clip, random within segments when training and at their centres otherwise, and its target.

    The next clip stands in for one that cannot be decoded, so that batches keep their size on all ranks; `broken` says
    why ("" where nothing was wrong). Accuracies that are reported come from features, where there are no stand-ins.
    """

    def __init__(self, labelled: LabelledClips, n_frames: int, seed: int | None) -> None:
        self.labelled, self.n_frames, self.seed = labelled, n_frames, seed

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, item: tuple[int, int]) -> dict[str, Any]:
        broken: list[str] = []
        while True:
            try:
                return {
                    **self._sampled(item[0], (item[1] + len(broken)) % len(self)),
                    "broken": "\n".join(broken),
                }
            except VideoError as error:
                broken.append(str(error))
                if len(broken) == min(len(self), MOST_BROKEN):
                    raise VideoError(
                        f"{len(broken)} clips in a row cannot be decoded; the last: {error}. Type experiment=doctor to "
                        "see what is wrong with the dataset."
                    ) from error

    def _sampled(self, epoch: int, number: int) -> dict[str, torch.Tensor]:
        clip = int(self.labelled.clips[number])

        def choose(n_available: int) -> np.ndarray:
            if self.seed is None:
                return segment_centres(n_available, self.n_frames, short="repeat")
            rng = np.random.default_rng((self.seed, epoch, clip))
            return random_in_segments(n_available, self.n_frames, rng, short="repeat")

        rows = np.ascontiguousarray(self.labelled.source.sample(clip, choose))
        return {
            "input": torch.from_numpy(rows),
            "target": torch.tensor(self.labelled.targets[clip]),
        }


class SampledDataModule(LightningDataModule):
    """Batches {input: (video, frame, …), target: (video,)} for training and for validation.

    `broken` gathers why clips could not be decoded. With `on_broken="fail"` the first of them ends the run.
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
        self.broken: set[str] = set()
        self.first_epoch = 0
        self.on_broken = on_broken
        self.train, self.validation = train, validation
        self.n_frames, self.batch_size, self.seed, self.workers = (
            n_frames,
            batch_size,
            seed,
            workers,
        )

    def train_dataloader(self) -> DataLoader[dict[str, torch.Tensor]]:
        rank, world_size = (
            (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        )
        sampler = EpochShuffle(len(self.train), self.seed, rank, world_size)
        sampler.set_epoch(
            self.first_epoch
        )  # workers begin before Lightning has read which epoch is resumed
        drop_last = len(sampler) >= self.batch_size  # batch norm dislikes a last batch of one
        return self._loader(SampledClips(self.train, self.n_frames, self.seed), sampler, drop_last)

    def val_dataloader(self) -> DataLoader[dict[str, torch.Tensor]]:
        in_order = [(0, clip) for clip in range(len(self.validation))]
        return self._loader(
            SampledClips(self.validation, self.n_frames, None), in_order, drop_last=False
        )

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """In the process that trains, which is where a worker's trouble can be told."""
        for reasons in batch.pop("broken"):
            new = set(reasons.splitlines()) - self.broken
            if self.on_broken == "fail":
                require_whole(new)
            for reason in new:
                log.warning("left out, the next clip stands in: %s", reason)
            self.broken |= new
        return batch

    def _loader(
        self, clips: Any, sampler: Any, drop_last: bool
    ) -> DataLoader[dict[str, torch.Tensor]]:
        return DataLoader(
            clips,
            batch_size=self.batch_size,
            sampler=sampler,
            drop_last=drop_last,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
        )


class Blocks(Dataset[dict[str, Any]]):
    """Whole blocks, for predicting and writing: those of `blocks` that this rank owns, one after the other.

    `load(block)` reads a block. Rank r of w owns every w-th of the blocks that are to be written: nothing is padded,
    nothing done twice, and ranks may own unequally many.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        load: Callable[[int], dict[str, Any]],
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.blocks, self.load = list(blocks)[rank::world_size], load

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, item: int) -> dict[str, Any]:
        return {"block": self.blocks[item], **self.load(self.blocks[item])}


class BlockDataModule(LightningDataModule):
    """The missing blocks, to predict, test or validate: rank 0 says which, so that all ranks share out the same."""

    def __init__(
        self,
        missing: Callable[[], list[int]],
        load: Callable[[int], dict[str, Any]],
        *,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.missing, self.load, self.workers = missing, load, workers
        self.allow_zero_length_dataloader_with_multiple_devices = True  # fewer blocks than ranks

    def predict_dataloader(self) -> DataLoader[dict[str, Any]]:
        assert self.trainer is not None
        blocks = self.trainer.strategy.broadcast(self.missing())
        mine = Blocks(blocks, self.load, self.trainer.global_rank, self.trainer.world_size)
        pinned = self.trainer.strategy.root_device.type == "cuda"  # blocks of frames are 170 MB
        # Lightning leaves such a sampler alone; any other it would replace by one that shares the
        # blocks out once more, and pads them
        in_order: Sampler[int] = DistributedSampler(mine, num_replicas=1, rank=0, shuffle=False)
        return DataLoader(
            mine,
            batch_size=None,  # a block is a batch already
            sampler=in_order,
            num_workers=self.workers,
            pin_memory=pinned,
        )

    val_dataloader = test_dataloader = predict_dataloader


def sampled_features(
    store: Rows, clips: Sequence[int], n_frames: int, short: Short = "raise"
) -> tuple[np.ndarray, np.ndarray]:
    """Features at segment centres, (video, frame, feature), and the frames' indices in their clips, (video, frame)."""
    index = np.stack([segment_centres(int(store.lengths[clip]), n_frames, short) for clip in clips])
    features = np.stack([store[clip][rows] for clip, rows in zip(clips, index, strict=True)])
    return features.astype(np.float32, copy=False), index
