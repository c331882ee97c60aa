"""What a verdict follows from, where no run is needed to see it."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from playfair.analysis.support import DIFFERENCE, LEFT
from playfair.experiments.esv import sizes
from playfair.experiments.explored import explored
from playfair.experiments.film_strips import WIDEST, _is_right, _note, figures_of, table_of
from playfair.experiments.leading import leading
from playfair.experiments.paper_answers import contest, more_frames, nearness
from playfair.experiments.questions import questions
from playfair.experiments.support import findings as support_findings
from playfair.report.look import percent
from playfair.report.provenance import commit_of
from playfair.report.sentences import models_side_by_side, overlap
from playfair.result import Result, Strip


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.5, 0.6, "yes"), (0.3, 0.5, "not told apart"), (0.1, 0.2, "no, less sure")],
)
def test_a_model_is_surer_where_the_intervals_at_both_ends_are_apart(low, high, verdict) -> None:
    rows = [(1, 0.35, 0.3, 0.4), (16, (low + high) / 2, low, high), (4, 0.9, 0.8, 1.0)]
    table = pd.DataFrame(rows, columns=["frames", "mean", "low", "high"])
    table = table.assign(model="trn", measure="score")
    answer = more_frames({("Length", "length"): table}, "trn")
    assert answer.verdict == verdict and answer.number.startswith("0.350 [0.300, 0.400] at 1, ")
    assert answer.number.endswith("at 16")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.02, "yes, and"), (0.05, 0.15, "not told"), (0.3, 0.4, "no, further off")],
)
def test_estimates_are_near_where_their_error_is_below_the_published_ones(
    low, high, verdict
) -> None:
    columns = ["frames", "estimator", "budget", "error", "error_low", "error_high"]
    rows = [
        (16, "surrogate", 900, low, low, high),
        (16, "constructive", 900, 0.15, 0.1, 0.2),
        (16, "constructive", 100, 9.0, 8.0, 9.5),
        (8, "surrogate", 900, 7.0, 6.0, 7.5),
    ]
    table = pd.DataFrame(rows, columns=columns).assign(model="trn")
    answer = nearness({("Approximation", "approximation"): table}, "trn")
    assert answer.verdict.startswith(verdict) and "published 0.150 [0.100, 0.200]" in answer.number


def test_a_contest_counts_what_was_judged_alone() -> None:
    verdicts = ["better", "better", "worse", "not told apart", "better"]
    table = pd.DataFrame({"esv_is": verdicts, "p_holm": [0.01, 0.01, 0.01, 0.5, np.nan]})
    answer = contest({("Comparison", "differences"): table.assign(model="trn")}, "trn")
    assert answer.number == "ahead in 2, behind in 1 of 4 comparisons"
    assert answer.verdict == "mostly, not by all measures"


def test_the_second_sentence_says_what_is_inside_and_what_outside() -> None:
    rows = [("inside", 0.2, 0.1, 0.3), ("outside", -0.1, -0.2, 0.0), ("difference", 0.3, -0.1, 0.5)]
    table = pd.DataFrame(rows, columns=["measure", "mean", "low", "high"]).assign(model="trn")
    (sentence,) = leading([Result("Position", "", tables={"evidence": table})], ["trn"])
    assert sentence == (
        "A frame of the decisive interval adds +0.200 [+0.100, +0.300] to TRN's score of the true "
        "class and any other −0.100 [−0.200, 0], not told apart (the interval of the difference "
        "holds 0)."
    )


def test_intervals_overlap_whichever_comes_first() -> None:
    low, high = {"low": 0.1, "high": 0.2}, {"low": 0.3, "high": 0.4}
    assert not overlap(low, high) and not overlap(high, low)
    assert overlap(low, {"low": 0.2, "high": 0.3})


def test_the_explorer_opens_the_last_model_beside_the_one_before() -> None:
    def study(name: str, seed: int) -> SimpleNamespace:
        layout = SimpleNamespace(folder=lambda step: Path("esvs") / step)
        step = f"{name}-{seed}"
        dataset = SimpleNamespace(name="by hand")
        return SimpleNamespace(
            name=name, layout=layout, dataset=dataset, esvs_step=lambda n_frames: step
        )

    studies = [study(name, seed) for name in ("tsn", "trn") for seed in (0, 1)]
    assert explored(studies, 8, uid="7") == "?esvs=by+hand/trn-0&beside=tsn-0&uid=7"
    assert explored(studies[2:], 8) == "?esvs=by+hand/trn-0"


def test_the_size_of_an_esv_is_the_mean_of_all_seeds() -> None:
    table = pd.DataFrame({"model": ["tsn", "trn", "trn"], "mean_abs_esv": [0.1, 0.2, 0.4]})
    assert "an ESV moves TSN's score by 0.100 and TRN's by 0.300." in sizes(table)
    assert "an ESV moves TSN's score by 0.100." in sizes(table[:1])


def test_the_table_of_strips_has_every_bar_and_a_figure_too_wide_is_none() -> None:
    frames = np.zeros((2, 4, 4, 3), np.uint8)
    esvs = {"tsn": np.array([0.1, 0.2]), "trn": np.array([-0.1, 0.3])}
    strip = Strip("up", frames, np.array([3, 9]), esvs, {}, None)
    table = table_of([strip])
    assert table["frame"].tolist() == ["3", "9"] * 2
    assert table["esv"].tolist() == [0.1, 0.2, -0.1, 0.3]
    wide = np.zeros((WIDEST + 1, 4, 4, 3), np.uint8)
    assert figures_of([Strip("up", wide, np.arange(WIDEST + 1), {}, {}, None)]) == {}


def test_a_checkout_that_was_changed_says_so(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init")
    file = tmp_path / "file"
    file.write_text("one")
    git("add", ".")
    git("commit", "-m", "One")
    assert commit_of(tmp_path).startswith("commit ") and "changes" not in commit_of(tmp_path)
    file.write_text("two")
    assert commit_of(tmp_path).endswith(", with changes")


def test_of_right_and_wrong_clips_it_is_said_whose_support_is_stronger() -> None:
    def strongest(mean: float, p: float) -> list[dict]:
        row = {"measure": "strongest_supporting", "low": mean - 0.05, "high": mean + 0.05}
        of_groups = {**row, "prediction": DIFFERENCE, "mean": mean, "p_holm": p}
        of_equals = {**row, "prediction": LEFT, "mean": 0.02, "low": -0.01, "high": 0.05}
        return [of_groups, {**of_equals, "p_holm": 0.3}]

    models = pd.DataFrame(columns=["model", "measure", "mean", "low", "high"])
    groups = {"tsn": strongest(0.2, 0.01), "trn": strongest(-0.2, 0.01), "x": strongest(0.01, 0.5)}
    said = support_findings(models, {name: pd.DataFrame(rows) for name, rows in groups.items()})
    assert "right have larger ESVs than those of clips predicted wrong, by +0.20" in said[1]
    assert "right have smaller ESVs than those of clips predicted wrong, by −0.20" in said[2]
    assert "right and wrong are not told apart (difference +0.01" in said[3]
    assert "; at equal score − prior the difference is +0.02" in said[1]
    assert "not told apart from 0" in said[1]


@pytest.mark.parametrize(
    ("low", "high", "right", "direction"),
    [
        (0.6, 0.9, "More often than not", "Yes"),
        (0.1, 0.4, "Less often than not", "No, it is worse than guessing"),
        (0.4, 0.6, "Not told apart from half of the clips", "No, not told apart from guessing"),
    ],
)
def test_a_verdict_is_by_the_side_of_one_half_that_an_interval_is_on(
    low: float, high: float, right: str, direction: str
) -> None:
    row = {"model": "trn", "mean": (low + high) / 2, "low": low, "high": high}
    table = pd.DataFrame([{**row, "measure": measure} for measure in ("top1", "within_pair")])
    answers = questions([Result("Accuracy", "", tables={"accuracy": table})], ["trn"])
    assert answers["verdict"].tolist() == [right, direction]
    assert answers["TRN"].tolist() == [percent((low + high) / 2, low, high)] * 2


def test_a_strip_is_right_where_the_highest_score_is_its_class() -> None:
    esvs = xr.Dataset(
        {"score": (("video", "class"), [[0.2, 0.8]]), "label": ("video", [1])},
        {"class_name": ("class", ["up", "down"])},
    )
    assert _is_right(esvs, 0, 1) and not _is_right(esvs, 0, 0)
    assert _note(esvs, 0, 1) == "score 0.800\nright"
    assert _note(esvs, 0, 0) == "score 0.200\nsays: down"


def test_a_difference_of_two_shares_is_in_percentage_points() -> None:
    rows = [("tsn", 0.592, 0.566, 0.621), ("trn", 0.669, 0.649, 0.690)]
    table = pd.DataFrame(
        [*rows, ("trn − tsn", 0.077, 0.049, 0.105)], columns=["model", "mean", "low", "high"]
    ).assign(measure="supporting", p_holm=[np.nan, np.nan, 0.001])
    assert models_side_by_side(table, "supporting", percent) == (
        "TSN 59.2 % [56.6, 62.1], TRN 66.9 % [64.9, 69.0]; "
        "TRN − TSN: +7.7 [+4.9, +10.5] percentage points, on this training (one seed)"
    )
