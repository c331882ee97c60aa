"""Each measure on games whose scores are written down, against values computed by hand."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from playfair.analysis import contest
from playfair.analysis.comparison import is_sanity, paired_differences
from playfair.analysis.known import values_of_table
from playfair.analysis.measures import BEST
from playfair.analysis.presumptions import planted_differences, presumptions
from playfair.analysis.registry import (
    CHANGES,
    MEASURES,
    Judged,
    UnknownMeasure,
    added,
    measure,
)
from playfair.attribution import METHODS
from tests.analysis.test_comparison import additive

RNG = np.random.default_rng(0)
AREAS = ("deletion_area", "insertion_area")
PURE = (*AREAS, "keep_supporting", "average_drop", "sensitivity_n", "infidelity")


def judged(attribution: list[float], scores: np.ndarray, **more: object) -> Judged:
    values = np.array([attribution])
    order = np.argsort(-values, axis=1, kind="stable")
    return Judged(values, order, scores, None, **more)


def taken(name: str, of: Judged) -> float:
    (value,) = MEASURES[name].of(of)
    return float(value)


def test_an_additive_game_is_explained_perfectly_by_its_worths() -> None:
    scores = additive([0.1, 0.5, -0.2])
    perfect = judged([0.1, 0.5, -0.2], scores)
    assert taken("sensitivity_n", perfect) == pytest.approx(1)
    assert taken("infidelity", perfect) == pytest.approx(0, abs=1e-15)
    assert taken("keep_supporting", perfect) == pytest.approx(0.6)
    assert taken("average_drop", perfect) == pytest.approx(0)  # 0.4 of all, 0.6 of the top two


def test_the_drop_is_a_share_of_the_score_and_what_rises_is_none() -> None:
    scores = additive([0.1, 0.5, 0.2])
    assert taken("average_drop", judged([3, 1, 2], scores)) == pytest.approx(0.5 / 0.8)
    assert taken("average_drop", judged([-1, 3, 2], scores)) == pytest.approx(0.1 / 0.8)


def test_supporting_frames_alone_score_the_prior_where_there_are_none() -> None:
    scores = np.array([[0.25, 0.5, 0.125, 0.75]])
    assert taken("keep_supporting", judged([-1, -2], scores)) == 0.25
    assert taken("keep_supporting", judged([1, 0], scores)) == 0.5
    assert taken("keep_supporting", judged([-1, 2], scores)) == 0.125


def by_sets(attribution: list[float], scores: np.ndarray) -> list[tuple[int, float, float]]:
    """(size, credited, lost) of every set of elements, by enumeration."""
    n = len(attribution)
    rows = []
    for size in range(n + 1):
        for away in combinations(range(n), size):
            kept = sum(1 << i for i in range(n) if i not in away)
            lost = scores[0, -1] - scores[0, kept]
            rows.append((size, sum(attribution[i] for i in away), lost))
    return rows


def test_sensitivity_n_and_infidelity_are_their_definitions_on_any_game() -> None:
    scores = RNG.random((1, 2**4))
    attribution = [0.3, -0.2, 0.1, 0.4]
    rows = by_sets(attribution, scores)
    of_sizes = [
        np.corrcoef(*np.array([row[1:] for row in rows if row[0] == size]).T)[0, 1]
        for size in (1, 2, 3)
    ]
    of_attribution = judged(attribution, scores)
    assert taken("sensitivity_n", of_attribution) == pytest.approx(np.mean(of_sizes))
    errors = [(credited - lost) ** 2 for _, credited, lost in rows]
    assert taken("infidelity", of_attribution) == pytest.approx(np.mean(errors))
    assert np.isnan(taken("sensitivity_n", judged([0.25] * 4, scores)))


def test_infidelity_is_captums_with_every_set_as_a_perturbation() -> None:
    from captum.metrics import infidelity

    scores = RNG.random((1, 2**3))
    table = torch.from_numpy(scores[0])

    def game(inside: torch.Tensor) -> torch.Tensor:
        return table[(inside.round().long() * torch.tensor([1, 2, 4])).sum(1)]

    def every_set(inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        away = torch.tensor([[float(s >> i & 1) for i in range(3)] for s in range(8)])
        return away.double(), inputs - away

    attribution = [0.3, -0.2, 0.1]
    theirs = infidelity(
        game,
        every_set,
        torch.ones(1, 3, dtype=torch.float64),
        torch.tensor([attribution], dtype=torch.float64),
        n_perturb_samples=8,
        max_examples_per_batch=8,
    )
    assert taken("infidelity", judged(attribution, scores)) == pytest.approx(float(theirs))


def test_accuracy_as_frames_go_and_come_is_the_area_of_what_is_right() -> None:
    right = np.array([[False, True, False, False, False, True, True, True]])
    of_right = judged([3, 2, 1], np.zeros((1, 8)), right=right)
    # left 0 … 3: of {}, {2}, {1, 2}, all; and of {}, {0}, {0, 1}, all
    assert taken("accuracy_deletion", of_right) == pytest.approx((0 + 1 + 1 / 2) / 3)
    assert taken("accuracy_insertion", of_right) == pytest.approx((1 + 0 + 1 / 2) / 3)
    assert MEASURES["accuracy_deletion"].of(judged([1, 2], np.zeros((1, 4)))) is None


def test_true_values_are_correlated_video_by_video() -> None:
    truth = np.array([[0.2, -0.1, 0.4]])
    for attribution in ([1.0, 2.0, 3.0], [0.2, -0.1, 0.4], [-0.2, 0.1, -0.4]):
        of_attribution = judged(attribution, np.zeros((1, 8)), values=truth)
        expected = np.corrcoef(attribution, truth[0])[0, 1]
        assert taken("true_values", of_attribution) == pytest.approx(expected)
    assert MEASURES["true_values"].of(judged([1, 2], np.zeros((1, 4)))) is None


def test_the_values_of_a_table_are_shapleys() -> None:
    worth = [0.1, 0.5, -0.2]
    np.testing.assert_allclose(values_of_table(additive(worth)), [worth], atol=1e-12)
    # a glove game: element 0 with 1 or 2
    scores = np.array([[0, 0, 0, 1, 0, 1, 0, 1]], dtype=float)
    np.testing.assert_allclose(values_of_table(scores), [[2 / 3, 1 / 6, 1 / 6]])


def test_sanity_checks_compare_ranks_with_what_is_said_of_a_change() -> None:
    answers = {
        "noise": np.array([[1.0, 2.0, 4.0]]),
        "class": np.array([[3.0, 2.0, 1.0]]),
        "layers": {"last": np.array([[1.0, 3.0, 2.0]]), "last_first": np.array([[3.0, 2.0, 1.0]])},
        "labels": np.array([[3.0, 2.0, 1.0]]),
        "retrained": np.array([[True, False, False]]),
    }
    assert set(answers) == set(CHANGES)
    of_answers = judged([1, 2, 3], np.zeros((1, 8)), again=answers.get)
    assert taken("noise_robustness", of_answers) == pytest.approx(1)
    assert taken("random_logit", of_answers) == pytest.approx(-1)
    assert taken("label_randomisation", of_answers) == pytest.approx(1)
    assert taken("roar", of_answers) == pytest.approx(1 / 3)
    stages = MEASURES["model_randomisation"].of(of_answers)
    assert {name: float(value[0]) for name, value in stages.items()} == pytest.approx(
        {"last": 0.5, "last_first": 1, "": 1}
    )
    rows = added(of_answers, set(), ["model_randomisation"])
    assert set(rows) == {
        *AREAS,
        "efficiency_error",
        "model_randomisation",
        "model_randomisation_last",
        "model_randomisation_last_first",
    }


def test_what_cannot_be_asked_anew_is_left_out() -> None:
    rows = added(judged([1, 2, 3], additive([0.1, 0.5, 0.2])), set())
    assert set(rows) == {*PURE, "efficiency_error"}


def test_measures_that_retrain_are_taken_only_where_they_are_named() -> None:
    asked: list[str] = []

    def again(change: str) -> None:
        asked.append(change)

    of_changes = judged([1, 2, 3], additive([0.1, 0.5, 0.2]), again=again)
    added(of_changes, set())
    assert set(asked) == {"noise", "class", "layers"}
    added(of_changes, set(), ["roar", "label_randomisation"])
    assert set(asked) == set(CHANGES)
    with pytest.raises(UnknownMeasure, match="There is no measure roahr to choose; there are"):
        added(of_changes, set(), ["roahr"])


@pytest.mark.parametrize("name", PURE)
def test_planted_attributions_lose_what_is_meant_to_catch_them(name) -> None:
    """On thirty games that are nearly additive, ESVs against themselves negated and shuffled."""
    worths = RNG.normal(0.05, 0.1, (30, 5))
    scores = np.concatenate([additive(list(worth)) for worth in worths]) + 0.6
    bad = {"negated": -worths, "shuffled": np.roll(worths, 2, axis=1)}
    good = MEASURES[name].of(Judged(worths, np.argsort(-worths, axis=1), scores, None))
    more = MEASURES[name].more_is_better
    for planted in MEASURES[name].catches:
        order = np.argsort(-bad[planted], axis=1)
        lost = MEASURES[name].of(Judged(bad[planted], order, scores, None))
        difference = np.nanmean(good) - np.nanmean(lost)
        assert difference > 0.01 if more else difference < -0.01


def test_every_measure_says_what_it_presumes_and_plants_only_what_there_is() -> None:
    own = [name for name, one in MEASURES.items() if one.of.__module__.startswith("playfair")]
    table = presumptions(own).set_index("measure")
    assert list(table.index) == own
    assert not (table[["scored_in", "presumes"]] == "not said").any().any()
    better = table["better"].to_dict()
    assert (better["deletion_area"], better["efficiency_error"]) == ("less", "less")
    assert (better["pointing"], better["kendall"]) == ("more", "–")
    planted = {name for name, known in METHODS.items() if known.planted}
    for known in MEASURES.values():
        assert set(known.catches) <= planted
    caught = set(", ".join(table["catches"]).split(", ")) - {"–"}
    assert caught == planted


def test_the_table_of_the_planted_says_who_is_caught_on_the_videos_that_count_for_both() -> None:
    values = [[np.nan] * 4, [0.1, 0.2, 0.3, 0.9], [0.5, 0.7, 0.9, np.nan], [0.1, 0.2, 0.3, 0.9]]
    compared = xr.Dataset(
        {"deletion_area": (("method", "video"), values)},
        {"method": [BEST, "esv", "negated", "shuffled"]},
    )
    table = planted_differences(compared, ["negated", "shuffled"]).set_index("planted")
    assert table["caught"].to_dict() == {"negated": True, "shuffled": False}
    assert table.loc["negated", ["esv", "bad", "difference"]].tolist() == pytest.approx(
        [0.2, 0.7, -0.5]
    )
    assert table.loc["shuffled", ["esv", "bad", "difference"]].tolist() == pytest.approx(
        [0.375, 0.375, 0]
    )
    assert table["videos"].tolist() == [3, 4]


def test_a_planted_attribution_is_caught_by_the_interval_and_on_the_right_side() -> None:
    far, near, other = [0.1, 0.2, 0.3, 0.2], [0.11, 0.17, 0.35, 0.18], [0.5, 0.7, 0.9, 0.8]
    for esv, bad, caught in ((far, other, True), (far, near, False), (other, far, False)):
        compared = xr.Dataset(
            {"deletion_area": (("method", "video"), [[np.nan] * 4, esv, bad])},
            {"method": [BEST, "esv", "shuffled"]},
        )
        (row,) = planted_differences(compared, ["shuffled"]).to_dict("records")
        assert row["caught"] is caught, (esv, bad)


def test_every_measure_is_a_file_of_its_own() -> None:
    folder = Path(contest.__file__).parent
    for name, one in MEASURES.items():
        if one.of.__module__.startswith("playfair"):
            assert one.of.__module__ == f"playfair.analysis.contest.{name}"
    unread = {file.stem for file in folder.glob("*.py")} - set(MEASURES)
    assert unread == {"__init__", "removals"}


def test_a_name_that_is_taken_is_refused_whatever_the_function_is_called() -> None:
    def infidelity(judged: Judged) -> np.ndarray:
        return np.zeros(judged.n_videos)

    ours = MEASURES["infidelity"]
    infidelity.__qualname__ = ours.of.__qualname__  # as at the top of somebody's file
    with pytest.raises(ValueError, match="there is a measure 'infidelity' already"):
        measure("infidelity", title="mine", unit="")(infidelity)
    assert MEASURES["infidelity"] is ours


def test_what_is_always_taken_stands_beside_what_is_named() -> None:
    of_all = judged(
        [1, 2, 3],
        additive([0.1, 0.5, 0.2]),
        esv=np.array([[1.0, 3.0, 2.0]]),
        frozen=np.array([[0.0, 0.2, 0.4, 0.8]]),
        frozen_insertion=np.array([[0.0, 0.6, 0.6, 0.8]]),
    )
    of_all = of_all._replace(inside=np.array([[False, True, True]]))
    rows = added(of_all, set(), ["infidelity"])
    assert list(rows)[-1] == "infidelity" and "sensitivity_n" not in rows
    values = {name: float(value[0]) for name, value in rows.items()}
    del values["infidelity"]
    assert values == pytest.approx(
        {
            "spearman": 0.5,
            "kendall": 1 / 3,
            "evidence_mass": 5 / 6,
            "evidence_absolute_mass": 5 / 6,
            "evidence_auroc": 1,
            "pointing": 1,
            "deletion_area": (0 + 0.1 + 0.6 + 0.4) / 3,
            "insertion_area": (0 + 0.2 + 0.7 + 0.4) / 3,
            "deletion_area_frozen": (0.2 + 0.4 + 0.4) / 3,
            "insertion_area_frozen": (0.6 + 0.6 + 0.4) / 3,
            "efficiency_error": 6 - 0.8,
        }
    )


def test_who_learns_without_the_top_frames_is_a_contest_and_a_sanity_check_is_none() -> None:
    assert [name for name in MEASURES if is_sanity(name)] == [
        "model_randomisation",
        "label_randomisation",
        "random_logit",
        "noise_robustness",
    ]
    values = [[np.nan] * 3, [0.1, 0.2, 0.3], [0.5, 0.7, 0.9]]
    compared = xr.Dataset(
        {name: (("method", "video"), values) for name in ("roar", "random_logit")},
        {"method": [BEST, "esv", "leave_one_out"]},
    )
    rows = paired_differences(compared).set_index("measure")
    assert np.isnan(rows.loc["random_logit", "p_holm"])
    assert rows.loc["random_logit", "esv_is"] == "no contest"
    assert rows.loc["roar", "p_holm"] == rows.loc["roar", "p"] < 0.05  # alone: not times two
    assert rows.loc["roar", "esv_is"] == "better"
