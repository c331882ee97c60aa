"""What will the paper's experiments cost on this dataset, with these devices?

Decodes a few clips and times each model on them, with weights drawn at random; trains nothing and
writes nothing but its answer. What is made already costs nothing more. Expected: within a factor of
2 of what the stages then take.
"""

import os
from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch

from playfair.analysis.plan import Machine
from playfair.experiments.left_out import least_frames_per_element
from playfair.experiments.plan_words import expectation, findings, headline, ranks_said
from playfair.experiments.planned_models import of_model
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.place import is_rank_zero
from playfair.steps.seeds import by_model
from playfair.steps.study import Study


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
