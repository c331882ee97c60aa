"""What will the paper's experiments cost on this dataset, with these devices?

Decodes a few clips and times each model on them, with weights drawn at random; trains nothing and
writes nothing but its answer. What is made already costs nothing more. Expected: within a factor of
2 of what the stages then take.
"""

import os
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
from playfair.experiments.left_out import least_frames_per_element
from playfair.report.look import model_name, percent
from playfair.report.sentences import listed
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.obtain import is_made
from playfair.steps.place import is_rank_zero
from playfair.steps.seeds import by_model
from playfair.steps.study import Study
from playfair.training.sampled_clips import watched_clips
from playfair.video.fitted import Fit

COMPARED = 2000  # clips, at most, of the paper's comparison
README = "mmaction2's README, ResNet-50, 8 frames, one crop"
# What others measured, by dataset and model: top-1, top-5, where that is said.
PUBLISHED = {
    ("something_something_v2", "tsn"): (0.355, 0.671, README),
    ("something_something_v2", "trn"): (0.477, 0.763, README),
    ("something_something_v2", "trn_resnet50"): (0.477, 0.763, README),
}


def plan(
    studies: Sequence[Study], *, n_frames: int, lengths: Sequence[int], n_sampled: int = 8
) -> Result:
    """Hours, disk and memory of each stage, and the accuracy to expect.

    Args:
        n_frames: that are explained.
        lengths: numbers of frames that are explained beside it.
        n_sampled: clips that are decoded.
    """
    if not is_rank_zero():
        return Result("Plan", "Another process measures.")
    machine = machine_of(studies[0])
    models = by_model(studies)
    tables = []
    speeds = []
    for name, seeds in models.items():
        table, measured = of_model(seeds[0], len(seeds), n_frames, lengths, n_sampled, machine)
        tables.append(table)
        speeds.append({"model": name, **measured})
    table = pd.concat(tables, ignore_index=True)
    shared = table["stage"] == "decode once"  # all models read the same frames
    table = table[~(shared & table.duplicated(["stage", "model"]))].reset_index(drop=True)
    expected = pd.DataFrame([expectation(seeds[0]) for seeds in models.values()])
    long = n_frames > MAX_FRAMES * least_frames_per_element(studies)
    what = "the single experiments take" if long else "experiment=paper takes"
    return Result(
        f"Plan: {studies[0].dataset.name}",
        f"What {what} with {ranks_said(machine)}, {machine.cores} CPU cores and "
        f"{machine.workers} processes that decode for each: measured on {n_sampled} clips and on "
        "models of random weights, on this machine as it is now. Not in it: the approximation, "
        "tables and figures, which are minutes"
        f"{f'; and the comparison, which is of up to {MAX_FRAMES} frames' * long}"
        f"{'; and the comparison of checkpoints' * any(study.is_pretrained for study in studies)}.",
        findings=findings(table, expected, studies[0]),
        metrics={
            "hours": float(table["hours"].sum()),
            "disk_gb": float(table["disk_gb"].sum()),
            "memory_gb": float(table["memory_gb"].max()),
        },
        tables={
            "headline": headline(table),
            "stages": table,
            "speeds": pd.DataFrame(speeds),
            "expected": expected,
        },
        captions={
            "headline": "Hours, and GB that a stage leaves on the disk and holds in memory, all "
            "processes together. What is made already takes no hours.",
            "stages": "As numbers.",
            "speeds": "Measured: milliseconds of a clip, unless another unit is said.",
            "expected": "What others measured with such a model on this dataset, and where they say so.",
        },
    )


def machine_of(study: Study) -> Machine:
    """The devices that are asked for, and what this machine has."""
    trainer = study.workplace.trainer
    on_gpu = torch.cuda.is_available() and trainer.get("accelerator") in ("auto", "gpu", "cuda")
    devices: Any = trainer.get("devices", 1)
    if isinstance(devices, str) and devices.isdigit():
        devices = int(devices)
    if isinstance(devices, Sequence) and not isinstance(devices, str):
        devices = len(devices)
    if not isinstance(devices, int) or devices < 1:  # auto, or -1
        devices = torch.cuda.device_count() if on_gpu else 1
    ranks = devices * int(trainer.get("num_nodes", 1))
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return Machine(ranks, study.workplace.workers, cores, on_gpu)


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


def expectation(study: Study) -> dict[str, object]:
    """The accuracy that others measured; of none, that it is not known."""
    top1, top5, source = PUBLISHED.get(
        (study.dataset.name, study.name),
        (
            study.model.get("published_top1") or np.nan,
            np.nan,
            "its authors" if study.model.get("published_top1") else "none known",
        ),
    )
    return {"model": study.name, "top1": top1, "top5": top5, "source": source}


def findings(table: pd.DataFrame, expected: pd.DataFrame, study: Study) -> list[str]:
    """How long, how much, and how good."""
    hours = float(table["hours"].sum())
    longest = table.loc[table["hours"].idxmax()]
    where = f"{longest['stage']} of {model_name(longest['model'])}"
    if longest["model"] == "all":
        where = "decoding all clips once"
    sentences = [
        f"All of it takes about {in_hours(hours)} here, of which {where} "
        f"{in_hours(longest['hours'])}; it leaves {in_bytes(float(table['disk_gb'].sum()))} on the "
        f"disk and holds up to {in_bytes(float(table['memory_gb'].max()))} in memory."
        if hours
        else "All of it is made already."
    ]
    known = expected.dropna(subset=["top1"])
    for row in known.to_dict("records"):
        among = ""
        if np.isfinite(row["top5"]):
            among = f", {percent(row['top5'])} among its five highest"
        sentences.append(
            f"Expect {model_name(row['model'])} to be right on {percent(row['top1'])} of the "
            f"clips{among} ({row['source']})."
        )
    unknown = [model_name(name) for name in expected["model"] if name not in set(known["model"])]
    if unknown:
        prior = float(study.dataset.opened.prior().max())
        sentences.append(
            f"No published accuracy of {listed(unknown)} on {study.dataset.name} is known; always "
            f"saying the commonest class is right on {percent(prior)}."
        )
    return sentences


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """The stages as they are read, and their sum."""
    rows = [
        {
            "stage": row["stage"],
            "model": "all" if row["model"] == "all" else model_name(row["model"]),
            "time": "made" if row["made"] else in_hours(row["hours"]),
            "disk": in_bytes(row["disk_gb"]),
            "memory": in_bytes(row["memory_gb"]),
        }
        for row in table.to_dict("records")
    ]
    rows.append(
        {
            "stage": "all",
            "model": "",
            "time": in_hours(float(table["hours"].sum())),
            "disk": in_bytes(float(table["disk_gb"].sum())),
            "memory": in_bytes(float(table["memory_gb"].max())),
        }
    )
    return pd.DataFrame(rows)


def in_hours(hours: float) -> str:
    """A time as it is read.

    >>> in_hours(30.26), in_hours(0.5), in_hours(0.005), in_hours(100.4)
    ('30.3 h', '30 min', '18 s', '4.2 days')
    """
    if hours >= 72:
        return f"{hours / 24:.1f} days"
    if hours >= 1:
        return f"{hours:.1f} h"
    if hours >= 1 / 60:
        return f"{60 * hours:.0f} min"
    return f"{3600 * hours:.0f} s"


def in_bytes(gigabytes: float) -> str:
    """Bytes as they are read.

    >>> in_bytes(12.34), in_bytes(0.0134), in_bytes(2e-5)
    ('12.3 GB', '13 MB', '< 1 MB')
    """
    if gigabytes >= 1:
        return f"{gigabytes:.1f} GB"
    return "< 1 MB" if gigabytes < 1e-3 else f"{1e3 * gigabytes:.0f} MB"


def ranks_said(machine: Machine) -> str:
    kind = "GPU" if machine.on_gpu else "CPU process"
    several = {"GPU": "GPUs", "CPU process": "CPU processes"}[kind]
    return f"1 {kind}" if machine.ranks == 1 else f"{machine.ranks} {several}"
