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

from playfair import signals
from playfair.training import quiet  # noqa: F401
from playfair.training.callback_error import raised_in
from playfair.training.chosen_epoch import BestEpoch, StaysStopped, stops_early
from playfair.training.classifier import OptimizerFactory, ScheduleFactory
from playfair.training.epochs import Epochs
from playfair.training.history import HistoryFile
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.stopping import StopsAtBatchEnd
from playfair.training.training_progress import TrainingProgress
from playfair.training.undisturbed import Undisturbed

log = logging.getLogger("playfair")

TrainerFactory = Callable[..., Trainer]
KEPT = ("last", "best")  # epochs whose weights a recipe may keep


@dataclass(frozen=True)
class Recipe:
    """How something is trained.

    Args:
        epochs: how often each clip is learnt from.
        batch_size: videos of a step, over all devices: their number is no part of a recipe.
        n_frames: frames sampled from each clip.
        optimizer: parameters → optimizer.
        schedule: optimizer → schedule of the learning rate, or None.
        at_once: most videos that a device holds; what is more of its share is accumulated.
        clip: largest norm of the gradient; of each scale's where scales learn independently.
        augment: as `playfair.training.augmentation.augment`, its settings filled in.
        keep: "last" keeps the weights of the last epoch, "best" those of the epoch that was right
            most often on the watched validation clips.
        patience: training ends after so many validations of which none was right more often than
            before; None: never before its last epoch.
    """

    epochs: int
    batch_size: int
    n_frames: int
    optimizer: OptimizerFactory
    schedule: ScheduleFactory | None = None
    at_once: int | None = None
    clip: float | None = None
    augment: Callable[..., tuple[Tensor, Tensor]] | None = None
    keep: str = "last"
    patience: int | None = None


def shared_out(recipe: Recipe, n_ranks: int) -> tuple[int, int]:
    """Videos that a device sees at once, and how often it does before a step.

    Args:
        recipe: its batch_size and at_once.
        n_ranks: how many devices share a batch.

    Returns:
        (videos at once, times).

    Raises:
        ValueError: the batch cannot be shared out equally.

    Example:
        shared_out(Recipe(batch_size=64, at_once=16, …), n_ranks=1)   # (16, 4)
        shared_out(Recipe(batch_size=64, at_once=16, …), n_ranks=8)   # (8, 1)
    """
    share, left = divmod(recipe.batch_size, n_ranks)
    if left or not share:
        near = max(1, round(recipe.batch_size / n_ranks)) * n_ranks
        videos = "1 video" if recipe.batch_size == 1 else f"{recipe.batch_size} videos"
        raise ValueError(
            f"A batch of {videos} cannot be shared equally by {n_ranks} devices. "
            f"Set the recipe's batch_size to {near}, or trainer.devices to a divisor of "
            f"{recipe.batch_size}."
        )
    most = recipe.at_once or share
    equal = (times for times in range(1, share + 1) if share % times == 0)
    times = next(times for times in equal if share // times <= most)
    return share // times, times


def require_work_for_all(n_clips: int, n_ranks: int) -> None:
    """Raises ValueError where a rank would have no clip to learn from: nobody would learn anything.

    In extraction and in ESVs a rank may be idle; a step of training is all ranks' together.
    """
    if n_clips >= n_ranks:
        return
    clips = "1 clip" if n_clips == 1 else f"{n_clips} clips"
    most = "1" if n_clips == 1 else f"{n_clips} or less"
    raise ValueError(
        f"Training shares {clips} out to {n_ranks} processes: some would have none, and nothing "
        f"would be learnt. Type trainer.devices={most}."
    )


def _require_learnt(trainer: Trainer, recipe: Recipe) -> None:
    """Raises UntrainedError where Lightning returns without having done what was asked."""
    epochs = trainer.fit_loop.epoch_progress.current.completed
    cut = trainer.interrupted or trainer.received_sigterm
    if cut or not trainer.global_step:
        raise UntrainedError(trainer.global_step, epochs, recipe.epochs)


def _choosing(recipe: Recipe, best: BestEpoch) -> list[Callback]:
    """What judges by validation, where the recipe asks for it."""
    chosen: list[Callback] = [best] if recipe.keep == "best" else []
    if recipe.patience is not None:
        chosen.append(stops_early(recipe.patience))
    return chosen


def _require_choice(trainer: Trainer, recipe: Recipe) -> None:
    """Raises ValueError where a recipe judges by validation, and none would take place."""
    if recipe.keep not in KEPT:
        raise ValueError(f"Expected a recipe's keep to be last or best, got {recipe.keep!r}.")
    if recipe.keep == "last" and recipe.patience is None:
        return
    every = trainer.check_val_every_n_epoch or 1
    if trainer.limit_val_batches == 0 or every > recipe.epochs:
        option = "keep=best" if recipe.keep == "best" else f"patience={recipe.patience}"
        raise ValueError(
            f"{option} judges by validation, and there is none in {recipe.epochs} epochs. Type "
            "trainer.check_val_every_n_epoch=1, and leave trainer.limit_val_batches as it is."
        )


def _tell_end(trainer: Trainer, recipe: Recipe, best: BestEpoch, name: str) -> None:
    """Logs what is not the usual end: fewer epochs, or an earlier epoch's weights."""
    epochs = trainer.fit_loop.epoch_progress.current.completed
    if epochs < recipe.epochs:
        log.info("%s: ended after %d of %d epochs", name, epochs, recipe.epochs)
    if best.epoch:
        accuracy = 100 * best.top1
        log.info("%s: epoch %d is kept, validation accuracy %.1f %%", name, best.epoch, accuracy)


class UntrainedError(RuntimeError):
    """Training has ended before its end, so that nothing is saved.

    Attributes:
        steps: how many steps were done.
        epochs, asked: how many epochs were, and how many were to be.
    """

    def __init__(self, steps: int, epochs: int, asked: int) -> None:
        self.steps = steps
        self.epochs = epochs
        self.asked = asked
        done = "1 step" if steps == 1 else f"{steps} steps"
        of_epochs = f"{epochs} of {asked} {'epoch' if asked == 1 else 'epochs'}"
        super().__init__(
            f"Training has ended after {done} and {of_epochs}. Nothing is saved as trained."
        )


class BatchSeeds(Callback):
    """Makes the random draws of a batch a function of (seed, batch, rank).

    So a resumed run draws the same. By batch and not by epoch: Lightning draws numbers of its own
    between an epoch's start and its first batch, and other ones when it resumes.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        # batches of all epochs: Lightning's global_step counts steps, of several batches each
        n_batches = trainer.fit_loop.epoch_loop.total_batch_idx
        sequence = np.random.SeedSequence((self.seed, n_batches, trainer.global_rank))
        high, low = sequence.generate_state(2)
        torch.manual_seed(int(high) << 32 | int(low))


class WholeCheckpoints(TorchCheckpointIO):
    """Puts a checkpoint in the place of the last one at once.

    So a killed process leaves one of them whole. Lightning moves it there from the system's folder
    for temporary files; from another disk, that is to copy it.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        super().save_checkpoint(checkpoint, f"{path}.part", storage_options)
        os.replace(f"{path}.part", path)

    def require_whole(self, path: Path) -> None:
        """Raises where a checkpoint is not as it was written, which this kind does not know."""


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
    checkpoints: WholeCheckpoints | None = None,
    name: str = "the model",
    stage: str = "video",
    history: Path | None = None,
    users: Sequence[Callback] = (),
    draws: bool = True,
) -> None:
    """Trains `module` in place; at the end rank 0 calls `save`.

    Until then `folder`, which belongs to this training alone, holds the state of the last epoch,
    from which a run that was cut continues. The state of another number of processes is not
    continued.

    Args:
        module: what learns.
        data: batches of sampled clips.
        make_trainer: makes a Trainer of further options.
        recipe: epochs, batch size and the like.
        folder: for the state of a training that is not finished.
        seed: of the draws within batches.
        save: keeps what was learnt.
        callbacks: Lightning's, beside those that are needed here.
        checkpoints: writes and checks the state.
        name: of what is trained, for messages.
        stage: what is trained, "video" or "heads"; names what is logged.
        history: a file that gets a row for each epoch; None: none is kept.
        users: callbacks of the user's configuration, whose errors are told as theirs.
        draws: whether a line of progress is drawn in a terminal.

    Raises:
        CallbackError: one of the user's callbacks has raised.
        UntrainedError: training has ended before its end.
        ValueError: what is asked for cannot be done.
    """
    checkpoints = checkpoints or WholeCheckpoints()
    epochs = Epochs(stage, HistoryFile(history) if history else None)
    best = BestEpoch(checkpoints)
    # one file, replaced every epoch: with Lightning's version counter, two names would alternate
    checkpoint = ModelCheckpoint(
        None, "last", save_on_train_epoch_end=True, enable_version_counter=False
    )
    trainer = make_trainer(
        max_epochs=recipe.epochs,
        gradient_clip_val=recipe.clip,
        callbacks=[
            Undisturbed(),
            *users,
            BatchSeeds(seed),  # after the user's, which may draw
            *callbacks,
            epochs,
            TrainingProgress(name, recipe.epochs, epochs, draws=draws),
            *_choosing(recipe, best),
            StaysStopped(),
            checkpoint,
            StopsAtBatchEnd(),
        ],
        plugins=[checkpoints],
        default_root_dir=folder,
    )
    _require_choice(trainer, recipe)
    require_work_for_all(len(data.train), trainer.world_size)
    data.batch_size, trainer.accumulate_grad_batches = shared_out(recipe, trainer.world_size)
    state = folder / f"{trainer.world_size}-ranks"
    checkpoint.dirpath = str(state)
    best.file = state / "best.ckpt"
    last = state / "last.ckpt"
    # that is resuming
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
    if last.exists():
        checkpoints.require_whole(last)
        log.info("continuing from %s", last)
        loops = torch.load(last, map_location="cpu", weights_only=True, mmap=True)["loops"]
        data.first_epoch = loops["fit_loop"]["epoch_progress"]["current"]["processed"]
    try:
        with signals.deferred():
            trainer.fit(module, data, ckpt_path=last if last.exists() else None, weights_only=True)
    except Exception as error:
        told = raised_in(error, users, name, kept=last.exists())
        if told is None:
            raise
        raise told from error
    _require_learnt(trainer, recipe)
    _tell_end(trainer, recipe, best, name)
    if trainer.is_global_zero:
        if recipe.keep == "best":
            best.put_back(module)
        save()
        shutil.rmtree(folder, ignore_errors=True)
    # nobody reads what rank 0 has not written
    trainer.strategy.barrier()
