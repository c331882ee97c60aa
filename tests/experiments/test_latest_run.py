"""What lies twice in a folder of runs, at its own place and as `latest`, is read once."""

import json
import shutil
from pathlib import Path

import pytest

from playfair.experiments.compare import run_folders
from playfair.experiments.status import status
from playfair.experiments.wandb_workspace import logged_runs


@pytest.fixture(params=["link", "copy"])
def runs(request, tmp_path: Path) -> Path:
    """A run, a sweep of one point that failed, and the sweep once more as the last."""
    folder = tmp_path / "synthetic" / "runs"
    for run in (folder / "esv_2026-01-01_00-00-00", folder / "esv_sweep" / "seed=0"):
        (run / "wandb").mkdir(parents=True)
        (run / "wandb" / "logged.json").write_text("{}")
        (run / "metrics.json").write_text("{}")
    point = {"folder": str(folder / "esv_sweep" / "seed=0"), "typed": ["seed=0"]}
    sweep = {"points": [point], "command": "python run.py -m seed=0"}
    (folder / "esv_sweep" / "sweep.json").write_text(json.dumps(sweep))
    (folder / "esv_sweep" / "seed=0" / "failed.json").write_text('{"error": "it broke"}')
    if request.param == "link":
        (folder / "latest").symlink_to("esv_sweep")
    else:  # by a program that copies what links lead to
        shutil.copytree(folder / "esv_sweep", folder / "latest")
    return folder


def test_a_sweep_that_was_the_last_is_counted_once(runs: Path) -> None:
    result = status(outputs=str(runs.parents[1]))
    assert result.tables["sweeps"].shape[0] == 1
    assert result.tables["points"]["point"].tolist() == ["seed=0"]


def test_a_pattern_of_runs_names_the_last_once(runs: Path) -> None:
    both = [runs / "esv_2026-01-01_00-00-00", runs / "esv_sweep" / "seed=0"]
    assert run_folders(f"{runs}/*") == both
    assert run_folders(str(runs)) == both[:1]
    assert run_folders(f"{runs}/latest") == [runs / "latest" / "seed=0"], "asked for by its name"


def test_latest_is_no_experiment_of_a_workspace(runs: Path) -> None:
    assert logged_runs(runs).keys() == {"esv"}


def test_a_run_that_was_the_last_is_listed_by_its_own_name(tmp_path: Path) -> None:
    runs = tmp_path / "synthetic" / "runs"
    (runs / "esv_2026" / ".hydra").mkdir(parents=True)
    (runs / "esv_2026" / ".hydra" / "config.yaml").write_text("{}")
    shutil.copytree(runs / "esv_2026", runs / "latest")
    assert run_folders(str(runs)) == [runs / "esv_2026"]
    assert status(outputs=str(tmp_path)).tables["runs"].shape[0] == 1
