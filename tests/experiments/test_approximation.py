import numpy as np
import pandas as pd
import pytest
import torch

from playfair import TSN
from playfair.analysis.approximation import quality, summary
from playfair.experiments.approximation import evenly_spaced, hardest, verdicts
from playfair.experiments.estimates import measured
from playfair.models.multiscale import multiscale_trn

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
        ("surrogate" if model == "trn" else "stratified", budget) for budget in (150, 300)
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
    with pytest.raises(ValueError, match="there are 5, the longest has 30"):
        evenly_spaced(lengths, [8, 16], 6)
    with pytest.raises(ValueError, match="up to 20 frames"):
        evenly_spaced(lengths, [24], 2)


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
