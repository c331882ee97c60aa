import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from omegaconf import OmegaConf

from playfair import TSN, explain
from playfair.analysis.approximation import quality, summary
from playfair.experiments import called_passes, long_estimates
from playfair.experiments.approximation_limits import check_long, evenly_spaced
from playfair.experiments.approximation_words import (
    hardest,
    left_out_of,
    long_verdicts,
    verdicts,
    where_estimates_pay,
    where_exact_is_better,
)
from playfair.experiments.estimates import PUBLISHED, estimated, joint_rows
from playfair.experiments.long_estimates import long_rows
from playfair.models.multiscale import multiscale_trn
from tests.conftest import ROOT

PRIOR, LABEL = torch.tensor([0.5, 0.3, 0.2]), np.array([0, 2, 1])


def test_quality_of_estimates_by_hand() -> None:
    exact = np.array([[[0.1, 0.0], [0.3, 0.0], [0.2, 0.0]]])  # one video, three frames, two classes
    error = np.zeros((2, 1, 3, 2))
    error[0, 0, :, 0] = 0.1  # the first draw is off by as much everywhere
    error[1, 0, :, 0] = [0.2, -0.2, 0.0]  # the second turns the order round
    covered = np.zeros((2, 1, 3, 2))
    covered[..., 1] = 1
    row = quality(error, covered, exact, np.array([0])).iloc[0]
    assert row["mse"] == pytest.approx((3 * 0.01 + 2 * 0.04) / 12)
    assert row["square"] == pytest.approx((0.01 + 0.09 + 0.04) / 6)
    assert row["correlation"] == pytest.approx((1 - 1) / 2)
    assert row["coverage"] == pytest.approx(0.5)


def test_the_error_is_a_ratio_of_means_over_videos() -> None:
    exact = np.random.default_rng(0).random((4, 3, 2)) * np.arange(1, 5)[:, None, None]
    error, covered = np.full((1, 4, 3, 2), 0.1), np.ones((1, 4, 3, 2))
    found = summary(quality(error, covered, exact, np.zeros(4, int)))
    assert found["error"] == pytest.approx(0.01 / (exact**2).mean())
    assert found["error_low"] < found["error"] < found["error_high"]
    assert found["mse_low"] == pytest.approx(0.01) == pytest.approx(found["mse_high"])
    assert found["correlation"] == pytest.approx(1)


def measured(*asked: object, repeats: int) -> list[dict[str, object]]:
    """A row for every estimator and budget, of one seed."""
    return joint_rows([estimated(*asked, repeats)], [0])  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_more_evaluations_err_less_and_what_is_too_few_or_exact_is_left_out(model: str) -> None:
    torch.manual_seed(0)
    head = (TSN(6, 3) if model == "tsn" else multiscale_trn(4, 6, 8, 3)).eval()
    for parameter in head.parameters():
        parameter.data.mul_(3)
    features = torch.randn(3, 10, 6)
    everything = {"tsn": 2**10 - 1, "trn": 10 + 45 + 120 + 210}[model]
    rows = measured(head, features, PRIOR, LABEL, [30, 150, 300, everything], repeats=3)
    assert [(row["estimator"], row["budget"]) for row in rows[::2]] == [
        ("surrogate" if model == "trn" else "kernel", budget) for budget in (150, 300)
    ]
    ours, published = rows[::2], rows[1::2]
    assert ours[1]["error"] < ours[0]["error"] and published[1]["error"] < published[0]["error"]
    assert ours[1]["error"] < published[1]["error"]
    assert all(row["evaluations"] <= row["budget"] for row in rows)
    assert all(0 <= row["coverage"] <= 1 for row in ours)
    assert all(np.isnan(row["coverage"]) for row in published)  # which states no error


def test_a_budget_too_small_for_any_estimate_is_answered_with_the_least() -> None:
    with pytest.raises(
        ValueError, match=r"at least \d+ evaluations for 10 frames.*experiment.budgets="
    ):
        measured(TSN(6, 3).eval(), torch.randn(2, 10, 6), PRIOR, np.array([0, 1]), [5], repeats=1)


def test_a_videos_draws_are_its_own() -> None:
    torch.manual_seed(0)
    features = torch.randn(1, 8, 6).expand(3, -1, -1)  # one video thrice
    (ours, _) = measured(TSN(6, 3).eval(), features, PRIOR, np.zeros(3, int), [60], repeats=1)
    assert ours["mse_low"] < ours["mse_high"]  # with shared draws all three were equally far off


def test_clips_are_evenly_spaced_among_those_that_are_long_enough() -> None:
    lengths = np.array([30, 10, 30, 30, 12, 30, 30])
    assert evenly_spaced(lengths, [8, 16], 3).tolist() == [0, 3, 6]
    asked = "6 validation clips of at least 16 frames; 5 of 7 have as many, the longest has 30"
    with pytest.raises(ValueError, match=asked) as refused:
        evenly_spaced(lengths, [8, 16], 6)
    typed = "Type experiment.frames=[…] of up to 12 frames or experiment.n_videos=5."
    assert str(refused.value).endswith(typed)
    assert len(evenly_spaced(lengths, [8, 12], 6)) == 6
    with pytest.raises(ValueError, match=r"have as many, the longest has 30\. Type \S+=5\.$"):
        evenly_spaced(lengths, [16], 9)
    with pytest.raises(ValueError, match="known up to 20 frames; got 24"):
        evenly_spaced(lengths, [24], 2)
    with pytest.raises(ValueError, match="Type experiment.n_videos=2"):
        evenly_spaced(lengths, [8], 1)


def test_the_headline_is_of_the_most_frames_and_the_largest_budget() -> None:
    measures = {
        f"{name}{end}": 0.5 for name in ("error", "coverage") for end in ("", "_low", "_high")
    }
    rows = [
        {"model": "trn", "frames": frames, "estimator": "surrogate", "budget": budget, **measures}
        for frames, budget in ((8, 100), (8, 900), (16, 100), (16, 240))
    ]
    table = hardest(pd.DataFrame(rows))
    assert table[["frames", "budget"]].to_numpy().tolist() == [[16, 240]]
    assert verdicts(pd.DataFrame(rows))[0].startswith("TRN, 16 frames, budget 240")


def test_where_nothing_is_exact_a_long_run_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert long_estimates.LONGER == (10, 30)
    monkeypatch.setattr(long_estimates, "LONGER", (4, 6))  # in a tenth of the time
    torch.manual_seed(0)
    head = TSN(6, 3).eval()
    features = 2 * torch.randn(2, 21, 6)
    ours, published = long_rows(head, features, PRIOR, LABEL[:2], [20, 200], repeats=1)
    assert (ours["budget"], ours["estimator"], published["estimator"]) == (
        200,
        explain(head, features, PRIOR, budget=200).estimator,
        "constructive",
    )
    n_evaluations = int(str(ours["truth"]).removeprefix("long run of ").split()[0].replace(",", ""))
    assert 700 < n_evaluations <= 1200 and np.isnan(ours["exact_ms"])
    seed = torch.Generator().manual_seed(12345)
    run = explain(head, features, PRIOR, budget=-(-n_evaluations // 100) * 100, generator=seed)
    square = run.esv.double().square().mean()
    assert ours["truth_error"] == pytest.approx(float(run.stderr.square().mean() / square), 1e-3)
    drawn = [
        explain(
            head,
            features[video : video + 1],
            PRIOR,
            budget=200,
            generator=torch.Generator().manual_seed(video),
        ).esv[0]
        for video in range(2)
    ]
    mse = (torch.stack(drawn) - run.esv).double().square().mean()
    assert ours["error"] == pytest.approx(float(mse / square), rel=1e-3)
    assert ours["truth_error"] < ours["error"] < published["error"]
    assert long_rows(head, features, PRIOR, LABEL[:2], [20], repeats=1) == []


def test_a_length_of_which_exact_values_are_known_is_no_long_one() -> None:
    check_long([21, 32], 2)
    for frames, n_videos in (([32, 20], 4), ([32], 1)):
        with pytest.raises(ValueError, match=r"Type experiment.long_frames=\[32\]"):
            check_long(frames, n_videos)
    table = pd.DataFrame({"frames": [32, 32]})
    assert left_out_of([32], table, 4) == ""
    assert "experiment=approximation asks of 32" in left_out_of([], table[:0], 4)
    assert "at 32, 48 frames: fewer than 4 clips" in left_out_of([32, 48], table[:0], 4)


def test_passes_pay_from_where_times_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    own_ms = {None: 4.0, 100: 10.0, 2000: 3.0}

    def timed(logits, prior, budget):
        return own_ms[budget], SimpleNamespace(evaluations=budget, estimator="kernel")

    monkeypatch.setattr(called_passes, "timed", timed)
    rows = called_passes.passes_table(3, [12], [100, 2000, 4095]).to_dict("records")
    assert [row["passes"] for row in rows] == [100, 2000]
    dear, cheap = rows
    # 4 ms + 4095 passes take as long as 10 ms + 100 passes
    assert dear["pays_from_ms"] == pytest.approx((10 - 4) / (4095 - 100))
    assert cheap["pays_from_ms"] == 0 and cheap["exact_passes"] == 2**12 - 1
    table = pd.DataFrame(rows)
    assert where_estimates_pay(table) == [
        "A model that is called: exact values of 12 elements take 4,095 passes, an estimate 2,000, "
        "and less time whatever a pass takes; its own time is 3 ms a video."
    ]
    assert "more than 0.002 ms; its own" in where_estimates_pay(table[:1])[0]
    assert where_estimates_pay(table[:0]) == []


def test_times_of_passes_are_of_both_ways() -> None:
    (row,) = called_passes.passes_table(3, [6], [10, 40]).to_dict("records")
    assert row["budget"] == 40 and row["passes"] <= 40 and row["exact_passes"] == 63
    assert row["ms"] > 0 and row["exact_ms"] > 0


@pytest.mark.parametrize(("seconds", "times"), [([0.1, 0.3], 2), ([0.3], 1)])
def test_what_takes_long_is_timed_once(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float], times: int
) -> None:
    """The least of two counts, as the first also warms up."""
    clock = iter(moment for spent in seconds for moment in (0.0, spent))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    monkeypatch.setattr("playfair.explain", lambda *_, **__: "an answer")
    logits = torch.zeros(1, 3, 2)
    ms, answer = called_passes.timed(logits, torch.ones(2) / 2, 5)
    assert answer == "an answer" and ms == pytest.approx(1e3 * min(seconds))
    assert not list(clock), f"timed {times} times"


def test_the_paper_asks_no_more_than_the_experiment_of_its_own() -> None:
    conf = ROOT / "conf" / "experiment"
    own, paper = (
        OmegaConf.load(conf / f"{name}.yaml").experiment for name in ("approximation", "paper")
    )
    assert set(paper.frames) < set(own.frames) and max(paper.frames) == max(own.frames)
    assert set(paper.budgets) < set(own.budgets) and max(paper.budgets) == max(own.budgets)
    assert 2 < paper.n_videos < own.n_videos and paper.repeats == own.repeats


def test_exact_values_that_are_cheaper_are_named() -> None:
    rows = [
        {"model": "trn", "frames": 16, "budget": 400, "estimator": "a", "ms": 5, "exact_ms": 78},
        {"model": "trn", "frames": 16, "budget": 900, "estimator": "a", "ms": 83, "exact_ms": 78},
        {"model": "trn", "frames": 8, "budget": 240, "estimator": "a", "ms": 15, "exact_ms": 2.9},
        {"model": "tsn", "frames": 16, "budget": 900, "estimator": "b", "ms": 5, "exact_ms": 60},
        {"model": "tsn", "frames": 16, "budget": 900, "estimator": PUBLISHED, "ms": 99}
        | {"exact_ms": 60},
    ]
    assert where_exact_is_better(pd.DataFrame(rows)) == [
        "TRN: exact values are cheaper than an estimate, and better (2.90 ms against 15 ms at 8, "
        "78 ms against 83 ms at 16 frames): take these."
    ]


def test_a_sentence_for_each_length_without_exact_values() -> None:
    row = {"model": "trn", "frames": 32, "estimator": "surrogate", "ms": 231.4, "coverage": np.nan}
    row |= {"error": 0.011, "error_low": 0.006, "error_high": 0.027, "truth_error": 0.0005}
    row |= {"truth": "long run of 9,000 evaluations"}
    table = pd.DataFrame([row | {"budget": 400}, row | {"budget": 900, "error": 0.01}])
    assert long_verdicts(table) == [
        "TRN, 32 frames, which have no exact values, budget 900: surrogate 0.0100 [0.00600, 0.0270], no "
        "stated errors; 231 ms a video. Held against a long run of 9,000 evaluations, whose own "
        "error is 0.0005, on this training (one seed)."
    ]


def test_values_of_a_single_class_have_no_error_that_is_a_share_of_them() -> None:
    of_videos = {"mse": 0.0, "square": 0.0, "correlation": np.nan, "coverage": 1.0}
    table = pd.DataFrame([of_videos] * 4, index=list("abcd"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = summary(table)
    assert row["mse"] == 0 and row["coverage"] == 1
    assert np.isnan([row["error"], row["error_low"], row["error_high"]]).all()
