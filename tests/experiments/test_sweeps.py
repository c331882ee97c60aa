"""Sweeps: points lie beside each other, share what they have in common, and are not run twice."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.analysis.evidence import evidence_auroc
from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from tests.conftest import copy_steps, folder_of, folders, run_warm, stamps
from tests.experiments.test_experiments import TRN, newest_run

NARROW = """
_target_: playfair.models.backbones.small.SmallConvNet
_partial_: true
feature_dim: 16
"""


def sweep(explained, folder: Path, *swept: str) -> subprocess.CompletedProcess[str]:
    """`-m experiment=esv` of the tiny TRN; what is swept stands in the place of its usual value."""
    names = [option.split("=")[0] for option in swept]
    usual = [option for option in TRN if option.split("=")[0] not in names]
    typed = [*usual, f"paths.data={explained.folder / 'data'}", "experiment=esv"]
    own = folder / "conf" / "backbone"  # a user's own
    own.mkdir(parents=True, exist_ok=True)
    (own / "narrow.yaml").write_text(NARROW)
    return run_warm("-m", "--config-dir", str(own.parent), *typed, *swept, cwd=folder)


def n_folders(folder: Path) -> dict[str, int]:
    """How many folders there are of each kind of step, but of those that have a label of their own."""
    labels = {
        "frames": "train-32x32",
        "video": "trn",
        "features": "trn-train",
        "heads": "trn",
        "esvs": "trn-4-frames",
    }
    return {kind: len(folders(folder, kind, label)) for kind, label in labels.items()}


@pytest.fixture(scope="module")
def two_seeds(explained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `-m … seed=0,1`, of which seed 0 was there before."""
    folder = copy_steps(explained.folder, tmp_path_factory.mktemp("seeds"))
    before = stamps(folder)
    done = sweep(explained, folder, "seed=0,1")
    assert done.returncode == 0, done.stderr
    assert before.items() <= stamps(folder).items(), "what was there is used as it is"
    return folder


def test_seeds_lie_beside_each_other_and_share_dataset_and_frames(explained, two_seeds) -> None:
    first = xr.open_zarr(folder_of(two_seeds, "esvs", "trn-4-frames"))
    second = xr.open_zarr(folder_of(two_seeds, "esvs", "trn-seed-1-4-frames"))
    assert (first.attrs["seed"], second.attrs["seed"]) == (0, 1)
    assert first.attrs["dataset_identity"] == second.attrs["dataset_identity"]
    assert first["video"].values.tolist() == second["video"].values.tolist()
    assert float(abs(first["esv"] - second["esv"]).max()) > 1e-4
    assert len(folders(two_seeds, "frames", "train-32x32")) == 1
    assert not (two_seeds / "data").exists(), "the clips are those of the other folder"


def test_the_same_sweep_again_does_nothing(explained, two_seeds) -> None:
    before = stamps(two_seeds)
    results = list((two_seeds / "outputs/synthetic/runs/esv_sweep").glob("*/metrics.json"))
    written = [file.stat().st_mtime_ns for file in results]
    again = sweep(explained, two_seeds, "seed=0,1")
    assert again.returncode == 0 and again.stdout.count("finished before, skipped") == 2
    assert stamps(two_seeds) == before
    assert len(results) == 2 and [file.stat().st_mtime_ns for file in results] == written


@pytest.mark.parametrize(
    ("swept", "expected"),
    [  # of every option what it changes is in tests/steps/test_study.py, another training above
        pytest.param(
            ["model.trn.heads.epochs=1,2"],
            {"frames": 1, "video": 1, "features": 1, "heads": 2, "esvs": 2},
            marks=pytest.mark.whole,
        ),
        pytest.param(
            ["model.trn.training.optimizer.lr=2e-3,1e-3"],
            {"frames": 1, "video": 2, "features": 2, "heads": 2, "esvs": 2},
            marks=pytest.mark.whole,
        ),
        pytest.param(
            ["model.trn.training.optimizer.lr=2e-3,1e-3", "model.trn.training.epochs=1,2"],
            {"frames": 1, "video": 4, "features": 4, "heads": 4, "esvs": 4},
            marks=pytest.mark.slow,  # products are in the next, other videos in the one before
        ),
        pytest.param(
            ["model.trn.heads.epochs=1,2", "trainer.precision=32-true,bf16-mixed"],
            {"frames": 1, "video": 2, "features": 2, "heads": 4, "esvs": 4},
            marks=pytest.mark.whole,
        ),
        pytest.param(
            ["backbone@model.trn.backbone=small,narrow"],
            {"frames": 1, "video": 2, "features": 2, "heads": 2, "esvs": 2},
            marks=pytest.mark.whole,
        ),
    ],
    ids=[
        *("epochs of heads", "learning rate", "learning rate and epochs"),
        *("epochs of heads and precision", "backbone"),
    ],
)
def test_what_is_swept_lies_side_by_side_and_shares_what_it_does_not_change(
    explained, tmp_path: Path, swept: list[str], expected: dict[str, int]
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    before = stamps(folder)
    done = sweep(explained, folder, *swept)
    assert done.returncode == 0, done.stderr
    assert n_folders(folder) == expected
    assert before.items() <= stamps(folder).items(), "the first point was there"
    stores = [xr.open_zarr(path) for path in folders(folder, "esvs", "trn-4-frames")]
    assert len({store.attrs["weights"] for store in stores}) == len(stores)


@pytest.mark.whole
def test_a_point_has_one_folder_and_one_wandb_run_and_failures_are_reported_at_the_end(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    first = sweep(explained, folder, "logger=wandb", "n_frames=2,99,3")
    assert first.returncode == 2
    assert re.search(r"1 points? of the sweep failed", first.stderr)
    assert re.search(r"n_frames=99\S*: .*(99|estimator=sampled)", first.stderr)
    points = {
        re.search(r"n_frames=(\d+)", path.name)[1]: path
        for path in (folder / "outputs/synthetic/runs/esv_sweep").glob("*=*")
    }
    assert set(points) == {"2", "3", "99"}
    for frames in ("2", "3"):
        assert (points[frames] / "metrics.json").exists()
        (run,) = points[frames].glob("wandb/offline-run-*")
        esvs = xr.open_zarr(folder_of(folder, "esvs", f"trn-{frames}-frames"))
        assert esvs.sizes["element"] == int(frames)
    inspect = [Path(sys.executable).with_name("wandb"), "leet", "inspect", "--json"]
    records = subprocess.run([*inspect, run], capture_output=True, text=True, check=True).stdout
    assert re.search(r'"run_group":"esv_sweep[0-9a-f]{6}"', records.replace(" ", ""))
    assert "n_frames=3" in records
    # another launch, with the same points
    again = sweep(explained, folder, "logger=wandb", "n_frames=99,3,2")
    assert again.returncode == 2 and again.stdout.count("finished before, skipped") == 2


def test_a_study_over_seeds_has_means_over_seeds_and_videos(explained, two_seeds) -> None:
    """`seeds=2` is one study for each of the seeds 0 and 1: here what the sweep made, and nothing more."""
    before = stamps(two_seeds)
    typed = [*TRN, f"paths.data={explained.folder / 'data'}", "experiment=position", "seeds=2"]
    done = run_warm(*typed, cwd=two_seeds, draw="png")
    assert done.returncode == 0, done.stderr
    assert stamps(two_seeds) == before
    run = newest_run(two_seeds, "position")
    metrics = json.loads((run / "metrics.json").read_text())
    assert all(name.startswith("trn_") for name in metrics), "a seed is no model of its own"
    stores = [
        xr.open_zarr(folder_of(two_seeds, "esvs", label))
        for label in ("trn-4-frames", "trn-seed-1-4-frames")
    ]
    esvs = np.concatenate(
        [
            np.take_along_axis(store["esv"].values, store["label"].values[:, None, None], 2)[..., 0]
            for store in stores
        ]
    )
    table = pd.read_csv(run / "position.csv")
    assert len(table) == 4 and set(table["model"]) == {"trn"}
    np.testing.assert_allclose(table["esv"], esvs.mean(0), atol=1e-6)
    assert (table["esv_low"] <= table["esv"]).all()
    assert (table["esv"] <= table["esv_high"]).all()
    told = pd.read_csv(run / "told_decisive.csv")
    told = told[told["measure"] == "auroc"].set_index("method")
    assert {"esv", "centre", "feature_norm", "pixel_change"} <= set(told.index)
    norms = []
    for store, label in zip(stores, ("trn-validation", "trn-seed-1-validation"), strict=True):
        rows = RowStore(folder_of(two_seeds, "features", label), 12, CLIPS_PER_BLOCK)
        norms += [
            np.linalg.norm(rows[clip][frames], axis=1)
            for clip, frames in enumerate(store["frame_index"].values)
        ]
    start, stop = np.concatenate([store["evidence"].values for store in stores]).T[..., None]
    frames = np.concatenate([store["frame_index"].values for store in stores])
    auroc = evidence_auroc(np.stack(norms), (frames >= start) & (frames < stop))
    assert told.loc["feature_norm", "mean"] == pytest.approx(np.nanmean(auroc))
    assert (told["seeds"] == 2).all()
