"""A rehearsal at the size of Something-Something v2, without it.

Its numbers of ids and classes, and a few hundred clips.

python -m pytest -m slow -s tests/datasets/test_labels_at_full_scale.py    prints what was measured
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from playfair.datasets.doctor.inventory import take_inventory
from playfair.datasets.doctor.record import examine_all
from playfair.datasets.something_something import VIDEO_FOLDER, open_dataset
from playfair.datasets.synthetic import write
from tests.conftest import ROOT, run_py

SPLITS = {"train": 168_913, "validation": 24_777, "test": 27_157}
N_CLASSES, FEWEST, MOST = 174, 91, 3_284  # training clips per class
N_DISTINCT = 300

pytestmark = pytest.mark.slow


def class_counts(total: int, fewest: int, most: int) -> np.ndarray:
    """Clips per class: from most to fewest along a power of the rank, with that sum."""
    rank = np.linspace(1, 0, N_CLASSES)
    power = brentq(lambda power: (fewest + (most - fewest) * rank**power).sum() - total, 0.1, 50)
    counts = np.rint(fewest + (most - fewest) * rank**power).astype(int)
    counts[1] += total - counts.sum()
    return counts


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return rehearsal(tmp_path_factory.mktemp("full"))


def rehearsal(folder: Path) -> Path:
    """The whole dataset's labels, and its 220,847 videos as hard links to a few hundred."""
    write(folder / "drawn", n_train=N_DISTINCT, n_validation=12, size=64, progress=False)
    root, rng = folder / "ssv2", np.random.default_rng(0)
    (root / "labels").mkdir(parents=True)
    (root / VIDEO_FOLDER).mkdir()
    names = sorted(f"Doing [something] in way {i:03d} with [something]" for i in range(N_CLASSES))
    labels = {name.replace("[", "").replace("]", ""): str(i) for i, name in enumerate(names)}
    (root / "labels" / "labels.json").write_text(json.dumps(labels))
    uids = rng.permutation(np.arange(1, sum(SPLITS.values()) + 1)).tolist()
    for split, n in SPLITS.items():
        mine, uids = uids[:n], uids[n:]
        share = n / SPLITS["train"]
        counts = class_counts(n, round(FEWEST * share), round(MOST * share))
        templates = np.repeat(names, rng.permutation(counts))
        entries = [
            {
                "id": str(uid),
                "label": template.lower(),
                "template": str(template),
                "placeholders": ["cup", "café"],
            }
            for uid, template in zip(mine, rng.permutation(templates), strict=True)
        ]
        if split == "test":
            answers = [
                f"{e['id']};{e['template'].replace('[', '').replace(']', '')}" for e in entries
            ]
            (root / "labels" / "test-answers.csv").write_text("\n".join(answers) + "\n")
            entries = [{"id": entry["id"]} for entry in entries]
        (root / "labels" / f"{split}.json").write_text(
            json.dumps(entries, ensure_ascii=False), encoding="utf-8"
        )
        for uid in mine:
            drawn = folder / "drawn" / VIDEO_FOLDER / f"{uid % N_DISTINCT + 1}.webm"
            os.link(drawn, root / VIDEO_FOLDER / f"{uid}.webm")
    return root


def cpu_seconds() -> float:
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def test_the_doctor_looks_at_every_id_in_half_a_minute(root, tmp_path) -> None:
    began, cpu = time.perf_counter(), cpu_seconds()
    done = run_py(
        "experiment=doctor", "dataset=something_something_v2", f"dataset.root={root}", cwd=tmp_path
    )
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    print(f"\ndoctor, fast: {seconds:.1f} s, {cpu:.1f} s of CPU; imports included")
    assert done.returncode == 0, done.stderr
    assert "91 to 3,284 training clips per class" in done.stdout
    assert cpu < 30  # what a busy machine does not change


def test_the_prior_of_all_training_clips_takes_seconds(root) -> None:
    began = time.perf_counter()
    prior = open_dataset(root).prior()
    seconds = time.perf_counter() - began
    print(f"\nprior: {seconds:.1f} s")
    assert prior.min() == FEWEST / SPLITS["train"] and prior.max() == MOST / SPLITS["train"]
    assert seconds < 10


START = """
import json, multiprocessing, os, sys, time
from pathlib import Path
import numpy as np
from playfair.datasets.something_something import open_dataset
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.sources import LabelledClips, Videos
from playfair.video.fitted import Fit
def memory(process, kind):  # GB
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1e6
began = time.perf_counter(), time.process_time()
dataset = open_dataset(Path(sys.argv[1]))
identity = dataset.identity()
splits = [dataset.split(name) for name in ("train", "validation")]
train, validation = [
    LabelledClips(Videos(dataset, split, Fit((64, 64))), split.targets, np.arange(len(split)))
    for split in splits
]
data = SampledDataModule(train, validation, n_frames=8, batch_size=32, seed=0, workers=4)
opened = time.process_time() - began[1]
batches = iter(data.train_dataloader())
first = next(batches)
seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
assert len(train) == 168913 and len(validation) == 24777 and first["input"].shape == (32, 8, 64, 64, 3)
for _ in range(20):
    next(batches)
workers = [worker.pid for worker in multiprocessing.active_children()]
rss, own = (max(memory(worker, kind) for worker in workers) for kind in ("Rss", "Private"))
print(json.dumps([opened, seconds, cpu, len(workers), rss, own, memory(os.getpid(), "Rss")]))
"""


def test_the_identity_takes_no_time_and_labels_are_parsed_once(root) -> None:
    dataset = open_dataset(root, videos=False)
    dataset.prior()
    seconds = []
    for ask in (dataset.identity, dataset.identity, dataset.prior):
        began = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - began)
    print("\nidentity, again, prior again: " + ", ".join(f"{s:.4f} s" for s in seconds))
    assert seconds[0] < 1 and max(seconds[1:]) < 0.05


def test_the_data_module_starts_within_ten_seconds_and_two_gigabytes_a_worker(root) -> None:
    command = [sys.executable, "-c", START, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    opened, seconds, cpu, workers, rss, own, parent = json.loads(done.stdout.splitlines()[-1])
    print(
        f"\ndata module: first batch after {seconds:.1f} s, {cpu:.1f} s of CPU of which {opened:.1f} s labels and ids; "
        f"{workers} workers of {rss:.2f} GB, {own:.2f} GB of it their own; parent {parent:.2f} GB"
    )
    assert workers == 4 and cpu < 10 and rss < 2


def test_every_clip_can_be_decoded_in_parallel(root, tmp_path) -> None:
    inventory = take_inventory(root)
    paths = {
        uid: (inventory.path(uid), *inventory.videos[uid]) for uid in list(inventory.videos)[:4000]
    }
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        found = examine_all(paths, tmp_path / "examined.jsonl", workers=2, progress=False)
        seconds.append(time.perf_counter() - began)
    assert len(found) == 4000 and not any(clip.fault for clip in found.values())
    print(
        f"\ndoctor, full: {4000 / seconds[0]:.0f} clips/s with 2 processes; again {seconds[1]:.2f} s"
    )
    assert seconds[1] < 0.2 * seconds[0]
