"""Measures against known values, by hand."""

import numpy as np
import pytest
import xarray as xr

from playfair.analysis.known_values import against, differences, distractors_found, pooled

TRUTH = np.array([[0.4, -0.2, 0.0, 0.1], [0.0, 0.3, -0.1, -0.3], [0.2, 0.1, 0.0, 0.3]])


def test_correlations_are_of_single_videos_and_a_constant_has_none() -> None:
    attributions = {
        "esv": 2 * TRUTH + 1,
        "negated": -TRUTH,
        "uniform": np.full((3, 4), 0.1, dtype=np.float32),
        "squared": np.sign(TRUTH) * TRUTH**2,
    }
    measured = against(TRUTH, attributions)
    assert measured["pearson"].sel({"method": "esv"}).values == pytest.approx([1, 1, 1])
    assert measured["spearman"].sel({"method": "negated"}).values == pytest.approx([-1, -1, -1])
    for measure in ("pearson", "spearman"):
        assert measured[measure].sel({"method": "uniform"}).values.tolist() == [0, 0, 0]
    squared = measured.sel({"method": "squared"})
    assert squared["spearman"].values == pytest.approx([1, 1, 1])
    by_hand = [np.corrcoef(a, b)[0, 1] for a, b in zip(attributions["squared"], TRUTH, strict=True)]
    assert squared["pearson"].values == pytest.approx(by_hand)
    assert against(TRUTH, {"zero": 0 * TRUTH})["pearson"].values.tolist() == [[0, 0, 0]]


def test_distractors_are_found_among_as_many_lowest_values() -> None:
    attribution = np.array([[0.5, -0.1, -0.3, 0.2], [0.0, 0.2, 0.1, -0.4], [0.1, 0.2, 0.3, 0.4]])
    # of one in the first and of two in the second; the third has none
    found = distractors_found(attribution, TRUTH)
    assert found[:2].tolist() == [0.0, 0.5] and np.isnan(found[2])
    assert distractors_found(TRUTH, TRUTH)[:2].tolist() == [1.0, 1.0]
    assert distractors_found(-TRUTH, TRUTH)[:2].tolist() == [0.0, 0.0]
    # of three that share the last two places, two are distractors: each has 2/3 of a place
    tied = np.array([[0, 0, 0, 0], [0.0, 0.5, 0.0, 0.0], [0, 0, 0, 0]])
    assert distractors_found(tied, TRUTH)[:2] == pytest.approx([1 / 4, 2 / 3])


def test_pooled_correlations_are_of_all_elements_at_once() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(60, 4))
    noisy = truth + rng.normal(size=(60, 4)) + 3
    stacked = np.stack([noisy, np.ones_like(truth)])
    values = xr.Dataset(
        {
            "attribution": (("method", "video", "element"), stacked),
            "truth": (("video", "element"), truth),
        },
        {"method": ["esv", "uniform"], "video": np.arange(60)},
    )
    table = pooled(values).set_index(["method", "measure"])
    by_hand = np.corrcoef(noisy.ravel(), truth.ravel())[0, 1]
    row = table.loc[("esv", "pooled_pearson")]
    assert row["mean"] == pytest.approx(by_hand) and row["low"] < by_hand < row["high"]
    # Fisher: the standard error of z is 1 / √(240 − 3)
    assert row["high"] - row["low"] == pytest.approx(4 * (1 - by_hand**2) / 237**0.5, rel=0.3)
    ranks = [x.ravel().argsort().argsort() for x in (noisy, truth)]
    assert table.loc[("esv", "pooled_spearman"), "mean"] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert table.loc["uniform", "mean"].tolist() == [0, 0] and set(table["videos"]) == {60}


def test_differences_say_which_rival_is_worse() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(40, 8))
    near, far = (truth + spread * rng.normal(size=truth.shape) for spread in (0.5, 2))
    measured = against(truth, {"esv": near, "far": far, "same": near, "true": truth})
    table = differences(measured).set_index(["measure", "rival"])
    verdicts = table.loc["pearson", "esv_is"].to_dict()
    assert verdicts == {"far": "better", "same": "not told apart", "true": "worse"}
    gap = float(
        (
            measured["pearson"].sel({"method": "esv"}) - measured["pearson"].sel({"method": "far"})
        ).mean()
    )
    assert table.loc[("pearson", "far"), "difference"] == pytest.approx(gap)
