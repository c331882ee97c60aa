import base64
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.datasets.synthetic import write
from playfair.report.wandb_workspace import keys_of_run
from tests.conftest import ROOT, TINY, run_py, run_warm
from tests.report.test_report import logged_of

BY_THEMSELVES = {"paper", "wandb_workspace"}  # have tests of their own
EXPERIMENTS = sorted(
    {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")} - BY_THEMSELVES
)


def newest_run(folder: Path, experiment: str) -> Path:
    return max(
        (folder / "outputs" / "synthetic" / "runs").glob(f"{experiment}_*"),
        key=lambda path: path.stat().st_mtime,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_runs_and_leaves_a_complete_run_folder(tiny, experiment: str) -> None:
    done = tiny(f"experiment={experiment}")
    complete(done, newest_run(tiny.folder, experiment))


def complete(done: subprocess.CompletedProcess[str], run: Path) -> None:
    assert done.returncode == 0, done.stderr
    assert f"Saved to outputs/synthetic/runs/{run.name}" in done.stdout
    page = (run / "report.html").read_text()
    assert not re.search(r'(src|href)="(https?:)?//', page), "the report must not need the network"
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics and all(np.isfinite(value) for value in metrics.values() if value is not None)
    assert all(re.search(rf"\b{name}\b", done.stdout) for name in metrics)


PARTS = [
    *("accuracy", "element-shapley-values", "support", "position", "classes", "length"),
    *("comparison", "approximation", "interactions"),
]


@pytest.fixture(scope="module")
def paper(tiny) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The whole paper on the tiny study, run once: what it printed, and its run folder."""
    done = tiny("experiment=paper")
    return done, newest_run(tiny.folder, "paper")


def test_the_paper_ends_in_one_report_and_a_headline_table(paper) -> None:
    done, run = paper
    complete(done, run)
    metrics = json.loads((run / "metrics.json").read_text())
    assert {"trn_top1", "tsn_top1", "tsn_pair_top1", "max_efficiency_gap", "seconds"} <= set(
        metrics
    )
    assert metrics["max_efficiency_gap"] < 1e-6
    page = (run / "report.html").read_text()
    assert re.findall(r'<a href="#\d">([^<]+)</a>', page) == [
        name.replace("-", " ").title() for name in PARTS
    ]
    assert "each interval of one comparison" in page
    assert base64.b64decode(re.search(r"base64,([^\"]+)", page)[1]).startswith(b"\x89PNG")
    assert {path.name for path in run.iterdir() if path.is_dir()} >= set(PARTS)
    headline = pd.read_csv(run / "headline.csv", index_col=0)
    assert list(headline.columns) == ["TSN", "TRN"] and len(headline) == 10
    accuracy = (
        pd.read_csv(run / "accuracy" / "accuracy.csv")
        .set_index(["model", "measure"])
        .loc[("trn", "top1")]
    )
    assert (
        headline.loc["top-1", "TRN"]
        == f"{accuracy['mean']:.3f} [{accuracy['low']:.3f}, {accuracy['high']:.3f}]"
    )
    assert headline.loc["top-1", "TRN"] in done.stdout


def test_a_wandb_run_holds_what_the_run_folder_holds_once(paper) -> None:
    _, run = paper
    summary, keys = logged_of(run)
    expected = keys_of_run(run)
    assert len(expected["figures"]) > 10 and len(expected["tables"]) > 15
    interactive = [
        "position/position",
        "length/length",
        "comparison/curves_tsn",
        "comparison/curves_trn",
    ]
    logged = [
        *expected["figures"],
        *expected["tables"],
        "support/clips",
        *(f"{name}_interactive" for name in interactive),
    ]
    for key in logged:
        assert keys.count(f"{key}._type") == 1, key
    for file in run.glob("*/metrics.json"):
        metrics = {
            f"{file.parent.name}/{name}": value
            for name, value in json.loads(file.read_text()).items()
        }
        assert metrics.items() <= summary.items()


def test_a_wandb_workspace_says_that_it_needs_the_server_and_leaves_what_it_would_save(
    explained,
) -> None:
    refused = explained("experiment=wandb_workspace")
    assert refused.returncode == 2
    assert "wandb login" in refused.stderr and "Traceback" not in refused.stderr
    saved = json.loads((explained.folder / "outputs/synthetic/wandb_workspace.json").read_text())
    sections = {section["name"]: section["panels"] for section in saved["sections"]}
    shown = json.dumps(sections["esv"])
    assert "trn_top1" in shown and "esvs_table" in shown


def test_artefacts_are_built_once_and_shared(explained) -> None:
    study = explained.folder / "outputs" / "synthetic" / "trn"
    written = [
        study / "video.pt",
        study / "heads.pt",
        *study.glob("features/*/*.npy"),
        *study.glob("esv/*/written/c/*"),
    ]
    before = {path: path.stat().st_mtime_ns for path in written}
    again = explained("experiment=esv")
    assert again.returncode == 0 and "training" not in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in written}


def test_the_store_of_one_run_equals_that_of_another_bitwise(explained, tmp_path: Path) -> None:
    options = ["model=both", *TINY, "experiment=esv", f"paths.data={explained.folder / 'data'}"]
    assert (
        run_py(*options, cwd=tmp_path).returncode == 0
    )  # nothing in common with the other but its options
    for model in ("tsn", "trn"):
        store = Path("outputs", "synthetic", model, "esv", "frames-04.zarr")
        assert contents(explained.folder / store) == contents(tmp_path / store)


def test_esvs_of_the_store_sum_to_score_minus_prior(explained) -> None:
    esvs = xr.open_zarr(
        explained.folder / "outputs" / "synthetic" / "trn" / "esv" / "frames-04.zarr"
    )
    gap = esvs["esv"].sum("frame") - (esvs["score"] - esvs["prior"])
    assert float(abs(gap).max()) < 1e-6
    assert float(abs(esvs["esv"]).max()) > 1e-4
    np.testing.assert_allclose(esvs["prior"].sum(), 1)
    np.testing.assert_allclose(esvs["score"].sum("class"), 1, rtol=1e-5)
    assert (np.diff(esvs["frame_index"]) > 0).all()


def test_estimated_esvs_carry_standard_errors_and_lie_beside_the_exact_ones(explained) -> None:
    done = explained("experiment=esv", "n_frames=12", "estimator=sampled", "estimator.budget=150")
    assert done.returncode == 0, done.stderr
    stores = explained.folder / "outputs/synthetic/trn/esv"
    esvs = xr.open_zarr(stores / "frames-12-budget-150.zarr")
    assert float(esvs["stderr"].max()) > 0 and esvs.attrs["estimator"] == "sampled"
    assert float(abs(esvs["esv"].sum("frame") - (esvs["score"] - esvs["prior"])).max()) < 1e-6
    assert (stores / "frames-04.zarr").exists()


def test_more_frames_than_can_be_done_exactly_are_refused_with_what_to_type(tiny) -> None:
    refused = tiny("experiment=esv", "n_frames=21")
    assert refused.returncode == 2
    assert "estimator=sampled" in refused.stderr


def test_another_configuration_is_refused_and_nothing_is_lost(explained) -> None:
    weights = (explained.folder / "outputs/synthetic/tsn/video.pt").read_bytes()
    refused = explained("experiment=esv", "model.tsn.head.dropout=0.25")
    assert refused.returncode == 2
    assert "model.head.dropout: made with 0.0, asked for 0.25" in refused.stderr
    assert "overwrite=true" in refused.stderr and "Traceback" not in refused.stderr
    assert (explained.folder / "outputs/synthetic/tsn/video.pt").read_bytes() == weights


def test_frames_than_no_clip_has_are_refused_with_what_there_is(tiny) -> None:
    refused = tiny("experiment=esv", "n_frames=99", "estimator=sampled")
    assert refused.returncode == 2
    assert re.search(r"Type n_frames=\d\d or less", refused.stderr)


def test_a_clip_that_cannot_be_decoded_is_left_out_and_named(explained, tmp_path: Path) -> None:
    data = tmp_path / "data" / "synthetic"
    data.parent.mkdir()
    subprocess.run(
        ["cp", "-r", str(explained.folder / "data" / "synthetic"), str(data)], check=True
    )
    clips = (data / "20bn-something-something-v2").glob("*.webm")
    broken = max(clips, key=lambda path: int(path.stem))  # validation clips come last
    broken.write_bytes(b"no video at all")
    options = ["model=trn", *[o for o in TINY if "tsn" not in o], "experiment=esv"]
    done = run_warm(*options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        f"1 clips of the validation split are left out:\n  {broken.relative_to(tmp_path)}"
        in done.stdout
    )
    esvs = xr.open_zarr(tmp_path / "outputs/synthetic/trn/esv/frames-04.zarr")
    assert esvs.sizes["video"] == 11 and broken.stem not in esvs["video"].values
    table = pd.read_csv(newest_run(tmp_path, "esv") / "esvs.csv")
    assert table["not_decodable"].tolist() == [1] and table["too_short"].tolist() == [0]

    assert run_warm(*options[:-1], "experiment=extract", cwd=tmp_path).returncode == 0
    assert pd.read_csv(newest_run(tmp_path, "extract") / "features.csv")["skipped"].tolist() == [
        0,
        1,
    ]

    others = tmp_path / "others"  # nothing decoded before, from video, in worker processes
    online = [
        "dataset.decode_once=false",
        f"paths.outputs={others}",
        f"paths.data={tmp_path / 'data'}",
    ]
    done = run_warm(*options, *online, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "left out, the next clip stands in:" in done.stdout
    assert "trn: 1 clips could not be decoded; others stood in" in done.stdout
    for stopping in (
        [*options, *online],
        [*options, "paths.outputs=fresh"],
    ):  # what was finished before counts too
        refused = run_warm(*stopping, "dataset.broken=fail", cwd=tmp_path)
        assert refused.returncode == 2
        assert broken.name in refused.stderr and "dataset.broken=skip" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_dataset_of_which_nothing_can_be_decoded_is_referred_to_the_doctor(
    tmp_path: Path,
) -> None:
    options = ["model=trn", *[o for o in TINY if "tsn" not in o], "experiment=train"]
    write(
        tmp_path / "data" / "synthetic",
        n_train=24,
        n_validation=12,
        size=32,
        workers=1,
        progress=False,
    )
    for clip in (tmp_path / "data" / "synthetic").glob("*/*.webm"):
        clip.write_bytes(b"")
    refused = run_warm(*options, cwd=tmp_path)
    assert refused.returncode == 2
    assert "No clip of the train split could be decoded. Type experiment=doctor" in refused.stderr


def test_clips_that_are_too_short_are_left_out_or_repeat_frames_and_it_is_told(explained) -> None:
    blocks = sorted(
        explained.folder.glob("outputs/synthetic/trn/features/validation/*.lengths.npy")
    )
    lengths = np.concatenate([np.load(block) for block in blocks])
    n_frames = int(np.sort(lengths)[6])
    short = int((lengths < n_frames).sum())
    options = [
        f"n_frames={n_frames}",
        "estimator=sampled",
        "estimator.budget=300",
        "experiment=esv",
    ]
    for choice, overwrite in (("skip", "false"), ("repeat", "true")):
        done = explained(*options, f"dataset.short={choice}", f"overwrite={overwrite}")
        assert done.returncode == 0, done.stderr
        table = pd.read_csv(newest_run(explained.folder, "esv") / "esvs.csv")
        repeat = choice == "repeat"
        assert (table["videos"] == (12 if repeat else 12 - short)).all()
        assert (table["too_short"] == (0 if repeat else short)).all()
        assert (table["repeated_frames"] == (short if repeat else 0)).all()
        store = (
            explained.folder / f"outputs/synthetic/trn/esv/frames-{n_frames:02d}-budget-300.zarr"
        )
        steps = np.diff(xr.open_zarr(store)["frame_index"])
        assert (steps >= 0).all() and (steps == 0).any() == repeat
        if not repeat:
            refused = explained(*options, "dataset.short=repeat")
            assert (
                refused.returncode == 2
                and "short: made with nothing, asked for repeat" in refused.stderr
            )


@pytest.mark.parametrize("option", ["dataset.broken=ignore", "dataset.short=pad"])
def test_a_policy_that_is_not_there_is_refused_with_those_that_are(tiny, option: str) -> None:
    refused = tiny("experiment=extract", option)
    assert refused.returncode == 2
    name, _, got = option.partition("=")
    assert re.search(rf"Expected {name}=skip or (fail|repeat), got {name}={got}", refused.stderr)


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_continues(tiny, tmp_path: Path) -> None:
    options = ["model=both", *TINY, "experiment=esv", f"paths.data={tiny.folder / 'data'}"]
    assert tiny("experiment=extract").returncode == 0
    options = [option for option in options if "trn.training" not in option] + [
        "model.trn.training.epochs=200"
    ]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    state = tmp_path / "outputs/synthetic/trn/video.training"
    deadline = time.monotonic() + 120
    while not list(state.glob("*/last.ckpt")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "type the same command again" in stderr and "Traceback" not in stderr
    finished = tmp_path / "outputs/synthetic/tsn/video.pt"
    stamp = finished.stat().st_mtime_ns
    done = run_warm(*options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert finished.stat().st_mtime_ns == stamp
    assert "continuing from outputs/synthetic/trn/video.training/" in done.stdout


def test_a_folder_that_cannot_be_written_is_named(tiny, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file where the folder should be")
    refused = run_warm("model=both", *TINY, "experiment=extract", cwd=tmp_path)
    assert refused.returncode == 2
    assert (
        "outputs" in refused.stderr
        and "paths.outputs=" in refused.stderr
        and "Traceback" not in refused.stderr
    )
