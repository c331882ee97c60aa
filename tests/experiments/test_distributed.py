"""Several processes, sweeps, kills: what is written is what one undisturbed process writes, bit by bit."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from tests.conftest import ROOT, TINY, run_py, run_warm

STUDY = Path("outputs", "synthetic", "trn")
RANKS = ["trainer=ddp", "trainer.accelerator=cpu"]


def contents(folder: Path) -> dict[str, bytes]:
    """Of all files; what a killed process had not put into its place yet is none of the store's."""
    files = [
        file
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in (".part", ".partial")
    ]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def ranks_of(folder: Path) -> list[int]:
    """Processes of the ranks of runs in a folder."""
    found = subprocess.run(
        ["pgrep", "-f", "--", f"--rank-of {folder}"], capture_output=True, text=True
    )
    assert not found.stderr, found.stderr
    return [int(pid) for pid in found.stdout.split()]


def options(explained) -> list[str]:
    """What the study was made with."""
    clips = getattr(explained, "clips", [])
    return [
        "model=trn",
        *[o for o in TINY if "tsn" not in o],
        *clips,
        f"paths.data={explained.folder / 'data'}",
    ]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """As `explained`, of validation clips for 9 blocks of features and 3 of ESVs: something to share out."""
    made = SimpleNamespace(
        folder=tmp_path_factory.mktemp("many"), clips=["dataset.write.n_validation=270"]
    )
    done = run_warm(*options(made), "experiment=esv", cwd=made.folder)
    assert done.returncode == 0, done.stderr
    return made


def with_checkpoints(explained, folder: Path) -> Path:
    """A folder with the trained weights alone, so that features and ESVs are still to be computed."""
    (folder / STUDY).mkdir(parents=True)
    for checkpoint in ("video.pt", "heads.pt"):
        (folder / STUDY / checkpoint).write_bytes(
            (explained.folder / STUDY / checkpoint).read_bytes()
        )
    return folder


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_write_the_same_features_and_esvs_bitwise_in_one_run_folder(
    many, tmp_path: Path, ranks: int
) -> None:
    folder = with_checkpoints(many, tmp_path)
    done = run_py(*options(many), *RANKS, f"trainer.devices={ranks}", "experiment=esv", cwd=folder)
    assert done.returncode == 0, done.stderr
    for store in ("features/validation", "esv/frames-04.zarr"):
        assert contents(many.folder / STUDY / store) == contents(folder / STUDY / store)
    assert len(list((folder / "outputs/synthetic/runs").iterdir())) == 1
    summary = (
        r"trn: ESVs of 270 videos in [\d.]+ s, \d+ videos/s; 0 of 3 blocks were there before; "
        "left out: 0 too short"
    )
    assert len(re.findall(summary, done.stdout)) == 1, "one line, by rank 0"


def test_a_sweep_gives_one_folder_and_one_wandb_run_a_point_and_reports_failures_at_the_end(
    explained, tmp_path
) -> None:
    folder = with_checkpoints(explained, tmp_path)
    shared = [option for option in options(explained) if not option.startswith("n_frames")]
    sweep = [
        "-m",
        *shared,
        *RANKS,
        "trainer.devices=2",
        "logger=wandb",
        "experiment=esv",
        "n_frames=2,99,3",
    ]
    first = run_py(*sweep, cwd=folder)
    assert first.returncode == 2
    assert (
        "1 points of the sweep failed" in first.stderr
        and "=99,trainer.devices=2: Exact ESVs of 99" in first.stderr
    )
    points = {
        re.search(r"n_frames=(\d+)", path.name)[1]: path
        for path in (folder / "outputs/synthetic/runs/esv_sweep").glob("*=*")
    }
    assert set(points) == {"2", "3", "99"}
    for frames in ("2", "3"):
        assert (points[frames] / "metrics.json").exists()
        assert len(list(points[frames].glob("wandb/offline-run-*"))) == 1
        inspect = [Path(sys.executable).with_name("wandb"), "leet", "inspect", "--json"]
        run = next(points[frames].glob("wandb/offline-run-*"))
        records = subprocess.run([*inspect, run], capture_output=True, text=True, check=True).stdout
        assert (
            '"run_group":"esv_sweep"' in records.replace(" ", "")
            and f"n_frames={frames}" in records
        )
        assert xr.open_zarr(folder / STUDY / "esv" / f"frames-0{frames}.zarr").sizes[
            "element"
        ] == int(frames)
    again = run_py(*sweep, cwd=folder)
    assert again.returncode == 2 and again.stdout.count("finished before, skipped") == 2
    assert not ranks_of(folder), "no rank may outlive its run"


def n_blocks(folder: Path) -> int:
    """How many blocks are written: 9 each of decoded frames and of features, 3 of ESVs."""
    outputs = folder / "outputs" / "synthetic"
    return len(
        [*outputs.glob("frames-*/*/?????.npy"), *outputs.glob("trn/features/*/?????.npy")]
    ) + len([path for path in outputs.glob("trn/esv/*/written/c/*") if path.name.isdigit()])


@pytest.mark.parametrize(
    "seed", [0, *[pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8)]]
)
def test_killed_three_times_at_random_moments_it_finishes_to_the_same_bits(
    many, tmp_path: Path, seed: int
) -> None:
    """Kills a rank or the supervisor of all of them while they write, then lets the run finish."""
    folder, rng = with_checkpoints(many, tmp_path), random.Random(seed)
    command = [*options(many), *RANKS, "trainer.devices=2", "experiment=esv"]
    for written in sorted(rng.sample(range(21), 3)):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *command],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and (n_blocks(folder) < written or len(ranks_of(folder)) < 2):
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.05))
        os.kill(rng.choice([*ranks_of(folder), process.pid]), signal.SIGKILL)
        assert process.wait(timeout=60) != 0
    done = run_py(*command, cwd=folder)
    assert done.returncode == 0, done.stderr
    for store in ("features/validation", "esv/frames-04.zarr"):
        assert contents(many.folder / STUDY / store) == contents(folder / STUDY / store)


def test_two_runs_on_one_store_do_not_mix(many, tmp_path: Path) -> None:
    folder = with_checkpoints(many, tmp_path)
    command = [sys.executable, str(ROOT / "run.py"), *options(many), "experiment=esv"]
    runs = [
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ends = [(run.communicate(timeout=300)[1], run.returncode) for run in runs]
    assert sorted(code for _, code in ends) in (
        [0, 0],
        [0, 2],
    )  # one after the other, or the second refuses
    assert all(code == 0 or "Another run is writing" in stderr for stderr, code in ends)
    store = "esv/frames-04.zarr"
    assert contents(many.folder / STUDY / store) == contents(folder / STUDY / store)
    assert np.isfinite(xr.open_zarr(folder / STUDY / store)["esv"]).all()


@pytest.mark.parametrize("ranks", [[], [*RANKS, "trainer.devices=2"]], ids=["alone", "two ranks"])
def test_two_runs_that_begin_at_once_train_once(
    explained, tmp_path: Path, ranks: list[str]
) -> None:
    """As points of a sweep do that run side by side; the one that comes later waits, and loads."""
    command = [
        sys.executable,
        str(ROOT / "run.py"),
        *options(explained),
        *ranks,
        "experiment=train",
    ]
    runs = [
        subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    for name in ("video.pt", "heads.pt"):
        assert sum(out.count(f"training {name}") for out, _ in told) == 1


def test_a_clip_with_nan_features_is_named_and_the_others_are_finished(
    many, tmp_path: Path
) -> None:
    folder = with_checkpoints(many, tmp_path)
    shutil.copytree(many.folder / STUDY / "features", folder / STUDY / "features")
    rows = np.load(folder / STUDY / "features/validation/00000.npy")
    rows[: np.load(folder / STUDY / "features/validation/00000.lengths.npy")[0]] = np.nan
    np.save(folder / STUDY / "features/validation/00000.npy", rows)
    command = [*options(many), *RANKS, "trainer.devices=2", "experiment=esv"]
    for _ in range(2):  # the second time everything is there, and it is told again
        done = run_py(*command, cwd=folder)
        uid = str(xr.open_zarr(folder / STUDY / "esv/frames-04.zarr")["video"].values[0])
        assert (
            done.returncode == 2 and "could not be explained" in done.stderr and uid in done.stderr
        )
    metrics = json.loads(next(folder.glob("outputs/synthetic/runs/*/metrics.json")).read_text())
    undisturbed = xr.open_zarr(many.folder / STUDY / "esv/frames-04.zarr")
    esvs = xr.open_zarr(folder / STUDY / "esv/frames-04.zarr")
    explained = np.isfinite(esvs["esv"].values).all((1, 2))
    assert (
        metrics["trn_videos"] == explained.sum() == 269
        and np.isfinite(list(metrics.values())).all()
    )
    np.testing.assert_array_equal(
        esvs["esv"].values[explained], undisturbed["esv"].values[explained]
    )
