"""Which clips of its dataset a loader of anybody's draws, where nobody names them."""

from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import BatchSampler, DistributedSampler, SequentialSampler


def places_of(trainer: Trainer, dataloader_idx: int) -> list[int]:
    """The places in the dataset of the clips that this rank is given, in order.

    Raises:
        ValueError: the loader draws in an order of its own, or is one of several.
    """
    loaders: Any = trainer.val_dataloaders
    if trainer.testing:
        loaders = trainer.test_dataloaders
    elif trainer.predicting:
        loaders = trainer.predict_dataloaders
    loader: Any = loaders[dataloader_idx] if isinstance(loaders, list | tuple) else loaders
    if dataloader_idx > 0 or not draws_in_order(loader):
        raise ValueError(
            "the loader draws clips in an order that cannot be told again, or is one of several; "
            "name them: ESVCallback(..., uid=lambda batch: batch['uid'])"
        )
    return list(loader.batch_sampler.sampler)


def draws_in_order(loader: Any) -> bool:
    """Whether a loader gives the dataset's clips one after the other, or this rank's of them."""
    batches = getattr(loader, "batch_sampler", None)
    if not isinstance(batches, BatchSampler):  # Lightning wraps it where it predicts
        batches = getattr(batches, "_batch_sampler", None)
    if type(batches) is not BatchSampler:
        return False
    sampler: Any = batches.sampler
    if not isinstance(sampler, DistributedSampler):
        return isinstance(sampler, SequentialSampler)
    # Lightning's own is of what another sampler draws where it predicts
    of_sampler = isinstance(getattr(sampler.dataset, "_sampler", None), SequentialSampler)
    return not sampler.shuffle and (sampler.dataset is loader.dataset or of_sampler)
