"""Runs side by side: what differs, by how much, and which numbers stand for it; by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from playfair.analysis.settings import settings_of, shown
from playfair.experiments.compare import compare, run_folders, side_by_side
from playfair.report.figures.settings import settings_figure
from playfair.report.html import page
from playfair.report.run_links import seen_from
from playfair.steps.run_folder import IS_FAILED, IS_FINISHED, RunFolder, read_run


def run(typed: dict[str, str], metrics: dict[str, float], state: str = IS_FINISHED) -> RunFolder:
    """A run of TSN and TRN, with 8 frames and seed 0 where nothing else is typed."""
    options = {"model.tsn.path": None, "model.trn.training.epochs": 15, "n_frames": 8, "seed": 0}
    return RunFolder(
        Path("runs") / "_".join(f"{name}={value}" for name, value in typed.items()),
        typed=typed,
        options=options | typed,
        metrics=metrics,
        state=state,
        reason="" if state == IS_FINISHED else "It is too long.",
    )


RUNS = [
    run({"n_frames": "2", "seed": "0"}, {"trn_top1": 0.5, "tsn_top1": 0.3, "gap": 0.0}),
    run({"n_frames": "2", "seed": "1"}, {"trn_top1": 0.7, "tsn_top1": 0.3, "gap": 0.0}),
    run({"seed": "1"}, {"trn_top1": 0.9, "tsn_top1": 0.4, "gap": 0.0}),
    run({"n_frames": "99", "seed": "0"}, {}, IS_FAILED),
]


def test_means_over_seeds_have_students_intervals_and_a_single_seed_has_none() -> None:
    means = settings_of(RUNS).means.set_index(["n_frames", "model"])
    two = means.loc[(2, "trn")]
    # 0.5 and 0.7: t of 1 degree of freedom is 12.706, the error of the mean 0.1
    assert two["seeds"] == 2
    assert [two["top1_low"], two["top1"], two["top1_high"]] == pytest.approx(
        [0.6 - 1.2706, 0.6, 0.6 + 1.2706], abs=1e-4
    )
    one = means.loc[(8, "trn")]
    assert one["seeds"] == 1 and one["top1"] == 0.9
    assert np.isnan([one["top1_low"], one["top1_high"]]).all()
    assert len(means) == 4, "a failed run has no mean"


def test_a_training_that_two_runs_read_counts_once() -> None:
    again = run({"n_frames": "2", "seed": "1", "rank_timeout": "9"}, {"trn_top1": 0.7})
    means = settings_of([*RUNS, again]).means.set_index(["n_frames", "model"])
    assert means.loc[(2, "trn"), "seeds"] == 2
    assert means.loc[(2, "trn"), "top1"] == pytest.approx(0.6)


def test_what_was_swept_are_the_options_that_differ_but_where_and_how_it_was_run() -> None:
    settings = settings_of(RUNS)
    assert settings.swept == ["n_frames"]
    assert settings.n_seeds == 2
    elsewhere = [
        run({"paths.outputs": "a", "logger": "wandb", "n_frames": "8"}, {"trn_top1": 0.1}),
        run({"paths.outputs": "b", "logger": "none", "n_frames": "8"}, {"trn_top1": 0.2}),
    ]
    assert settings_of(elsewhere).swept == []


def test_an_option_of_one_model_is_none_of_the_others() -> None:
    runs = [
        run({"model.trn.training.epochs": str(epochs)}, {"trn_top1": top1, "tsn_top1": 0.3})
        for epochs, top1 in ((1, 0.5), (2, 0.6))
    ]
    means = settings_of(runs).means
    assert means[["model.trn.training.epochs", "model"]].to_numpy().tolist() == [
        [1, "trn"], ["–", "tsn"], [2, "trn"],
    ]  # fmt: skip


def test_metrics_that_tell_something_are_shown_the_objective_first() -> None:
    metrics = [
        {"trn_frames": 2.0, "trn_loss": 0.2, "trn_top1": 0.5, "trn_classes": 12.0},
        {"trn_frames": 8.0, "trn_loss": 0.1, "trn_top1": 0.6, "trn_classes": 12.0},
    ]
    runs = [run({"n_frames": str(n)}, m) for n, m in zip((2, 8), metrics, strict=True)]
    assert shown(settings_of(runs)) == ["top1", "loss"]
    assert shown(settings_of(runs, "trn_loss")) == ["loss", "top1"]


def test_the_page_says_what_failed_and_where_a_metric_is_highest() -> None:
    result = side_by_side(RUNS)
    assert result.findings[0] == "3 of 4 runs finished, 1 failed."
    trn = next(sentence for sentence in result.findings if sentence.startswith("TRN"))
    assert trn == (
        "TRN: right (top-1) is highest, 0.900, with n_frames=8, and lowest, 0.60 [−0.67, 1.87], with "
        "n_frames=2."
    )
    assert result.tables["unfinished"].to_dict("records") == [
        {"run": "n_frames=99 seed=0", "state": "failed", "reason": "It is too long."}
    ]
    assert result.tables["points"]["top1"].dropna().tolist() == [0.5, 0.3, 0.7, 0.3, 0.9, 0.4]


@pytest.mark.parametrize(("direction", "best"), [("maximize", "n_frames=8"), ("minimize", "=2")])
def test_a_search_names_its_best_point(direction: str, best: str) -> None:
    result = side_by_side(RUNS, objective="trn_top1", direction=direction)
    sentence = result.findings[1]
    assert sentence.startswith("Best of 3: trn_top1 = ") and best in sentence
    assert "luckiest" in sentence


def test_the_figure_has_a_line_for_each_model_through_the_means() -> None:
    figure = settings_figure(settings_of(RUNS))
    axes = figure.axes[0]
    lines = {bar.get_label(): bar for bar in axes.containers}
    assert list(lines) == ["TRN", "TSN"]
    x, y = lines["TRN"][0].get_data()
    assert x.tolist() == [2, 8] and y.tolist() == pytest.approx([0.6, 0.9])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("frames", "right (top-1)")


def test_points_of_two_options_are_joined_where_they_differ_in_one() -> None:
    runs = [
        run({"n_frames": n, "+lr": lr}, {"trn_top1": float(n) * float(lr)})
        for n in ("2", "4")
        for lr in ("1e-3", "1")
    ]
    figure = settings_figure(settings_of(runs))
    of_frames, of_lr = figure.axes
    assert [bar.get_label() for bar in of_frames.containers] == ["lr=0.001", "lr=1"]
    assert of_lr.get_xscale() == "log"


def written(folder: Path, typed: list[str], metrics: dict[str, float] | None) -> Path:
    """A run's folder on disk."""
    (folder / ".hydra").mkdir(parents=True)
    options = {"n_frames": 8, "model": {"hf": {"path": "hub/videomae-b"}}}
    (folder / ".hydra" / "config.yaml").write_text(yaml.safe_dump(options))
    (folder / ".hydra" / "overrides.yaml").write_text(yaml.safe_dump(typed))
    if metrics is not None:
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "finished.json").write_text("{}")
    return folder


def test_runs_are_read_from_folders_of_any_name_and_patterns(tmp_path: Path) -> None:
    first = written(tmp_path / "a=[1],b", ["n_frames=4"], {"videomae-b_top1": 0.5})
    second = written(tmp_path / "c", [], {"videomae-b_top1": 0.25})
    written(tmp_path / "stopped", ["n_frames=6"], None)
    assert run_folders(str(first)) == [first]
    assert run_folders(str(tmp_path)) == [first, second, tmp_path / "stopped"]
    assert run_folders(f"{tmp_path}/c*") == [second]
    with pytest.raises(ValueError, match=r"such as .*esv_sweep\], got .*nope, where none is"):
        run_folders(f"{tmp_path}/nope")
    result = compare([str(tmp_path)])
    assert result.findings[0] == "2 of 3 runs finished, 1 stopped before an answer."
    table = result.tables["sweep"]
    assert table[["n_frames", "model", "top1"]].to_numpy().tolist() == [
        [4, "videomae-b", 0.5], [8, "videomae-b", 0.25],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="1 run in"):
        compare([str(first)])
    with pytest.raises(ValueError, match="Which runs"):
        compare(None)


def test_the_page_leads_to_the_report_of_each_run_that_has_one(tmp_path: Path) -> None:
    first = written(tmp_path / "a=[1], <b>", ["n_frames=4"], {"top1": 0.5})
    written(tmp_path / "c", ["n_frames=8"], {"top1": 0.25})
    (first / "report.html").touch()
    text = page(seen_from(tmp_path / "compare", compare([str(tmp_path)])))
    assert (
        'class=text><a href="../a%3D%5B1%5D%2C%20%3Cb%3E/report.html">n_frames=4</a></td>' in text
    )
    assert text.count("report.html") == 1
    assert "its name leads to its own report" in text
    assert str(tmp_path) not in text, "a long path, to which the name leads"


def test_a_damaged_answer_is_told_as_damage(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", [], {"top1": 0.5})
    (folder / "metrics.json").write_text("{")
    with pytest.raises(ValueError, match=r"metrics\.json is damaged"):
        read_run(folder)
