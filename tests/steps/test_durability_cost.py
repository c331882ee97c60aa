"""What it costs that artefacts are durable and checked: at most 3 % of any stage.

python -m pytest -m slow -s tests/steps/test_durability_cost.py    prints the table

Each stage runs by turns as it is and with syncs and checksums switched off. As two runs of the same
differ by more than 3 % on a machine that others use too, what they cost is also measured by itself:
the time within them, over that of the stage.
"""

import contextlib
import functools
import hashlib
import logging
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import google_crc32c
import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer
from zarr.codecs import Crc32cCodec

from playfair.models.multiscale import multiscale_trn
from playfair.steps import (
    checkpoints,
    durable,
    esv_creation,
    interactions,
    manifest,
    obtain,
    training_state,
)
from playfair.steps.esv_creation import create_store
from playfair.steps.layout import Layout
from playfair.steps.study import Study
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.training.prediction import predict_blocks
from tests.conftest import studies
from tests.steps import small_steps

MOST = 0.03
ROUNDS = 3
OPTIONS = ["model=trn", "dataset.write.n_train=128", "dataset.write.n_validation=240"]
EPOCHS = [
    "model.trn.training.epochs=2",
    "model.trn.heads.epochs=8",
    "model.trn.heads.batch_size=16",
]
VIDEOS, FRAMES, FEATURE, CLASSES = 24_777, 8, 256, 174
OPENING = 0.2  # seconds

# where syncs, checksums and manifests are made and looked at, by the names that callers know
COSTS: list[tuple[Any, str]] = [
    (durable, "sync"),
    (durable, "sync_all"),
    (manifest, "sync_all"),
    (esv_creation, "sync_all"),
    (interactions, "sync_all"),
    (interactions, "sync"),
    (google_crc32c, "value"),
    (google_crc32c, "extend"),
    (hashlib, "file_digest"),
    (Crc32cCodec, "_encode_sync"),
    (Crc32cCodec, "_decode_sync"),
    (checkpoints, "require_checksums"),
    (training_state, "write_json"),
    (obtain, "write_manifest"),
    (obtain, "read_manifest"),
    (obtain, "require_sound"),
    (obtain, "absences"),
]


class Spent:
    """Seconds within the functions above, by the clock and of CPU; of calls within calls, once."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.cpu = 0.0
        self._inside = threading.local()
        self._lock = threading.Lock()

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def timed(*arguments: Any, **options: Any) -> Any:
            if getattr(self._inside, "yes", False):
                return call(*arguments, **options)
            self._inside.yes = True
            wall = time.perf_counter()
            cpu = time.thread_time()
            try:
                return call(*arguments, **options)
            finally:
                with self._lock:
                    self.wall += time.perf_counter() - wall
                    self.cpu += time.thread_time() - cpu
                self._inside.yes = False

        return timed


@contextlib.contextmanager
def measured() -> Iterator[Spent]:
    """Counts the time within what makes artefacts durable and checked."""
    spent = Spent()
    with contextlib.ExitStack() as stack:
        for place, name in COSTS:
            stack.enter_context(patch.object(place, name, spent.around(getattr(place, name))))
        yield spent


class NoDigest:
    def hexdigest(self) -> str:
        return "0"

    def digest(self) -> bytes:
        return b"00000000"


@contextlib.contextmanager
def switched_off() -> Iterator[None]:
    """Nothing is synced, and every checksum is 0."""
    with contextlib.ExitStack() as stack:
        for place, name in COSTS:
            if name in ("sync", "sync_all", "require_checksums", "write_json"):
                stack.enter_context(patch.object(place, name, lambda *_: None))
        for name in ("value", "extend"):
            stack.enter_context(patch.object(google_crc32c, name, lambda *_: 0))
        stack.enter_context(patch.object(hashlib, "file_digest", lambda *_: NoDigest()))
        yield


def medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = (statistics.median(values) for values in zip(*pairs, strict=True))
    return wall, cpu


def row(
    stage: str,
    on: list[tuple[float, float]],
    off: list[tuple[float, float]],
    spent: list[tuple[float, float]],
) -> str:
    """Seconds of a stage by the clock and of CPU, with and without, and the part within."""
    columns = [f"{value:7.2f} s" for value in (*medians(on), *medians(off))]
    return "  ".join([f"{stage:24}", *columns, *(f"{part:7.2%}" for part in medians(spent))])


def stages(study: Study) -> dict[str, Any]:
    return {
        "decoding frames": study.frames_step("train"),
        "training from video": study.video_step,
        "features": study.features_step("train"),
        "training of heads": study.head_step,
        "ESVs of 240 videos": study.esvs_step(FRAMES),
    }


@pytest.mark.slow
def test_syncs_and_checksums_take_a_small_part_of_every_stage(tmp_path: Path) -> None:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    places = {"on": contextlib.nullcontext, "off": switched_off}
    for name, place in places.items():  # all that the stages are made from
        study = a_study(tmp_path, name)
        with place():
            for step in stages(study).values():
                obtain.obtain(step, study.layout)
            obtain.obtain(study.frames_step("validation"), study.layout)
            obtain.obtain(study.features_step("validation"), study.layout)
    print(
        "\nseconds by the clock and of CPU; the same without; part within, by the clock and of CPU"
    )
    parts = {}
    for stage in stages(study):
        on, off, spent = [], [], []
        for _ in range(ROUNDS):
            for name, place in places.items():
                study = a_study(tmp_path, name)
                step = stages(study)[stage]
                shutil.rmtree(study.layout.folder(step))
                with place(), measured() as within:
                    wall = time.perf_counter()
                    cpu = time.process_time()
                    obtain.obtain(step, study.layout)
                    cpu = time.process_time() - cpu
                    wall = time.perf_counter() - wall
                if name == "on":
                    on.append((wall, cpu))
                    spent.append((within.wall / wall, within.cpu / cpu))
                else:
                    off.append((wall, cpu))
        print(row(stage, on, off, spent))
        parts[stage] = medians(spent)[1]
    assert {stage: part for stage, part in parts.items() if part > MOST} == {}


def a_study(root: Path, name: str) -> Study:
    paths = [f"paths.data={root / 'data'}", f"paths.outputs={root / name}"]
    (study,) = studies(*OPTIONS, *EPOCHS, *paths, "trainer.accelerator=cpu", "dataset.workers=0")
    return study


class Synthetic(small_steps.Explained):
    """ESVs of rows that were drawn, of as many videos as Something-Something v2 validates on."""

    kind: ClassVar[str] = "synthetic_esvs"

    def make(self, folder: Path, layout: Layout) -> None:
        prior = np.full(CLASSES, 1 / CLASSES)
        store = create_store(
            folder,
            uids=[str(100_000 + video) for video in range(VIDEOS)],
            labels=np.arange(VIDEOS) % CLASSES,
            prior=prior,
            class_names=[f"class {number}" for number in range(CLASSES)],
            n_frames=FRAMES,
        )
        head = multiscale_trn(FRAMES, FEATURE, 256, CLASSES).eval()

        def load(block: int) -> dict[str, Any]:
            n_videos = len(range(*store.videos(block).indices(VIDEOS)))
            return {
                "features": torch.randn(n_videos, FRAMES, FEATURE),
                "frame_index": torch.arange(FRAMES, dtype=torch.int32).expand(n_videos, FRAMES),
            }

        evaluation = ESVEvaluation(store, torch.from_numpy(prior))
        trainer = partial(Trainer, accelerator="cpu", devices=1, enable_model_summary=False)
        predict_blocks(Explained(head), evaluation, store.missing, load, trainer, what="ESVs")


@pytest.mark.slow
def test_syncs_and_checksums_take_a_small_part_of_the_esvs_of_24777_videos(tmp_path: Path) -> None:
    """Measured within alone: a run takes minutes, and differs from the next by more than 3 %."""
    step = Synthetic()
    layout = Layout(tmp_path)
    with measured() as within:
        wall = time.perf_counter()
        cpu = time.process_time()
        obtain.obtain(step, layout)
        cpu = time.process_time() - cpu
        wall = time.perf_counter() - wall
    parts = (within.wall / wall, within.cpu / cpu)
    print(f"\nESVs of {VIDEOS:,} videos: {wall:.0f} s, {cpu:.0f} s of CPU; within", end=" ")
    print(" and ".join(f"{part:.2%}" for part in parts))
    opened = []
    for _ in range(7):
        cpu = time.process_time()
        obtain.obtain(step, Layout(tmp_path))
        opened.append(time.process_time() - cpu)
    with measured() as within:
        obtain.obtain(step, Layout(tmp_path))
    opening = statistics.median(opened)
    print(f"opened in {opening:.3f} s of CPU, of which {within.cpu:.3f} s to verify it")
    assert parts[1] <= MOST and within.cpu <= OPENING
