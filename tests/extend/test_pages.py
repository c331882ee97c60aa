"""The pages of docs/extend: written beside an installed Play Fair, typed as they say."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.report.figures.comparison import tells_apart
from tests.clips import encoded, moving
from tests.conftest import QUICK, ROOT, contents, run_warm
from tests.extend.conftest import SMALL, Playfair, run_folder
from tests.extend.pages import DOCS, commands, files, write_files

PAGES = ("head", "dataset", "method", "estimator", "experiment", "measure", "callback")
TSN = ["model.tsn.training.epochs=1"]
GRU = ["model.gru.training.epochs=1"]
ONE_RANK_EACH = ["trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu"]


def store(shared: list[str], label: str) -> xr.Dataset:
    """The ESV store of this label."""
    outputs = Path(shared[1].partition("=")[2])
    [folder] = [path for path in outputs.glob("*/esvs/*") if path.name[:-9] == label]
    return xr.open_zarr(folder)


def printed(playfair: Playfair, script: str) -> list[str]:
    """What a script of a page prints."""
    done = playfair(script=script)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def adds_up(esvs: xr.Dataset) -> bool:
    """Whether the ESVs of each video sum to its score without the prior."""
    gained = esvs["score"] - esvs["prior"]
    return bool(np.abs(esvs["esv"].sum("element") - gained).max() < 1e-5)


def test_every_page_is_listed_with_files_and_a_command_and_no_other() -> None:
    listed = re.findall(r"\]\((\w+)\.md\)", (DOCS / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(PAGES)
    assert sorted(page.stem for page in DOCS.glob("*.md")) == sorted(["README", *PAGES])
    for page in PAGES:
        assert files(page) and commands(page)
        assert len([name for name in files(page) if name.endswith(".yaml")]) <= 2


def test_a_head_of_ones_own_is_trained_and_explained_exactly_and_by_estimates(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("head", tmp_path)
    exact, estimated = commands("head")
    done = playfair(*exact, *SMALL, *shared, *GRU, "n_frames=4")
    metrics = json.loads((run_folder(done, tmp_path) / "metrics.json").read_text())
    assert metrics["gru_videos"] == 12 and metrics["max_efficiency_gap"] < 1e-6
    esvs = store(shared, "gru-4-frames")
    assert adds_up(esvs) and esvs.sizes["element"] == 4 and esvs["esv"].std() > 0
    assert esvs.attrs["batch_size"] == 2048  # rows that stay in cache: far below the bytes' bound
    done = playfair(*estimated, *SMALL, *shared, *GRU, "estimator.budget=193")
    run_folder(done, tmp_path)
    esvs = store(shared, "gru-32-frames-budget-193")
    assert adds_up(esvs) and bool((esvs["stderr"] > 0).any())


@pytest.mark.whole
def test_every_analysis_takes_a_head_of_ones_own(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    """All that the paper asks, in one run."""
    write_files("head", tmp_path)
    typed = [word for word in commands("head")[0] if not word.startswith("experiment=")]
    quick = [f"experiment.{option}" for option in QUICK["paper"]]
    asked = ["experiment=paper", "logger=none", "n_frames=4", *quick]
    folder = run_folder(playfair(*typed, *asked, *SMALL, *shared, *GRU), tmp_path)
    of_analyses = {
        file.parent.name: json.loads(file.read_text()) for file in folder.glob("*/metrics.json")
    }
    analyses = {"support", "position", "classes", "length", "comparison", "interactions"}
    assert of_analyses.keys() >= analyses | {"approximation"}
    for metrics in of_analyses.values():
        assert any(name.startswith("gru_") for name in metrics), metrics


@pytest.mark.whole
def test_a_head_of_ones_own_learns_again_from_stored_features(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("head", tmp_path)
    typed = [word.replace("model=gru", "model=gru_twice") for word in commands("head")[0]]
    recipe = ["model.gru.heads.epochs=2", "+model.gru.heads.clip=1"]
    done = playfair(*typed, *SMALL, *shared, *GRU, *recipe, "n_frames=3")
    run_folder(done, tmp_path)
    outputs = Path(shared[1].partition("=")[2])
    assert list(outputs.glob("synthetic/heads/gru-*/heads.pt"))
    assert adds_up(store(shared, "gru-3-frames"))


def test_a_head_of_ones_own_is_explained_in_python(playfair: Playfair, tmp_path: Path) -> None:
    write_files("head", tmp_path)
    lines = printed(playfair, "in_python.py")
    assert lines[0] == "torch.Size([2, 8, 12]) torch.Size([2, 8, 12])"
    assert float(lines[1].split("(")[1].split(",")[0].rstrip(")")) < 1e-6


@pytest.mark.whole
def test_two_ranks_write_the_bits_of_one_with_a_head_and_an_estimator_of_ones_own(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    """The ranks share a training; the other run takes it, and explains alone."""
    write_files("head", tmp_path)
    write_files("estimator", tmp_path)
    words = [word for word in commands("head")[0] if not word.startswith("plugins")]
    words += ["plugins=[gru_head.py,permutations.py]", "n_frames=8", "estimator=sampled"]
    words += ["estimator.name=permutations", "estimator.budget=211", *SMALL, *GRU, shared[0]]
    made = []
    for number, ranks in enumerate((ONE_RANK_EACH, [])):
        outputs = tmp_path / f"outputs-{number}"
        if number:
            (outputs / "synthetic").mkdir(parents=True)
            (outputs / "synthetic" / "video").symlink_to(tmp_path / "outputs-0/synthetic/video")
        done = playfair(*words, *ranks, f"paths.outputs={outputs}")
        run_folder(done, tmp_path)
        [folder] = outputs.glob("synthetic/esvs/gru-*")
        made.append(contents(folder))
    assert made[0] == made[1]


def test_a_dataset_of_ones_own_is_learnt_and_explained(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("dataset", tmp_path)
    clips_and_labels(tmp_path / "data" / "gestures")
    [typed] = commands("dataset")
    done = playfair(*typed, *TSN, "n_frames=4", "dataset.frame_size=[32,32]")
    folder = run_folder(done, tmp_path)
    assert {"tsn_supporting_first", "tsn_supporting_last"} <= set(
        json.loads((folder / "metrics.json").read_text())
    )
    [path] = (tmp_path / "outputs" / "gestures" / "esvs").glob("tsn-4-frames-*")
    esvs = xr.open_zarr(path)
    assert esvs["video"].values.tolist() == ["right_2.mp4", "left_2.mp4"]
    assert esvs["class_name"].values.tolist() == ["Moving left", "Moving right"]
    assert adds_up(esvs) and esvs["prior"].values.tolist() == [0.5, 0.5]
    (tmp_path / "data" / "gestures").rename(tmp_path / "moved")
    again = playfair(*typed, *TSN, "n_frames=4", "dataset.frame_size=[32,32]", "dataset.root=moved")
    run_folder(again, tmp_path)
    assert "making" not in again.stdout, "the same labels elsewhere are the same dataset"


def clips_and_labels(root: Path) -> None:
    """Three clips of each of two classes: noise that moves right, or left."""
    root.mkdir(parents=True)
    rows = ["clip,split,class"]
    for number in range(3):
        frames = moving(8 + number, 32, 32)
        split = "validation" if number == 2 else "train"
        for side, order in (("right", frames), ("left", frames[::-1])):
            encoded(root / f"{side}_{number}.mp4", "libvpx-vp9", order, "mp4")
            rows.append(f"{side}_{number}.mp4,{split},Moving {side}")
    (root / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_a_method_and_a_measure_of_ones_own_stand_in_tables_figures_and_findings(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    """Both pages at once; the method by its entry point, as an installed package brings it."""
    packages = tmp_path / "packages"
    write_files("method", packages)
    info = packages / "my_methods-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-methods\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[playfair.plugins]\nmine = gradient_times_input\n")
    write_files("measure", tmp_path)
    [typed] = commands("measure")
    assert commands("method")[0][1:] == typed[1:], "but for the plug-in the same is typed"
    few = ["n_frames=4", "experiment.n_videos=3"]
    both = [word.replace("top_two.py", "top_two.py,same_top.py") for word in typed]
    done = playfair(*both, *few, *SMALL, *shared, *TSN, path=str(packages), draw="svg")
    folder = run_folder(done, tmp_path)
    measures = pd.read_csv(folder / "measures.csv")
    measured = measures[measures["measure"] == "top_two"].set_index("method")["mean"]
    assert {"esv", "gradcam", "uniform", "gradient_times_input"} <= set(measured.index)
    differences = pd.read_csv(folder / "differences.csv").set_index(["rival", "measure"])
    expected = measured["esv"] - measured["uniform"]
    assert differences.loc[("uniform", "top_two"), "difference"] == pytest.approx(expected)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["tsn_esv_top_two"] == pytest.approx(measured["esv"])
    assert metrics["tsn_best_rival_top_two"] == pytest.approx(measured.drop("esv").max())
    for figure in ("comparison", "curves"):
        assert "Gradient × input" in (folder / f"{figure}.svg").read_text(encoding="utf-8")
    # a long title is broken into lines, each a text of its own; a measure that all methods have
    # alike, as so few clips may, is left to the table
    contest = (folder / "contest.svg").read_text(encoding="utf-8")
    words = " ".join(" ".join(re.findall(r">([^<]+)<", contest)).split())
    own = measures[measures["measure"] == "top_two"]
    assert ("score of the top two" in words) == tells_apart(own)
    planted = pd.read_csv(folder / "planted.csv").set_index("measure")
    assert planted.loc["same_top", ["planted", "bad"]].tolist() == ["class_blind", 1.0]
    verdict = pd.read_csv(folder / "verdicts.csv").set_index("by").loc["score of the top two"]
    assert verdict["verdict"].startswith("ESV is ")


def test_a_method_of_ones_own_is_called_in_python(playfair: Playfair, tmp_path: Path) -> None:
    write_files("method", tmp_path)
    lines = printed(playfair, "attribute_in_python.py")
    assert lines == ["torch.Size([2, 5])"]


@pytest.mark.whole
def test_an_estimator_of_ones_own_states_errors_that_hold(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("estimator", tmp_path)
    [typed] = commands("estimator")
    small = [*SMALL, *shared, *TSN]
    run_folder(playfair(*typed, *small), tmp_path)
    exact = [word for word in typed if not word.startswith("estimator")]
    run_folder(playfair(*exact, *small), tmp_path)
    estimated = store(shared, "tsn-16-frames-budget-600-permutations")
    true = store(shared, "tsn-16-frames")
    assert adds_up(estimated)
    off = np.abs(estimated["esv"] - true["esv"]) / estimated["stderr"]
    assert 0.9 < float((off < 1.96).mean()) < 0.995


def test_a_budget_that_an_estimator_of_ones_own_refuses_says_the_least(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("estimator", tmp_path)
    [typed] = commands("estimator")
    refused = playfair(*typed, *SMALL, *shared, *TSN, "estimator.budget=100")
    assert refused.returncode == 2 and "at least 451 here, got 100" in refused.stderr


def test_an_experiment_of_ones_own_answers_from_esvs(
    playfair: Playfair, shared: list[str], tmp_path: Path
) -> None:
    write_files("experiment", tmp_path)
    [typed] = commands("experiment")
    done = playfair(*typed, "model=tsn", *SMALL, *shared, *TSN, "n_frames=4", draw="svg")
    folder = run_folder(done, tmp_path)
    esvs = store(shared, "tsn-4-frames")
    own = esvs["esv"].values[np.arange(12), :, esvs["label"].values]
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["tsn_first_half"] == pytest.approx(own[:, :2].mean(), abs=1e-7)
    assert metrics["tsn_difference_half"] == pytest.approx(
        own[:, 2:].mean() - own[:, :2].mean(), abs=1e-7
    )
    assert (folder / "halves.csv").is_file() and (folder / "halves.svg").is_file()
    assert "a frame of the second half adds" in " ".join(done.stdout.split())
    assert "a frame of the second half adds" in (folder / "report.html").read_text()


def test_the_experiment_of_the_page_takes_both_models_where_none_is_named(tmp_path: Path) -> None:
    write_files("experiment", tmp_path)
    [typed] = commands("experiment")
    composed = run_warm(*typed, "--cfg", "job", cwd=tmp_path)
    assert "  trn:" in composed.stdout and "  tsn:" in composed.stdout


def test_no_page_names_a_file_of_ours_as_its_own() -> None:
    for page in PAGES:
        for name in files(page):
            assert not (ROOT / name).exists()
