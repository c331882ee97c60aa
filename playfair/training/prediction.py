"""Predicting block by block: Lightning moves the blocks, a callback writes what comes of each."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule

from playfair.steps.lock import held
from playfair.training.datamodules import BlockDataModule
from playfair.training.fit import TrainerFactory
from playfair.training.progress import BlockProgress


def predict_blocks(
    module: LightningModule,
    writer: Callback,
    missing: Callable[[], list[int]],
    load: Callable[[int], dict[str, Any]],
    make_trainer: TrainerFactory,
    *,
    what: str,
    lock: Path | None = None,
    workers: int = 0,
) -> float:
    """Hands each missing block, read by `load`, to the rank that owns it, whose `writer` writes it.

    Returns on every rank when all blocks are written, with the seconds it took. what: named beside the progress bar.
    lock: held meanwhile, where the caller does not see to it that one run writes at a time.

    Raises:
        BusyError: another run is writing; it holds `lock`.
    """
    progress = BlockProgress(what, lambda: len(missing()))
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = make_trainer(callbacks=[writer, progress], **quiet)
    began = time.perf_counter()
    with held(lock, wait=False) if lock and trainer.is_global_zero else nullcontext():
        trainer.predict(
            module, BlockDataModule(missing, load, workers=workers), return_predictions=False
        )
        trainer.strategy.barrier()
    return time.perf_counter() - began
