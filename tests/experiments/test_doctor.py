"""The doctor on a folder that has everything wrong with it at once."""

import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.datasets.synthetic import write
from playfair.experiments.doctor import doctor
from playfair.steps.study import Study
from tests.conftest import run_warm, studies

ASKED = {"n_frames": 25, "full": False, "n_opened": 100, "n_shown": 6, "workers": 2, "seed": 0}


@pytest.fixture
def spoilt(tmp_path) -> Path:
    root = tmp_path / "ssv2"
    write(root, n_train=24, n_validation=12, size=48, workers=2, progress=False)
    videos = root / VIDEO_FOLDER
    (videos / "3.webm").unlink()
    (videos / "4.webm").write_bytes(b"")
    (videos / "5.webm").write_bytes(b"<html>404</html>")
    (videos / "6.webm").write_bytes((videos / "6.webm").read_bytes()[:-500])
    (videos / "900.webm").write_bytes((videos / "7.webm").read_bytes())
    entries = json.loads((root / "labels" / "train.json").read_text())
    entries[9]["label"] = "moving $茶 café up"
    (root / "labels" / "train.json").write_text(json.dumps([*entries, entries[0]]))
    return root


def study(root: Path, tmp_path: Path, **counts: int) -> Study:
    (made,) = studies(
        "dataset=something_something_v2",
        f"dataset.root={root}",
        "dataset.name=ssv2",
        "dataset.counts={" + ",".join(f"{name}:{n}" for name, n in counts.items()) + "}",
        f"paths.outputs={tmp_path / 'outputs'}",
    )
    return made


@pytest.mark.parametrize("full", [False, True])
def test_everything_that_is_wrong_is_found_at_once(spoilt, tmp_path, full: bool, caplog) -> None:
    ill = study(spoilt, tmp_path, train=24, validation=12, test=0, classes=12)
    with caplog.at_level(logging.INFO):
        result = doctor([ill], **ASKED | {"full": full})
    checks = result.tables["checks"].set_index("check")
    wrong = set(checks.index[checks["state"] == "problem"])
    assert wrong == {
        "train clips",
        "train ids",
        "train ids without video",
        "empty videos",
        "clips that cannot be read",
    }
    faults = ill.workplace.faults
    assert len(faults) == result.metrics["problems"] == len(wrong)
    assert all("type: " in fault for fault in faults)
    clips = result.tables["clips"]
    reasons = clips[clips["check"] == "clips that cannot be read"].set_index("clip")["reason"]
    assert set(reasons.index) == {"4", "5", "6"}
    assert (
        "empty" in reasons["4"]
        and "cannot be decoded" in reasons["5"]
        and "missing" in reasons["6"]
    )
    short = clips[clips["check"] == "clips of fewer than n_frames=25"]
    assert len(short) and all(int(reason.split()[0]) < 25 for reason in short["reason"])
    assert "900" in set(clips["clip"])
    assert result.figures["contact_sheet"].axes
    assert (tmp_path / "outputs" / "ssv2" / "examined.jsonl").exists() == full
    assert all(name in caplog.text for name in checks.index)


def test_a_folder_with_nothing_in_it_is_diagnosed_too(tmp_path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        ill = study(root, tmp_path)
        result = doctor([ill], **ASKED)
        assert ill.workplace.faults and not result.figures
        assert np.isfinite(list(result.metrics.values())).all()


def test_the_run_ends_with_its_report_and_a_code_that_says_so(spoilt, tmp_path) -> None:
    options = [
        "experiment=doctor",
        "dataset=something_something_v2",
        f"dataset.root={spoilt}",
        "dataset.counts=null",
    ]
    done = run_warm(*options, cwd=tmp_path, draw="png")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "train ids without video: 1: 3: in train, without a video" in done.stderr
    run = next((tmp_path / "outputs" / "something_something_v2" / "runs").glob("doctor_*"))
    assert (run / "contact_sheet.png").stat().st_size > 10_000
    assert "cannot be read" in (run / "report.html").read_text()
    assert len(pd.read_csv(run / "clips.csv")) >= 5
