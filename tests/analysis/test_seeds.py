"""Intervals over seeds and videos: crossed designs of known width, and coverage."""

import numpy as np
import pandas as pd
import pytest

from playfair.analysis.accuracy import accuracy
from playfair.analysis.approximation import summary
from playfair.analysis.attribution_confusion import against, confusion
from playfair.analysis.bootstrap import counted, mean_interval, resampled_means
from playfair.analysis.classes import leaning_by_class, profiles
from playfair.analysis.compare import compare
from playfair.analysis.design import Design, crossed, design, design_of_rows, one_seed, rows
from playfair.analysis.duplicates import shared_credit
from playfair.analysis.frame_pairs import by_distance, by_pair
from playfair.analysis.length import at_length, first_right, same_videos
from playfair.analysis.position import by_position
from playfair.analysis.support import by_prediction, distributions, supporting_frames
from tests.analysis.stores import seeds_of, study

UP, DOWN = [0.6, 0.3, 0.1], [0.3, 0.6, 0.1]


def every_seed_with_every_video(n_seeds: int, n_videos: int) -> Design:
    return crossed(np.repeat(np.arange(n_seeds), n_videos), np.tile(np.arange(n_videos), n_seeds))


def test_of_one_seed_all_is_as_it_was_without_seeds() -> None:
    values = np.random.default_rng(0).normal(size=(40, 3))
    values[::3, 1] = np.nan
    names = crossed(np.full(40, 7), np.array([f"clip {i}" for i in range(40)]))
    for ours, before in zip(mean_interval(values, names), mean_interval(values), strict=True):
        np.testing.assert_array_equal(ours, before)
    rng = np.random.default_rng(0)  # as it was drawn before there were seeds
    drawn = np.array([np.bincount(row, minlength=40) for row in rng.integers(40, size=(50, 40))])
    before = drawn @ values[:, 0] / 40
    np.testing.assert_allclose(resampled_means(values)[:50, 0], before, rtol=1e-12)


def test_where_only_seeds_differ_the_interval_is_that_of_the_seeds() -> None:
    of_seeds = np.random.default_rng(0).normal(size=12)
    values = np.repeat(of_seeds, 200)
    mean, low, high = mean_interval(values, every_seed_with_every_video(12, 200))
    assert mean == pytest.approx(of_seeds.mean())
    # Student's, of 11 degrees of freedom
    half = 2.2009852 * of_seeds.std(ddof=1) / np.sqrt(12)
    np.testing.assert_allclose([low, high], [of_seeds.mean() - half, of_seeds.mean() + half])


def test_where_only_videos_differ_the_interval_is_that_of_one_seed_to_rounding() -> None:
    of_videos = np.random.default_rng(1).normal(size=49)
    pooled = mean_interval(np.tile(of_videos, 5), every_seed_with_every_video(5, 49))
    np.testing.assert_allclose(pooled, mean_interval(of_videos), rtol=1e-9)


def test_seeds_and_videos_are_drawn_independently() -> None:
    seed_effect = np.repeat(np.random.default_rng(0).normal(size=30), 30)
    video_effect = np.tile(np.random.default_rng(1).normal(size=30), 30)
    crossing = every_seed_with_every_video(30, 30)
    columns = np.stack([seed_effect, video_effect], axis=1)
    draws = resampled_means(columns, crossing, draws=4000)
    assert abs(np.corrcoef(draws.T)[0, 1]) < 0.05


def test_a_draw_weighs_the_rows_that_are_there() -> None:
    unbalanced = crossed(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]))
    np.testing.assert_allclose(np.nanmin(resampled_means(np.ones((4, 1)), unbalanced)), 1)


def test_the_seeds_stores_keep_their_names_and_order() -> None:
    store = study([0, 1], [UP, DOWN])
    pooled = seeds_of(store, store)
    assert design(pooled).seed.tolist() == [0, 0, 1, 1]
    assert design(pooled).video.tolist() == [0, 1, 0, 1]
    assert rows(pooled).tolist() == [(0, "0"), (0, "1"), (1, "0"), (1, "1")]
    assert rows(seeds_of(store)).tolist() == ["0", "1"]
    assert design_of_rows(supporting_frames(pooled)).n_seeds == 2


def test_a_video_of_several_seeds_counts_once() -> None:
    values = np.array([[1.0, 1.0], [np.nan, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    assert counted(values, every_seed_with_every_video(2, 2)).tolist() == [1, 1]
    assert counted(values).tolist() == [2, 1]
    one_video = mean_interval(values[:, 0], every_seed_with_every_video(2, 2))
    assert one_video[0] == 1 and np.isnan(one_video[1])  # no interval, as of one video alone


def test_models_are_paired_by_seed_and_uid_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([[0, 1, 2], list("abcdefgh")], names=["seed", "uid"])
    first = pd.DataFrame({"score": rng.normal(size=24)}, index=index)
    second = (first + 0.25).iloc[rng.permutation(24)]
    table = compare({"tsn": first, "trn": second}).set_index("model")
    difference = table.loc["trn − tsn", ["mean", "low", "high"]].astype(float)
    np.testing.assert_allclose(difference, 0.25)
    assert table["videos"].tolist() == [8, 8, 8] and table["seeds"].tolist() == [3, 3, 3]


def test_a_model_of_one_seed_is_held_against_every_seed_of_the_other() -> None:
    index = pd.MultiIndex.from_product([[0, 1], list("abc")], names=["seed", "uid"])
    several = pd.DataFrame({"score": [1.0, 2.0, 3.0, 3.0, 4.0, 5.0]}, index=index)
    published = pd.DataFrame({"score": [1.0, 2.0, 3.0]}, index=list("abc"))
    table = compare({"published": published, "trained": several}).set_index("model")
    assert table.loc["trained − published", "mean"] == pytest.approx(1.0)
    assert table["seeds"].tolist() == [1, 2, 2]


def two_seeds_alike():
    rng = np.random.default_rng(0)
    score = [UP, DOWN] * 6 + [DOWN] * 4
    one = study([0] * 8 + [1] * 4 + [2] * 4, score, rng.normal(size=(16, 4, 3)))
    one["evidence"].values[:] = (3, 6)
    return one, seeds_of(one, one)


@pytest.mark.parametrize(
    "analysis",
    [
        accuracy, profiles, leaning_by_class, confusion, by_position, by_prediction, distributions,
        lambda esvs: against(esvs)[1],
        lambda esvs: compare({"trn": supporting_frames(esvs)}),
        lambda esvs: first_right({1: at_length(esvs), 2: at_length(esvs)}),
    ],
)  # fmt: skip
def test_a_seed_that_finds_the_same_again_changes_no_number(analysis) -> None:
    one, two = two_seeds_alike()
    before, table = analysis(one), analysis(two)
    assert (table.pop("seeds") == 2).all() and "seeds" not in before
    if "alike" in table:
        assert (table.pop("alike") == 2).all()
    assert list(table) == list(before)
    pd.testing.assert_frame_equal(table, before, rtol=1e-6, check_dtype=False)


def test_interactions_copies_and_estimates_take_in_the_seeds() -> None:
    rng = np.random.default_rng(0)
    crossing = every_seed_with_every_video(2, 8)
    of_seeds = np.repeat([0.0, 1.0], 8)
    interactions = {"m": np.ones((16, 3, 3)) * of_seeds[:, None, None]}
    for table in (by_pair(interactions, crossing), by_distance(interactions, crossing)):
        # two trainings, 0 and 1: 1/2 ± 12.706 · 1/2, of one degree of freedom
        np.testing.assert_allclose(table["low"], 0.5 - 6.3531, rtol=1e-4)
        np.testing.assert_allclose(table["high"], 0.5 + 6.3531, rtol=1e-4)
        assert (table["seeds"] == 2).all()

    index = pd.MultiIndex.from_product([[0, 1], list("abcdefgh")], names=["seed", "uid"])
    columns = ["credit", "pair", "larger", "total_before", "total_after"]
    copies = pd.DataFrame(np.ones((16, 5)), index=index, columns=columns)
    copies["pair"] += of_seeds
    kept = shared_credit(copies).set_index("measure").loc["kept"]
    assert kept[["mean", "low", "high"]].tolist() == [1.5, 1.0, 2.0]

    qualities = ["mse", "square", "correlation", "coverage"]
    quality = pd.DataFrame(rng.random((16, 4)), index=index, columns=qualities)
    quality["coverage"] = of_seeds
    told = summary(quality)
    assert (told["coverage_low"], told["coverage_high"]) == (0, 1)  # ± 6.35, of a share


def test_a_video_that_one_seed_does_not_explain_is_left_out_of_that_seed_alone() -> None:
    one, _ = two_seeds_alike()
    pooled = seeds_of(one, one.isel(video=slice(1, None)))
    tables = {length: at_length(pooled) for length in (4, 8)}
    same = same_videos(tables, {"0", "1", "2"})
    assert same[4].index.tolist() == [(0, "0"), (0, "1"), (0, "2"), (1, "1"), (1, "2")]


def test_no_rows_have_no_seeds() -> None:
    assert (one_seed(0).n_seeds, one_seed(0).n_videos) == (0, 0)
