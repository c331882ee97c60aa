"""One training run: seeded by step, checkpointed by epoch, continued where it was cut short."""

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor

from playfair.training.classifier import OptimizerFactory, ScheduleFactory
from playfair.training.sampled_clips import SampledDataModule

log = logging.getLogger("playfair")

TrainerFactory = Callable[..., Trainer]


@dataclass(frozen=True)
class Recipe:
    """How something is trained."""

    epochs: int
    batch_size: (
        int  # videos of a step, over all devices: the number of devices is no part of a recipe
    )
    n_frames: int  # frames sampled from each clip
    optimizer: OptimizerFactory
    schedule: ScheduleFactory | None = None
    at_once: int | None = (
        None  # most videos that a device holds; what is more of its share is accumulated
    )
    clip: float | None = (
        None  # largest norm of the gradient; of each scale's where scales learn independently
    )
    augment: Callable[..., tuple[Tensor, Tensor]] | None = (
        None  # as `data.augmentation.augment`, settings filled in
    )


def shared_out(recipe: Recipe, n_ranks: int) -> tuple[int, int]:
    """Videos that a device sees at once, and how often it does before a step.

    Raises:
        ValueError: where the batch cannot be shared out equally.

    Example:
        shared_out(Recipe(batch_size=64, at_once=16, …), n_ranks=1)   # (16, 4)
        shared_out(Recipe(batch_size=64, at_once=16, …), n_ranks=8)   # (8, 1)
    """
    share, left = divmod(recipe.batch_size, n_ranks)
    if left or not share:
        near = max(1, round(recipe.batch_size / n_ranks)) * n_ranks
        raise ValueError(
            f"A batch of {recipe.batch_size} videos cannot be shared equally by {n_ranks} devices. Set the recipe's "
            f"batch_size to {near}, or trainer.devices to a divisor of {recipe.batch_size}."
        )
    most = recipe.at_once or share
    times = next(
        times for times in range(1, share + 1) if share % times == 0 and share // times <= most
    )
    return share // times, times


class BatchSeeds(Callback):
    """Makes the random draws of a batch a function of (seed, batch, rank), so that a resumed run draws the same.

    By batch and not by epoch: Lightning draws numbers of its own between an epoch's start and its first batch, and not
    the same ones when it resumes.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        n_batches = (
            trainer.fit_loop.epoch_loop.total_batch_idx
        )  # of all epochs; steps, where none are accumulated
        words = np.random.SeedSequence((self.seed, n_batches, trainer.global_rank)).generate_state(
            2
        )
        torch.manual_seed(int(words[0]) << 32 | int(words[1]))


class WholeCheckpoints(TorchCheckpointIO):
    """Puts a checkpoint in the place of the last one at once, so that a killed process leaves one of them.

    Lightning moves it there from the system's folder for temporary files; from another disk, that is to copy it.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        super().save_checkpoint(checkpoint, f"{path}.part", storage_options)
        os.replace(f"{path}.part", path)


def fit(
    module: LightningModule,
    data: SampledDataModule,
    make_trainer: TrainerFactory,
    recipe: Recipe,
    *,
    folder: Path,
    seed: int,
    save: Callable[[], None],
    callbacks: Sequence[Callback] = (),
) -> None:
    """Trains `module` in place; at the end rank 0 calls `save`.

    Until then `folder`, which belongs to this training alone, holds the state of the last epoch,
    from which a run that was cut continues. The state of another number of processes is not
    continued.
    """
    # one file, replaced every epoch: with Lightning's version counter it would alternate between two names
    checkpoint = ModelCheckpoint(
        None, "last", save_on_train_epoch_end=True, enable_version_counter=False
    )
    trainer = make_trainer(
        max_epochs=recipe.epochs,
        gradient_clip_val=recipe.clip,
        callbacks=[BatchSeeds(seed), checkpoint, *callbacks],
        plugins=[WholeCheckpoints()],
        default_root_dir=folder,
        check_val_every_n_epoch=recipe.epochs,  # once, at the end: the number is for the log, nothing is chosen by it
        num_sanity_val_steps=0,
    )
    data.batch_size, trainer.accumulate_grad_batches = shared_out(recipe, trainer.world_size)
    state = folder / f"{trainer.world_size}-ranks"
    checkpoint.dirpath = str(state)
    last = state / "last.ckpt"
    warnings.filterwarnings(
        "ignore", message="Checkpoint directory .* exists and is not empty"
    )  # that is resuming
    if last.exists():
        log.info("continuing from %s", last)
        loops = torch.load(last, map_location="cpu", weights_only=True, mmap=True)["loops"]
        data.first_epoch = loops["fit_loop"]["epoch_progress"]["current"]["processed"]
    trainer.fit(module, data, ckpt_path=last if last.exists() else None, weights_only=True)
    if trainer.is_global_zero:
        save()
        shutil.rmtree(folder, ignore_errors=True)
    trainer.strategy.barrier()  # nobody reads what rank 0 has not written
