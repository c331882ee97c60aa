"""Predicting block by block: Lightning moves the blocks, a callback writes what comes of each."""

import time
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, LightningModule

from playfair import signals
from playfair.training import quiet  # noqa: F401
from playfair.training.blocks import BlockDataModule
from playfair.training.fit import TrainerFactory
from playfair.training.progress import BlockProgress
from playfair.training.stopping import StopsAtBatchEnd


def predict_blocks(
    module: LightningModule,
    writer: Callback,
    missing: Callable[[], list[int]],
    load: Callable[[int], dict[str, Any]],
    make_trainer: TrainerFactory,
    *,
    what: str,
    workers: int = 0,
) -> float:
    """Hands each missing block to the rank that owns it, whose `writer` writes what comes of it.

    Args:
        module: what predicts.
        writer: the callback that writes a predicted block.
        missing: the blocks that are still to be written.
        load: reads a block.
        make_trainer: makes a Trainer of further options.
        what: named beside the progress bar.
        workers: processes that load blocks.

    Returns:
        The seconds it took; on every rank, when all blocks are written.
    """
    progress = BlockProgress(what, lambda: len(missing()))
    trainer = make_trainer(
        callbacks=[writer, progress, StopsAtBatchEnd()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
    )
    blocks = BlockDataModule(missing, load, workers=workers)
    began = time.perf_counter()
    with signals.deferred():
        trainer.predict(module, blocks, return_predictions=False)
        trainer.strategy.barrier()
    return time.perf_counter() - began
