"""The ESV evaluation callback beside bare `explain`: what Lightning, store and ranks cost or bring.

Every run is a fresh process of one thread, so that one rank and two are alike but in number.
"""

import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Trainer

import playfair
from playfair.benchmark.speed import CLASSES, FEATURE, HIDDEN, N_MAX, resident
from playfair.models.multiscale import multiscale_trn
from playfair.steps.damage import read_json
from playfair.steps.durable import write_json
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore
from playfair.steps.ranks import by_rank_zero, work
from playfair.steps.rendezvous import with_place
from playfair.steps.supervisor import supervise
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.training.prediction import predict_blocks

BLOCK = 128  # videos, as in the ESV store
# the same package as this process's: a checkout is on the path of run.py alone
ROOT = str(Path(playfair.__file__).parents[1])
RANK = f"""
import sys
{ROOT!r} in sys.path or sys.path.insert(0, {ROOT!r})
from playfair.benchmark.evaluation import rank
rank()
"""


def measure_evaluation(n_videos: int, n_frames: int, rounds: int) -> pd.DataFrame:
    """Seconds and memory of bare `explain` and of the callback.

    The callback runs in one rank and two, and in one on a quarter of the videos.

    Args:
        n_videos: feature sequences.
        n_frames: of each.
        rounds: interleaved; the medians count.

    Returns:
        A row per run: "run", "videos", "seconds", "own_gb" and "peak_gb". own_gb is the most that
        a rank held at the start of a block, apart from pages of files it has mapped, which the
        kernel takes back when it needs them; peak_gb is with them.
    """
    runs = {
        "bare explain": (n_videos, 0),
        "callback, 1 rank": (n_videos, 1),
        "callback, 2 ranks": (n_videos, 2),
        "callback, 1 rank, a quarter": (n_videos // 4, 1),
    }
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    with tempfile.TemporaryDirectory(prefix="playfair-benchmark-") as temporary:
        folder = Path(temporary)
        rng = np.random.default_rng(0)
        shape = (n_videos, n_frames, FEATURE)
        rng.standard_normal(shape, dtype=np.float32).tofile(folder / "features")
        for _ in range(rounds):
            for name, (videos, ranks) in runs.items():
                write_json(
                    folder / "run.json", {"videos": videos, "frames": n_frames, "ranks": ranks}
                )
                command = [sys.executable, "-P", "-c", RANK, str(folder)]
                supervise(command, max(1, ranks), folder)
                measured[name].append(_highest(folder))
                shutil.rmtree(folder / "esv.zarr", ignore_errors=True)
    rows = []
    for name, reports in measured.items():
        medians = {key: median(report[key] for report in reports) for key in reports[0]}
        rows.append({"run": name, "videos": runs[name][0], **medians})
    return pd.DataFrame(rows)


def _highest(folder: Path) -> dict[str, float]:
    """The highest of every number that the ranks have reported; their reports are taken away."""
    reports = []
    for file in folder.glob("rank-*-report.json"):
        reports.append(read_json(file))
        file.unlink()
    return {key: max(report[key] for report in reports) for key in reports[0]}


def share(folder: Path) -> None:
    """What one rank does, and its report."""
    torch.set_num_threads(1)
    run = read_json(folder / "run.json")
    features = np.memmap(
        folder / "features", np.float32, "r", shape=(run["videos"], run["frames"], FEATURE)
    )
    torch.manual_seed(0)
    head = multiscale_trn(N_MAX, FEATURE, HIDDEN, CLASSES).eval()
    prior = np.full(CLASSES, 1 / CLASSES)
    held = [0.0]

    def block_of(videos: slice) -> torch.Tensor:
        held.append(resident(Path("/proc/self/status"), "RssAnon"))
        return torch.from_numpy(np.array(features[videos]))

    if run["ranks"] == 0:
        began = time.perf_counter()
        for start in range(0, len(features), BLOCK):
            videos = block_of(slice(start, start + BLOCK))
            playfair.explain(head, videos, torch.from_numpy(prior).float())
        seconds = time.perf_counter() - began
    else:
        store = ESVStore(folder / "esv.zarr", BLOCK)
        create = partial(
            create_store,
            store.path,
            uids=[str(video) for video in range(len(features))],
            labels=np.zeros(len(features), int),
            prior=prior,
            class_names=[str(name) for name in range(CLASSES)],
            n_frames=features.shape[1],
            block=BLOCK,
        )
        by_rank_zero(create, done=store.exists)

        def load(block: int) -> dict[str, torch.Tensor]:
            values = block_of(store.videos(block))
            frame_index = torch.arange(values.shape[1]).expand(values.shape[:2])
            return {"features": values, "frame_index": frame_index}

        trainer = partial(
            Trainer,
            accelerator="cpu",
            devices=run["ranks"],
            strategy="ddp" if run["ranks"] > 1 else "auto",
            use_distributed_sampler=False,
            enable_model_summary=False,
        )
        writer = ESVEvaluation(store, torch.from_numpy(prior))
        module = Explained(head)
        make_trainer = with_place(trainer)
        seconds = predict_blocks(module, writer, store.missing, load, make_trainer, what="ESVs")
    report = {
        "seconds": seconds,
        "own_gb": max(held) / 1e9,
        "peak_gb": resident(Path("/proc/self/status"), "VmHWM") / 1e9,
    }
    write_json(folder / f"rank-{os.environ['LOCAL_RANK']}-report.json", report)


def rank() -> None:
    """What `RANK` runs in a process of its own."""
    folder = Path(sys.argv[1])
    work(partial(share, folder), folder)
