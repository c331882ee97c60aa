"""Several processes, kills: what is written is what one undisturbed process writes, bit by bit."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from playfair.steps.manifest import MANIFEST
from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from tests.conftest import (
    RUNS,
    TINY,
    contents,
    copy_steps,
    folder_of,
    run_py,
    run_warm,
    start_warm,
)

RUN_PY = Path(__file__).parents[2] / "run.py"
RANKS = ["trainer=ddp", "trainer.accelerator=cpu"]
WRITTEN = [("features", "trn-validation"), ("esvs", "trn-4-frames")]


def ranks_of(supervisor: int) -> list[int]:
    """The processes that a supervisor has started."""
    try:
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text()
    except OSError:
        return []  # it has ended
    return [int(pid) for pid in children.split()]


def processes_in(folder: Path) -> list[str]:
    """The processes whose folder it is: a run's, its ranks', and those that they have started."""
    there = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                there.append(process.name)
    return there


def options(explained) -> list[str]:
    """What the study was made with."""
    clips = getattr(explained, "clips", [])
    return [
        "model=trn",
        *[option for option in TINY if "tsn" not in option],
        *clips,
        f"paths.data={explained.folder / 'data'}",
    ]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """As `explained`, of validation clips for 5 blocks of features and 2 of ESVs: something to share out."""
    made = SimpleNamespace(
        folder=tmp_path_factory.mktemp("many"), clips=["dataset.write.n_validation=140"]
    )
    done = run_warm(*options(made), "experiment=esv", cwd=made.folder)
    assert done.returncode == 0, done.stderr
    return made


def with_checkpoints(explained, folder: Path) -> Path:
    """A folder with the trained weights alone, so that features and ESVs are still to be computed."""
    return copy_steps(explained.folder, folder, "video", "heads")


def same_bits(one: Path, other: Path) -> None:
    """The features and ESVs in one folder are those in the other, in folders of the same names."""
    for kind, label in WRITTEN:
        ours = folder_of(one, kind, label)
        theirs = folder_of(other, kind, label)
        assert ours.name == theirs.name
        assert contents(ours) == contents(theirs)


@pytest.mark.slow  # two ranks are in the next test and in test_cluster.py
def test_ranks_write_the_same_features_and_esvs_bitwise_in_one_run_folder(
    many, tmp_path: Path
) -> None:
    """Three ranks: more than there are blocks of ESVs, and of features a number that they cannot share equally."""
    folder = with_checkpoints(many, tmp_path)
    done = run_py(*options(many), *RANKS, "trainer.devices=3", "experiment=esv", cwd=folder)
    assert done.returncode == 0, done.stderr
    same_bits(many.folder, folder)
    assert len(list((folder / "outputs/synthetic/runs").glob("*_20*/"))) == 1
    summary = (
        r"trn: ESVs of 140 videos in [\d.]+ s, \d+ videos/s; 0 of 2 blocks were there before; "
        "left out: 0 too short"
    )
    assert len(re.findall(summary, done.stdout)) == 1, "one line, by rank 0"
    assert not processes_in(folder), "no rank may outlive its run"


def n_blocks(folder: Path) -> int:
    """How many blocks are written: 5 each of decoded frames and of features, 2 of ESVs."""
    outputs = folder / "outputs" / "synthetic"
    rows = [*outputs.glob("frames/*/?????.npy"), *outputs.glob("features/*/?????.npy")]
    esvs = [path for path in outputs.glob("esvs/*/written/c/*") if path.name.isdigit()]
    return len(rows) + len(esvs)


@pytest.mark.whole
@pytest.mark.parametrize(
    ("seed", "kills"),
    [(0, 1), *[pytest.param(seed, 4, marks=pytest.mark.slow) for seed in range(1, 8)]],
)
def test_killed_again_and_again_at_random_moments_it_finishes_to_the_same_bits(
    many, tmp_path: Path, seed: int, kills: int
) -> None:
    """Kills a rank or, every other time, the supervisor of all of them while they write."""
    folder, rng = with_checkpoints(many, tmp_path), random.Random(seed)
    command = [*options(many), *RANKS, "trainer.devices=2", "experiment=esv"]
    for number, written in enumerate(sorted(rng.sample(range(12), kills))):
        run = start_warm(*command, cwd=folder)
        while run.running() and (n_blocks(folder) < written or len(ranks_of(run.pid)) < 2):
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.05))
        os.kill(run.pid if number % 2 else rng.choice(ranks_of(run.pid)), signal.SIGKILL)
        assert run.wait(timeout=60).returncode != 0
    done = run_warm(*command, cwd=folder)
    assert done.returncode == 0, done.stderr
    same_bits(many.folder, folder)
    assert not processes_in(folder), "no rank may outlive its run"


@pytest.mark.whole
@pytest.mark.parametrize(
    "ranks",
    [[], pytest.param([*RANKS, "trainer.devices=2"], marks=pytest.mark.slow)],
    ids=["alone", "two ranks"],
)
def test_two_runs_that_begin_at_once_make_each_step_once(
    explained, tmp_path: Path, ranks: list[str]
) -> None:
    """As points of a sweep do that run side by side; the one that comes later waits, and loads.

    They have nothing in common with the run of `explained` but what was typed; alone, they come to its bits, of
    which the process that is no fork makes most.
    """
    typed = [*options(explained), *ranks, "experiment=esv"]
    own = subprocess.Popen(
        [sys.executable, str(RUN_PY), *typed],
        cwd=tmp_path,
        env={**os.environ, **RUNS},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while own.poll() is None and not (tmp_path / "outputs").exists():
        time.sleep(0.01)  # it imports
    forked = start_warm(*typed, cwd=tmp_path)
    said = [own.communicate(timeout=300)]
    done = forked.wait()
    said.append((done.stdout, done.stderr))
    assert [own.returncode, done.returncode] == [0, 0], said
    for kind, label in [("video", "trn"), ("heads", "trn"), *WRITTEN]:
        made = rf": making outputs/synthetic/{kind}/{label}-[0-9a-f]{{8}}\b"
        assert sum(len(re.findall(made, out)) for out, _ in said) == 1, (kind, said)
    if not ranks:
        same_bits(explained.folder, tmp_path)


@pytest.mark.parametrize(
    ("study", "n_clips"), [("explained", 12), pytest.param("many", 140, marks=pytest.mark.whole)]
)
def test_a_clip_with_nan_features_is_named_and_the_others_are_finished(
    request: pytest.FixtureRequest, tmp_path: Path, study: str, n_clips: int
) -> None:
    """In a block, and, of many, in one of two."""
    made = request.getfixturevalue(study)
    folder = copy_steps(made.folder, tmp_path, "video", "heads", "features")
    features = folder_of(folder, "features", "trn-validation")
    store = RowStore(features, n_clips, CLIPS_PER_BLOCK)
    rows = [store[clip].copy() for clip in store.clips(0)]
    rows[0][:] = np.nan
    store.write(0, rows)
    (features / MANIFEST).unlink()  # it is written anew for what is there
    for _ in range(2):  # the second time everything is there, and it is said again
        done = run_warm(*options(made), "experiment=esv", cwd=folder)
        uid = str(xr.open_zarr(folder_of(folder, "esvs", "trn-4-frames"))["video"].values[0])
        assert done.returncode == 2
        assert "could not be explained" in done.stderr and uid in done.stderr
    metrics = json.loads(next(folder.glob("outputs/synthetic/runs/*/metrics.json")).read_text())
    undisturbed = xr.open_zarr(folder_of(made.folder, "esvs", "trn-4-frames"))
    esvs = xr.open_zarr(folder_of(folder, "esvs", "trn-4-frames"))
    finite = np.isfinite(esvs["esv"].values).all((1, 2))
    assert metrics["trn_videos"] == finite.sum() == n_clips - 1
    assert np.isfinite(list(metrics.values())).all()
    np.testing.assert_array_equal(esvs["esv"].values[finite], undisturbed["esv"].values[finite])
