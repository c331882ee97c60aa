"""Training as a step does it: the usable clips of both splits, a recipe, and what is kept."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning.callbacks import ProgressBar

from playfair.datasets.dataset import UNKNOWN_CLASS, SplitName
from playfair.datasets.doctor.finding import counted
from playfair.datasets.mirror import mirrored_pairs
from playfair.steps.clips import NONE_DECODED
from playfair.steps.data import Data
from playfair.steps.manifest import TRAINING
from playfair.steps.row_store import RowStore
from playfair.steps.training_state import DurableCheckpoints
from playfair.steps.watchers import callbacks_of, profiler_of
from playfair.steps.workplace import Workplace
from playfair.training.classifier import Classifier, VideoClassifier
from playfair.training.fit import Recipe, fit
from playfair.training.history import HISTORY
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.sources import LabelledClips
from playfair.training.watched_esvs import Watch, WatchedESVs

log = logging.getLogger("playfair")


def learn(
    module: Classifier,
    recipe: Recipe,
    *,
    name: str,
    model: str,
    stage: str,
    folder: Path,
    data: Data,
    source: Callable[[SplitName], Any],
    seed: int,
    workplace: Workplace,
    save: Callable[[], None],
) -> None:
    """Trains `module` on the train split; rank 0 calls `save` at the end.

    Args:
        module: what is trained, in place.
        recipe: how.
        name: of what is trained, with its seed where it has one, for messages.
        model: its name alone.
        stage: "video" or "heads".
        folder: the step's; the state of a run that was cut lies in it.
        data: the dataset, for the classes of clips.
        source: split → its clips' frames or features.
        seed: of all that is drawn.
        workplace: how it is done here.
        save: keeps what was learnt.
    """
    dataset = data.opened
    what = f"{name}, {stage}"
    if getattr(getattr(recipe.augment, "keywords", None), "get", lambda _: None)("flip"):
        swapped = mirrored_pairs(dataset.class_names)
        if swapped:
            log.info("%s: mirrored clips swap the classes %s (-1: not mirrored)", what, swapped)
        else:
            log.info("%s: clips are mirrored, and keep their classes", what)
    log.info("%s: training for %s", what, counted(recipe.epochs, "epoch"))
    users = callbacks_of(workplace, what)
    shows_progress = any(isinstance(callback, ProgressBar) for callback in users)
    make_trainer = partial(
        workplace.make_trainer,
        logger=workplace.logger_of(model, seed),
        profiler=profiler_of(workplace, what),
        enable_progress_bar=shows_progress,  # Lightning's; ours knows all epochs
    )
    train = usable(source("train"), data, "train")
    validation = usable(source("validation"), data, "validation")
    clips = SampledDataModule(
        train,
        validation,
        n_frames=recipe.n_frames,
        seed=seed,
        workers=0 if isinstance(train.source, RowStore) else workplace.workers,
        on_broken=workplace.broken,
    )
    callbacks = []
    if workplace.watch_every and workplace.draw_watched and isinstance(module, VideoClassifier):
        prior = torch.from_numpy(dataset.prior())
        watch = Watch(workplace.watch_every, workplace.draw_watched)
        callbacks.append(
            WatchedESVs(watch, validation, recipe.n_frames, prior, dataset.class_names)
        )
    fit(
        module,
        clips,
        make_trainer,
        recipe,
        folder=folder / TRAINING,
        seed=seed,
        save=save,
        callbacks=callbacks,
        checkpoints=DurableCheckpoints(),
        name=what,
        stage=stage,
        history=folder / HISTORY,
        users=users,
        draws=workplace.trainer.get("enable_progress_bar", True) and not shows_progress,
    )
    if clips.broken:
        n_broken = len(clips.broken)
        log.warning(
            "%s: %s could not be decoded; %s stood in",
            what,
            counted(n_broken, "clip"),
            "another" if n_broken == 1 else "others",
        )


def usable(source: Any, data: Data, split: SplitName) -> LabelledClips:
    """The clips of a split that have frames and a class.

    Raises:
        ValueError: none has.
    """
    n_clips = len(source)
    lengths = source.lengths if isinstance(source, RowStore) else np.ones(n_clips)
    if not lengths.any():
        raise ValueError(NONE_DECODED.format(split))
    targets = data.opened.split(split).targets
    clips = np.flatnonzero((lengths > 0) & (targets != UNKNOWN_CLASS))
    if len(clips) == 0:
        raise ValueError(
            f"No clip of the {split} split has a class: to be trained on, and to follow training "
            "by, clips need one. docs/clips.md says how they are given classes."
        )
    return LabelledClips(source, targets, clips)
