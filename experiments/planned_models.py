"""What each model's stages will cost: measured on a few clips, with weights drawn at random."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from playfair.analysis.plan import (
    Amount,
    Machine,
    Schedule,
    Speeds,
    explained_whole,
    frames_stage,
    stages,
)
from playfair.benchmark.plan_checkpoint import checkpoint_of, measured_checkpoint
from playfair.benchmark.plan_decoding import Decoding, measured_decoding
from playfair.benchmark.plan_speeds import measured_speeds
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.obtain import is_made
from playfair.steps.study import Study
from playfair.training.sampled_clips import watched_clips
from playfair.video.fitted import Fit

COMPARED = 2000  # clips, at most, of the paper's comparison


def of_model(
    study: Study,
    n_seeds: int,
    n_frames: int,
    lengths: Sequence[int],
    n_sampled: int,
    machine: Machine,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """The stages of one model, of all its seeds, and what was measured for it.

    Raises:
        ValueError: the dataset is not there, or the model is one that nothing is known of.
    """
    if study.is_pretrained:
        return of_checkpoint(study, n_frames, n_sampled, machine)
    if not study.has_videos:
        raise ValueError(
            f"{study.name} has features in the place of video: a plan is made for models that see "
            "it, such as model=both or model=huggingface."
        )
    study.esvs_step(n_frames)  # refuses what is not known exactly, before anything is measured
    training = study.model.get("training") or {}
    heads = study.model.get("heads") or {}
    fitting = [length for length in sorted(set(lengths)) if length <= MAX_FRAMES]
    schedule = Schedule(
        int(training.get("epochs", 0)),
        int(heads.get("epochs", 0)),
        n_frames,
        fitting,
        COMPARED,
        n_watched=n_watched(study),
        watched_every=int(study.workplace.trainer.get("check_val_every_n_epoch") or 1),
    )
    shown = int(training.get("n_frames", n_frames))
    decoding = measured_decoding(study, shown, n_sampled, study.video_step.fit)
    device = torch.device("cuda" if machine.on_gpu else "cpu")
    speeds, width = measured_speeds(study, decoding, schedule, device, machine.ranks)
    amount = amount_of(study, decoding, width)
    once = frames_stage(amount, speeds, machine)
    table = stages(study.name, amount, speeds, schedule, machine)
    table[["hours", "disk_gb"]] *= n_seeds
    table = pd.concat([once, table], ignore_index=True) if len(once) else table
    return with_made(study, table, n_frames), {
        "decode": 1e3 * decoding.whole,
        "decode sampled frames": 1e3 * decoding.sample,
        "learn": 1e3 * speeds.learn,
        "features, a frame": 1e3 * speeds.feature,
        "heads": 1e3 * speeds.heads,
        **said_of(decoding, speeds, n_frames),
        "comparison": 1e3 * speeds.rivals,
    }


def n_watched(study: Study) -> int:
    """The validation clips that an epoch of training is followed by, as the trainer is asked for it."""
    dataset = study.dataset.opened
    clips = watched_clips(len(dataset.split("validation")), len(dataset.split("train")))
    limit = study.workplace.trainer.get("limit_val_batches")
    if limit is None:
        return len(clips)
    if isinstance(limit, float):  # a share
        return int(limit * len(clips))
    recipe = study.model.get("training") or study.model.get("heads") or {}
    return min(len(clips), limit * int(recipe.get("batch_size", 1)))


def of_checkpoint(
    study: Study, n_frames: int, n_sampled: int, machine: Machine
) -> tuple[pd.DataFrame, dict[str, float]]:
    """As `of_model`, of a checkpoint, which is explained as it is.

    Raises:
        ValueError: it was not made for so many frames, or they are too many to be explained exactly.
    """
    study.esvs_step(n_frames)
    model = checkpoint_of(study)
    model.require_length(n_frames)
    sizes = model.preprocess
    fit = Fit(sizes.size, sizes.short_side, sizes.crop)
    schedule = Schedule(0, 0, n_frames, [n_frames], COMPARED, model.frames_per_element)
    decoding = measured_decoding(study, n_frames, n_sampled, fit)
    device = torch.device("cuda" if machine.on_gpu else "cpu")
    speeds = measured_checkpoint(study, decoding, schedule, device)
    amount = amount_of(study, decoding, 0)
    table = explained_whole(study.name, amount, speeds, schedule, machine)
    measured = {
        "decode sampled frames": 1e3 * decoding.sample,
        **said_of(decoding, speeds, n_frames),
    }
    return with_made(study, table, n_frames), measured


def amount_of(study: Study, decoding: Decoding, width: int) -> Amount:
    """How much there is to do for one model, whose features are so long."""
    dataset = study.dataset.opened
    return Amount(
        n_train=len(dataset.split("train")),
        n_validation=len(dataset.split(study.split_name)),
        frames=decoding.frames,
        frame_bytes=3.0 * decoding.frame_shape[0] * decoding.frame_shape[1],
        feature_bytes=width * np.dtype(study.dataset.option("feature_dtype")).itemsize,
        n_classes=len(dataset.class_names),
        kept=bool(study.dataset.option("decode_once")),
    )


def with_made(study: Study, table: pd.DataFrame, n_frames: int) -> pd.DataFrame:
    """The stages, with no hours for those that are made already."""
    made = [is_there(study, stage, n_frames) for stage in table["stage"]]
    table["made"] = ["yes" if there else "" for there in made]
    table.loc[made, "hours"] = 0.0
    return table


def said_of(decoding: Decoding, speeds: Speeds, n_frames: int) -> dict[str, float]:
    """What was measured of any model, as it is shown."""
    return {
        "ESVs": 1e3 * speeds.esvs[n_frames],
        "interactions": 1e3 * speeds.interactions,
        "frames of a clip": decoding.frames,
        "kB of a clip": decoding.clip_bytes / 1e3,
        "MB of a process that decodes": decoding.worker_bytes / 1e6,
    }


def is_there(study: Study, stage: str, n_frames: int) -> bool:
    """Whether a stage is made already, of this seed."""
    if study.is_pretrained:
        esvs = study.esvs_step(n_frames)
        whole: dict[str, Any] = {"clips' lengths": esvs.features, "ESVs": esvs}
        return stage in whole and is_made(whole[stage], study.layout)
    steps: dict[str, list[Any]] = {
        "train from video": [study.video_step],
        "features": [study.features_step("train"), study.features_step(study.split_name)],
        "heads": [study.head_step],
        "ESVs": [study.esvs_step(n_frames)],
    }
    if study.dataset.option("decode_once"):
        steps["decode once"] = [study.frames_step("train"), study.frames_step(study.split_name)]
    asked = steps.get(stage, [])
    return bool(asked) and all(is_made(step, study.layout) for step in asked)
