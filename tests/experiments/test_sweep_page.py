"""A sweep ends in a page: its numbers are those of its points, and what failed is there with its reason."""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from tests.conftest import copy_steps, run_warm
from tests.experiments.test_experiments import TRN

pytestmark = pytest.mark.whole  # several sweeps

SWEPT = "n_frames=2,x,3"


@pytest.fixture(scope="module")
def swept(explained, tmp_path_factory: pytest.TempPathFactory):
    """A folder after a sweep of which one point fails, and what was said."""
    folder = copy_steps(explained.folder, tmp_path_factory.mktemp("swept"))
    return folder, type_sweep(explained, folder, SWEPT)


def type_sweep(explained, folder: Path, *words: str):
    usual = [option for option in TRN if not option.startswith("n_frames")]
    typed = ["-m", "experiment=esv", *usual, f"paths.data={explained.folder / 'data'}"]
    return run_warm(*typed, *words, cwd=folder)


def sweep_folder(folder: Path) -> Path:
    return folder / "outputs/synthetic/runs/esv_sweep"


def test_a_sweep_ends_in_a_page_with_the_numbers_of_its_points(swept) -> None:
    folder, done = swept
    assert done.returncode == 2
    assert "2 of 3 runs finished, 1 failed." in done.stdout
    assert "All points side by side: outputs/synthetic/runs/esv_sweep/sweep.html" in done.stdout
    table = pd.read_csv(sweep_folder(folder) / "sweep.csv").set_index("n_frames")
    assert list(table.index) == [2, 3] and set(table["model"]) == {"trn"}
    for frames, row in table.iterrows():
        (point,) = sweep_folder(folder).glob(f"*n_frames={frames}*")
        metrics = json.loads((point / "metrics.json").read_text())
        assert row["mean_abs_esv"] == pytest.approx(metrics["trn_mean_abs_esv"])
    page = (sweep_folder(folder) / "sweep.html").read_text()
    assert "Expected n_frames to be a whole number, 1 or more, got n_frames=x." in page
    assert str(sweep_folder(folder)) not in page
    for place in re.findall(r'<a href="([^"#]*n_frames[^"]*)">', page):
        assert (sweep_folder(folder) / unquote(place)).name == "report.html"
        assert (sweep_folder(folder) / unquote(place)).is_file()
    assert page.count('/report.html">') == 2, "of those that answered"
    assert (sweep_folder(folder) / "sweep.png").stat().st_size
    assert (sweep_folder(folder) / "sweep.svg").stat().st_size
    index = (sweep_folder(folder).parent / "index.html").read_text()
    assert "esv_sweep/sweep.html" in index and ">n_frames=3</a>" in index


def test_every_point_that_failed_is_told_with_its_reason_and_by_what_was_swept(swept) -> None:
    _, done = swept
    at_once = "\nn_frames=x has failed: Expected n_frames to be a whole number, 1 or more"
    assert done.stderr.count(at_once) == 1
    assert "1 point of the sweep failed:\n  n_frames=x: Expected n_frames to be" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sweep_over_an_option_that_does_not_exist_is_refused_before_anything(
    explained, tmp_path: Path
) -> None:
    for word, answer in (
        ("n_framse=2,3", "There is no option n_framse. Did you mean n_frames?"),
        ("estimator=exact,exakt", "There is no estimator=exakt. Did you mean exact?"),
        ("seed=interval(0,1)", "Type hydra/sweeper=optuna"),
    ):
        refused = type_sweep(explained, tmp_path, word)
        assert refused.returncode == 2 and answer in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not list(tmp_path.iterdir()), "no point was begun, and no folder left"


def test_the_points_of_a_sweep_are_compared_and_listed_by_name(swept) -> None:
    folder, _ = swept
    compared = run_warm("experiment=compare", f"runs=[{sweep_folder(folder)}]", cwd=folder)
    assert compared.returncode == 0, compared.stderr
    (page,) = folder.glob("outputs/synthetic/runs/compare_*")
    ours = pd.read_csv(sweep_folder(folder) / "sweep.csv")
    pd.testing.assert_frame_equal(
        pd.read_csv(page / "sweep.csv").sort_values("n_frames").reset_index(drop=True), ours
    )
    status = run_warm("experiment=status", cwd=folder)
    assert status.returncode == 0, status.stderr
    said = re.sub(r"\s+", " ", status.stdout)
    assert "esv_sweep: 2 of 3 runs finished, 1 failed. For those that are missing, type:" in said
    assert SWEPT in said
    missing = pd.read_csv(folder / "outputs/synthetic/runs/status/points.csv")
    assert missing["point"].tolist() == ["n_frames=x"] and missing["state"].tolist() == ["failed"]


def test_typed_again_a_sweep_runs_what_is_missing_alone(explained, swept, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(swept[0], folder)
    again = type_sweep(explained, folder, "n_frames=2,3")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("finished before, skipped") == 2
    assert "All 2 runs have finished." in again.stdout
    assert "got n_frames=x" not in (sweep_folder(folder) / "sweep.html").read_text()


def test_a_search_runs_by_what_its_points_return_and_names_the_best(
    explained, tmp_path: Path
) -> None:
    pytest.importorskip("optuna", reason="the extra sweep")
    folder = copy_steps(explained.folder, tmp_path)
    words = ["hydra/sweeper=optuna", "hydra.sweeper.n_trials=3", "n_frames=range(2,5)"]
    done = type_sweep(explained, folder, *words, "objective=trn_mean_abs_esv")
    assert done.returncode == 0, done.stderr
    values = {}
    for point in sweep_folder(folder).glob("*n_frames=*"):
        frames = re.search(r"n_frames=(\d)", point.name)[1]
        values[frames] = json.loads((point / "metrics.json").read_text())["trn_mean_abs_esv"]
    best = max(values, key=lambda frames: values[frames])
    assert re.search(rf"Best of \d: trn_mean_abs_esv = \S+ with n_frames={best}\.", done.stdout)
    again = type_sweep(explained, folder, *words, "objective=trn_mean_abs_esv")
    assert again.stdout.count("finished before, skipped") == 3, "the same points are proposed"
    misspelt = type_sweep(explained, folder, *words, "objective=trn_mean_abs_evs")
    assert misspelt.returncode == 2
    assert "Did you mean trn_mean_abs_esv?" in misspelt.stderr
