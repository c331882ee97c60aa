"""Extraction and head training at the size of Something-Something v2.

python -m pytest -m slow -s tests/training/test_full_scale.py    prints what was measured
"""

import multiprocessing
import os
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, Trainer

from playfair.benchmark.speed import resident
from playfair.models.multiscale import multiscale_trn
from playfair.models.separable import SeparableVideoModel
from playfair.steps.row_store import RowStore
from playfair.training.classifier import ScalesClassifier, VideoClassifier
from playfair.training.feature_extraction import FeatureWriter
from playfair.training.fit import Recipe, fit
from playfair.training.history import HISTORY, read
from playfair.training.prediction import predict_blocks
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.sources import LabelledClips

CLIPS, VALIDATION, FRAMES, FEATURE, CLASSES = 168_913, 24_777, 35, 256, 174


class OwnMemory(Callback):
    """The most that the process held but for mapped pages of files, which the kernel takes back when it needs them."""

    most = 0.0

    def on_train_batch_end(self, *_: object) -> None:
        self.most = max(self.most, resident(Path("/proc/self/status"), "RssAnon"))


@pytest.mark.slow
def test_an_epoch_of_all_heads_on_the_features_of_168913_clips(tmp_path: Path) -> None:
    """3 GB of float16 features on disk; measured: 150 s of one core and 0.63 GB of own memory."""
    rng = np.random.default_rng(0)
    targets = rng.permutation(np.arange(CLIPS) ** 2 * CLASSES // CLIPS**2)  # a long tail
    (tmp_path / "rows").mkdir()
    store = RowStore(tmp_path / "rows", n_clips=CLIPS, block=32)
    noise = rng.normal(size=(4096, FEATURE))
    means = rng.normal(size=(CLASSES, FEATURE))
    for block in range(store.n_blocks):
        clips = store.clips(block)
        drawn = noise[rng.integers(4096 - FRAMES, size=len(clips))[:, None] + np.arange(FRAMES)]
        store.write(block, list((drawn + means[targets[clips], None]).astype(np.float16)))
    began = time.perf_counter()
    assert store.missing() == [] and len(store.lengths) == CLIPS
    opening = time.perf_counter() - began

    recipe = Recipe(
        epochs=1, batch_size=512, n_frames=8, optimizer=partial(torch.optim.Adam, lr=3e-4)
    )
    module = ScalesClassifier(
        "trn", multiscale_trn(8, FEATURE, 256, CLASSES, 0.1), recipe.optimizer, None
    )
    every = np.arange(CLIPS)
    data = SampledDataModule(
        LabelledClips(store, targets, every),
        LabelledClips(store, targets, every[:VALIDATION]),
        n_frames=8,
        batch_size=512,
        seed=0,
    )
    memory, found = OwnMemory(), {}
    history = tmp_path / HISTORY
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = partial(Trainer, accelerator="cpu", devices=1, use_distributed_sampler=False, **quiet)

    def save() -> None:
        found.update(module.trainer.callback_metrics)

    began, cpu = time.perf_counter(), time.process_time()
    fit(
        module,
        data,
        trainer,
        recipe,
        folder=tmp_path / "training",
        seed=0,
        save=save,
        callbacks=[memory],
        stage="heads",
        history=history,
    )
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    top1 = float(found["val_top1"])
    epoch = read(tmp_path).iloc[0]
    of_validation = 1 - CLIPS // 512 * 512 / epoch["clips_per_second"] / epoch["seconds"]
    print(
        f"\n{CLIPS:,} clips opened in {opening:.1f} s; an epoch: {seconds:.0f} s, {cpu:.0f} s of CPU; "
        f"{memory.most / 1e9:.2f} GB of own memory; top-1 {top1:.2f}; "
        f"validation {100 * of_validation:.1f} % of the epoch"
    )
    assert of_validation < 0.03
    assert opening < 10 and memory.most < 2e9
    assert top1 > 0.9  # it learnt what the features say


class MeanColour(torch.nn.Module):
    """A backbone that takes no time: what is left is what extraction itself costs."""

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return frames.mean((2, 3)).repeat(1, FEATURE // 3 + 1)[:, :FEATURE]


def extracted(folder: Path, fatal: int | None = None) -> tuple[RowStore, list[int]]:
    """Features of four small frames of each clip, and the blocks that were read; killed at block `fatal`."""
    (folder / "rows").mkdir(exist_ok=True)
    store = RowStore(folder / "rows", n_clips=CLIPS, block=32)
    read: list[int] = []

    def load(block: int) -> dict[str, object]:
        if block == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        read.append(block)
        n_clips = len(store.clips(block))
        frames = torch.full((4 * n_clips, 8, 8, 3), block % 256, dtype=torch.uint8)
        return {"frames": frames, "lengths": torch.full((n_clips,), 4), "skipped": {}}

    module = VideoClassifier(
        "x", SeparableVideoModel(MeanColour(), torch.nn.Identity()), torch.optim.SGD, None, None
    )
    trainer = partial(Trainer, accelerator="cpu", devices=1, enable_model_summary=False)
    predict_blocks(
        module, FeatureWriter(store, dtype="float16"), store.missing, load, trainer, what="features"
    )
    return store, read


@pytest.mark.slow
def test_an_extraction_of_168913_clips_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """5,279 blocks, killed at block 4,000."""
    process = multiprocessing.get_context("spawn").Process(target=extracted, args=(tmp_path, 4000))
    began = time.perf_counter()
    process.start()
    process.join(timeout=600)
    until_killed = time.perf_counter() - began
    assert process.exitcode == -signal.SIGKILL
    began, cpu = time.perf_counter(), time.process_time()
    store, read = extracted(tmp_path)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert read == list(range(4000, 5279)) and store.missing() == []
    began = time.perf_counter()
    assert len(store.lengths) == CLIPS and float(store[100_000][3, 7]) == pytest.approx(
        3125 % 256 / 255, abs=1e-3
    )
    opened = time.perf_counter() - began
    print(
        f"\n4,000 blocks until killed: {until_killed:.0f} s, imports included; the other 1,279: {seconds:.1f} s, "
        f"{cpu:.1f} s of CPU; opened in {opened:.1f} s"
    )
    assert cpu < 60
