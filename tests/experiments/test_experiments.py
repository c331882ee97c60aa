"""Every experiment, typed as a user types it, on the tiny study: what it leaves, and what it refuses."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from tests.conftest import (
    ROOT,
    TINY,
    contents,
    copy_steps,
    folder_of,
    folders,
    run_warm,
    stamps,
    start_warm,
)

BY_THEMSELVES = {  # have tests of their own
    *("clip", "compare", "known_values", "paper", "status", "wandb_workspace"),
}
SLOW = {
    "benchmark"
}  # starts processes whose memory it measures: 40 s of CPU; tests/golden has its numbers
DRAWN_BY_THE_PAPER = {
    *("train", "esv", "support", "position", "prior", "classes", "length"),
    *("comparison", "approximation", "interactions"),
}
# run every day by a file of their own: copied stores, models side by side, plans, the doctor;
# approximation in one process (tests/golden/test_golden_approximation.py)
RUN_ELSEWHERE = {
    *("classes", "length", "position", "support"),
    *("approximation", "comparison", "interactions"),
    *("doctor", "plan"),
}


def marks_of(name: str) -> list[pytest.MarkDecorator]:
    if name in SLOW:
        return [pytest.mark.slow]
    return [pytest.mark.whole] if name in RUN_ELSEWHERE else []


EXPERIMENTS = [
    pytest.param(name, marks=marks_of(name))
    for name in sorted(path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml"))
    if name not in BY_THEMSELVES
]
TRN = ["model=trn", *[option for option in TINY if "tsn" not in option]]


def newest_run(folder: Path, experiment: str) -> Path:
    runs = (folder / "outputs" / "synthetic" / "runs").glob(f"{experiment}_*")
    return max(runs, key=lambda path: path.stat().st_mtime)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_runs_and_leaves_a_complete_run_folder(tiny, experiment: str) -> None:
    draw = experiment not in DRAWN_BY_THE_PAPER and "png"
    done = tiny(f"experiment={experiment}", draw=draw)
    complete(done, newest_run(tiny.folder, experiment))


def complete(done: subprocess.CompletedProcess[str], run: Path) -> None:
    assert done.returncode == 0, done.stderr
    assert f"Saved to outputs/synthetic/runs/{run.name}" in done.stdout
    page = (run / "report.html").read_text()
    assert not re.search(r'(src|href)="(https?:)?//(?!127\.0\.0\.1:)', page), (
        "the report must not need the network"
    )
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics and all(np.isfinite(value) for value in metrics.values() if value is not None)
    assert not any(re.search(rf"\b{name}\b", done.stdout) for name in metrics if "_" in name)
    assert (run.parent / "latest").resolve() == run.resolve()
    assert f"{run.name}/report.html" in (run.parent / "index.html").read_text()


PARTS = [
    *("accuracy", "element-shapley-values", "support", "position", "prior", "classes", "length"),
    *("comparison", "approximation", "interactions"),
]


@pytest.fixture(scope="module")
def paper(tiny) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The whole paper on the tiny study, run once: what it printed, and its run folder."""
    done = tiny("experiment=paper", draw="png")
    return done, newest_run(tiny.folder, "paper")


@pytest.mark.whole
def test_the_paper_ends_in_one_report_and_a_headline_table(paper) -> None:
    done, run = paper
    complete(done, run)
    page = (run / "report.html").read_text()
    sections = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', page)
    assert sections[1:-1] == [(name, name.replace("-", " ").title()) for name in PARTS]
    picture = base64.b64decode(re.search(r"data:image/webp;base64,([^\"]+)", page)[1])
    assert picture.startswith(b"RIFF") and picture[8:12] == b"WEBP"
    assert {path.name for path in run.iterdir() if path.is_dir()} >= set(PARTS)
    headline = pd.read_csv(run / "headline.csv", index_col=0)
    assert list(headline.columns) == ["TSN", "TRN"] and len(headline) == 10
    assert headline.loc["top-1", "TRN"] in done.stdout


def test_the_same_command_again_changes_no_file_of_any_step(explained) -> None:
    before = stamps(explained.folder)
    again = explained("experiment=esv")
    assert again.returncode == 0 and not re.search("training|making|computing", again.stdout)
    assert stamps(explained.folder) == before


def test_a_steps_folder_says_all_that_it_was_made_from(explained) -> None:
    made_from = json.loads(
        (folder_of(explained.folder, "esvs", "trn-4-frames") / "made_from.json").read_text()
    )
    assert made_from["step"] == "esvs" and made_from["settings"]["n_frames"] == 4
    head = made_from["inputs"]["head"]
    assert folder_of(explained.folder, "heads", "trn").name == f"trn-{head['id'][:8]}"
    video = head["inputs"]["features"]["inputs"]["video"]
    assert video["settings"]["model"]["training"]["epochs"] == 1
    written = json.dumps(made_from)
    assert str(explained.folder) not in written, "another folder is not another step"


def test_esvs_of_the_store_sum_to_score_minus_prior(explained) -> None:
    esvs = xr.open_zarr(folder_of(explained.folder, "esvs", "trn-4-frames"))
    assert esvs["esv"].dims == ("video", "element", "class")
    assert (esvs.attrs["removal"], esvs.attrs["batch_size"]) == ("delete", None)
    gap = esvs["esv"].sum("element") - (esvs["score"] - esvs["prior"])
    assert float(abs(gap).max()) < 1e-6
    assert float(abs(esvs["esv"]).max()) > 1e-4
    np.testing.assert_allclose(esvs["prior"].sum(), 1)
    np.testing.assert_allclose(esvs["score"].sum("class"), 1, rtol=1e-5)
    assert (np.diff(esvs["frame_index"]) > 0).all()


def test_estimated_esvs_carry_standard_errors_and_lie_beside_the_exact_ones(explained) -> None:
    exact = folder_of(explained.folder, "esvs", "trn-4-frames")
    before = contents(exact)
    done = explained("experiment=esv", "n_frames=12", "estimator=sampled", "estimator.budget=150")
    assert done.returncode == 0, done.stderr
    esvs = xr.open_zarr(folder_of(explained.folder, "esvs", "trn-12-frames-budget-150"))
    assert float(esvs["stderr"].max()) > 0 and esvs.attrs["estimator"] == "sampled"
    assert float(abs(esvs["esv"].sum("element") - (esvs["score"] - esvs["prior"])).max()) < 1e-6
    assert contents(exact) == before


def test_esvs_of_the_train_split_lie_beside_those_of_the_validation_split(explained) -> None:
    validation = folder_of(explained.folder, "esvs", "trn-4-frames")
    before = contents(validation)
    done = explained("experiment=esv", "split=train")
    assert done.returncode == 0, done.stderr
    esvs = xr.open_zarr(folder_of(explained.folder, "esvs", "trn-4-frames-train"))
    labels = explained.folder / "data/synthetic/labels"
    uids = [entry["id"] for entry in json.loads((labels / "train.json").read_text())]
    assert esvs.attrs["split"] == "train" and esvs["video"].values.tolist() == uids
    np.testing.assert_allclose(
        esvs["prior"], np.bincount(esvs["label"], minlength=12) / len(uids)
    )  # the frequencies of these very labels
    assert float(abs(esvs["esv"].sum("element") - (esvs["score"] - esvs["prior"])).max()) < 1e-6
    assert contents(validation) == before


def test_another_configuration_lies_beside_and_nothing_that_was_there_changes(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    before = stamps(folder)
    typed = [*TRN, f"paths.data={explained.folder / 'data'}", "experiment=esv"]
    done = run_warm(*typed, "model.trn.head.dropout=0.25", cwd=folder)
    assert done.returncode == 0, done.stderr
    after = stamps(folder)
    assert before.items() <= after.items()
    assert [
        len(folders(folder, kind, label))
        for kind, label in (
            ("frames", "train-32x32"),
            ("video", "trn"),
            ("heads", "trn"),
            ("esvs", "trn-4-frames"),
        )
    ] == [1, 2, 2, 2]


def test_an_output_folder_of_the_first_version_is_named_with_what_to_type(
    explained, tmp_path: Path
) -> None:
    old = tmp_path / "outputs/synthetic/trn"
    old.mkdir(parents=True)
    (old / "video.pt").touch()
    typed = [*TRN, f"paths.data={explained.folder / 'data'}", "experiment=esv"]
    refused = run_warm(*typed, cwd=tmp_path)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert str(old.relative_to(tmp_path)) in refused.stderr
    assert "paths.outputs=FOLDER" in refused.stderr
    assert list(old.iterdir()) == [old / "video.pt"]


def test_more_frames_than_can_be_done_exactly_are_refused_with_what_to_type(tiny) -> None:
    refused = tiny("experiment=esv", "n_frames=21")
    assert refused.returncode == 2
    assert "estimator=sampled" in refused.stderr


def test_frames_than_no_clip_has_are_refused_with_what_there_is(tiny) -> None:
    refused = tiny("experiment=esv", "n_frames=99", "estimator=sampled")
    assert refused.returncode == 2
    assert re.search(r"Type n_frames=\d\d or less", refused.stderr)


@pytest.mark.whole
def test_a_clip_that_cannot_be_decoded_is_left_out_and_named(explained, tmp_path: Path) -> None:
    copy_steps(explained.folder, tmp_path, "video", "heads")
    shutil.copytree(explained.folder / "data", tmp_path / "data")
    clips = (tmp_path / "data" / "synthetic").glob("*/*.webm")
    broken = max(clips, key=lambda path: int(path.stem))  # validation clips come last
    broken.write_bytes(b"no video at all")
    options = [*TRN, "experiment=esv"]
    done = run_warm(*options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(
        rf"1 clips? of the validation split (is|are) left out:\n  {broken.relative_to(tmp_path)}",
        done.stdout,
    )
    esvs = xr.open_zarr(folder_of(tmp_path, "esvs", "trn-4-frames"))
    assert esvs.sizes["video"] == 11 and broken.stem not in esvs["video"].values
    table = pd.read_csv(newest_run(tmp_path, "esv") / "esvs.csv")
    assert table["not_decodable"].tolist() == [1] and table["too_short"].tolist() == [0]

    # nothing decoded before, from video, in worker processes
    online = ["dataset.decode_once=false", f"paths.outputs={tmp_path / 'others'}"]
    done = run_warm(*options, *online, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "left out, the next clip stands in:" in done.stdout
    assert re.search(r"trn.*: 1 clips? could not be decoded; (an)?others? stood in", done.stdout)
    refused = run_warm(*options, "paths.outputs=fresh", "dataset.broken=fail", cwd=tmp_path)
    stopped_at(broken, refused)
    # what was finished before counts too
    stopped_at(broken, run_warm(*options, *online, "dataset.broken=fail", cwd=tmp_path))


def stopped_at(broken: Path, refused: subprocess.CompletedProcess[str]) -> None:
    assert refused.returncode == 2, refused.stdout
    assert broken.name in refused.stderr and "dataset.broken=skip" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_dataset_of_which_nothing_can_be_decoded_is_referred_to_the_doctor(
    explained, tmp_path: Path
) -> None:
    shutil.copytree(explained.folder / "data", tmp_path / "data")
    for clip in (tmp_path / "data" / "synthetic").glob("*/*.webm"):
        clip.write_bytes(b"")
    refused = run_warm(*TRN, "experiment=train", cwd=tmp_path)
    assert refused.returncode == 2
    assert "No clip of the train split could be decoded. Type experiment=doctor" in refused.stderr


def test_clips_that_are_too_short_are_left_out_or_repeat_frames_and_it_is_told(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    features = folder_of(explained.folder, "features", "trn-validation")
    lengths = RowStore(features, 12, CLIPS_PER_BLOCK).lengths
    n_frames = int(np.sort(lengths)[6])
    short = int((lengths < n_frames).sum())
    typed = [*TRN, f"paths.data={explained.folder / 'data'}", "experiment=esv"]
    typed = [option for option in typed if not option.startswith("n_frames")]
    typed += [f"n_frames={n_frames}", "estimator=sampled", "estimator.budget=300"]
    label = f"trn-{n_frames}-frames-budget-300"
    stores: list[Path] = []
    for repeat in (False, True):
        done = run_warm(*typed, f"dataset.short={'repeat' if repeat else 'skip'}", cwd=folder)
        assert done.returncode == 0, done.stderr
        table = pd.read_csv(newest_run(folder, "esv") / "esvs.csv")
        assert (table["videos"] == (12 if repeat else 12 - short)).all()
        assert (table["too_short"] == (0 if repeat else short)).all()
        assert (table["repeated_frames"] == (short if repeat else 0)).all()
        (store,) = set(folders(folder, "esvs", label)) - set(stores)  # beside the other
        stores.append(store)
        steps = np.diff(xr.open_zarr(store)["frame_index"])
        assert (steps >= 0).all() and (steps == 0).any() == repeat


@pytest.mark.parametrize("option", ["dataset.broken=ignore", "dataset.short=pad"])
def test_a_policy_that_is_not_there_is_refused_with_those_that_are(tiny, option: str) -> None:
    refused = tiny("experiment=extract", option)
    assert refused.returncode == 2
    name, _, got = option.partition("=")
    assert re.search(
        rf"Expected {name} to be skip or (fail|repeat), got {name}={got}", refused.stderr
    )


@pytest.mark.whole
def test_ctrl_c_keeps_what_is_finished_and_the_next_run_continues(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path, "frames")
    options = ["model=both", *[option for option in TINY if "trn.training" not in option]]
    options += [f"paths.data={explained.folder / 'data'}", "experiment=esv"]
    options += ["model.trn.training.epochs=20"]
    run = start_warm(*options, cwd=folder)
    deadline = time.monotonic() + 120
    state = "outputs/synthetic/video/trn-*/training/*/last.ckpt"
    while not list(folder.glob(state)) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGINT)
    stopped = run.wait(timeout=60)
    assert stopped.returncode == 130
    assert "type the same command again" in stopped.stderr and "Traceback" not in stopped.stderr
    finished = folder_of(folder, "esvs", "tsn-4-frames")
    before = stamps(folder)
    done = run_warm(*options, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"continuing from outputs/synthetic/video/trn-\w+/training/", done.stdout)
    after = stamps(folder)
    for file, stamp in before.items():
        assert "/trn-" in file or after[file] == stamp, file
    assert contents(finished) == contents(folder_of(explained.folder, "esvs", "tsn-4-frames"))


def test_a_folder_that_cannot_be_written_is_named(tiny, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file where the folder should be")
    refused = run_warm("model=both", *TINY, "experiment=extract", cwd=tmp_path)
    assert refused.returncode == 2
    assert (
        "outputs" in refused.stderr
        and "paths.outputs=" in refused.stderr
        and "Traceback" not in refused.stderr
    )
