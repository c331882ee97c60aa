"""Whole blocks, for predicting and writing artefacts: each belongs to one rank."""

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Sampler, default_convert

from playfair.training.workers import loader


class Blocks(Dataset[dict[str, Any]]):
    """The blocks that a rank owns, one after the other.

    Rank r of w owns every w-th of the blocks that are to be written: nothing is padded, nothing
    done twice, and ranks may own unequally many.

    Args:
        blocks: those that are to be written, the same on all ranks.
        load: reads a block.
        rank: of this process.
        world_size: how many ranks there are.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        load: Callable[[int], dict[str, Any]],
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.blocks = list(blocks)[rank::world_size]
        self.load = load

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, item: int) -> dict[str, Any]:
        block = self.blocks[item]
        return {"block": block, **self.load(block)}


class BlockDataModule(LightningDataModule):
    """The missing blocks, to predict, test or validate.

    Rank 0 says which are missing, so that all ranks share out the same.
    """

    def __init__(
        self,
        missing: Callable[[], list[int]],
        load: Callable[[int], dict[str, Any]],
        *,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.missing = missing
        self.load = load
        self.workers = workers
        # there may be fewer blocks than ranks
        self.allow_zero_length_dataloader_with_multiple_devices = True

    def predict_dataloader(self) -> DataLoader[dict[str, Any]]:
        assert self.trainer is not None
        missing = self.trainer.strategy.broadcast(self.missing())
        share = Blocks(missing, self.load, self.trainer.global_rank, self.trainer.world_size)
        # Lightning leaves such a sampler alone; any other it would replace by one that shares the
        # blocks out once more, and pads them
        in_order: Sampler[int] = DistributedSampler(share, num_replicas=1, rank=0, shuffle=False)
        # a block of frames takes 170 MB: pinned, it reaches a GPU sooner
        on_gpu = self.trainer.strategy.root_device.type == "cuda"
        return loader(
            share,
            default_convert,
            self.workers,
            batch_size=None,  # a block is a batch already
            sampler=in_order,
            pin_memory=on_gpu,
        )

    val_dataloader = test_dataloader = predict_dataloader
