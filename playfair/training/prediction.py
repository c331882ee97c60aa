"""Predicting block by block: Lightning moves the blocks, a callback writes what comes of each."""

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_lightning import Callback, LightningModule

from playfair.data.datamodules import BlockDataModule
from playfair.training.fit import TrainerFactory


def predict_blocks(
    module: LightningModule,
    writer: Callback,
    blocks: Sequence[int],
    load: Callable[[int], dict[str, Any]],
    make_trainer: TrainerFactory,
    *,
    workers: int = 0,
) -> None:
    """Hands each of `blocks`, read by `load`, to the rank that owns it, whose `writer` writes it.

    Returns on every rank when all blocks are written.
    """
    trainer = make_trainer(callbacks=[writer], logger=False, enable_checkpointing=False)
    trainer.predict(module, BlockDataModule(blocks, load, workers=workers), return_predictions=False)
    trainer.strategy.barrier()
