"""Errors over trainings and videos, by hand; and how often intervals hold the truth."""

import numpy as np
import pytest
import xarray as xr

from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.design import Design, crossed, one_seed
from playfair.analysis.forced import adjusted
from playfair.analysis.prior import priors_of_true_class
from playfair.analysis.shares import wilson
from playfair.analysis.small_samples import studentised
from playfair.analysis.trainings import error_of_difference, error_of_influence, error_of_mean

# two trainings of three videos, as a table: means 3 and 5 of trainings, 2, 4 and 6 of videos
TABLE = np.array([[2.0, 2.0, 5.0], [2.0, 6.0, 7.0]])


def every_training_with_every_video(n_trainings: int, n_videos: int) -> Design:
    return crossed(
        np.repeat(np.arange(n_trainings), n_videos), np.tile(np.arange(n_videos), n_trainings)
    )


def test_the_error_of_crossed_rows_by_hand() -> None:
    error = error_of_mean(TABLE.reshape(6, 1), every_training_with_every_video(2, 3))
    # mean squares: trainings 3 (1 + 1) / 1 = 6; videos 2 (4 + 0 + 4) / 2 = 8; the rest is
    # ±(1, −1, 0): 4 / 2 = 2. Of the videos alone: 8 − 2 = 6; both are 12, over 2 · 3 rows
    assert error.mean[0] == 4
    assert error.stderr[0] == pytest.approx(np.sqrt(12 / 6))
    assert error.freedom[0] == pytest.approx(12**2 / (6**2 / 1 + 6**2 / 2))  # 2.667
    assert error.alike[0] == 2


def test_a_row_that_does_not_count_is_left_out_of_its_mean_as_of_a_ratio() -> None:
    values = np.array([1.0, 3.0, np.nan, 2.0, 6.0, np.nan])  # the third video never counts
    error = error_of_mean(values[:, None], every_training_with_every_video(2, 3))
    alone = error_of_mean(values[[0, 1, 3, 4], None], every_training_with_every_video(2, 2))
    for ours, theirs in zip(error, alone, strict=True):
        assert ours[0] == pytest.approx(theirs[0])


def test_trainings_that_move_both_groups_alike_do_not_move_their_difference() -> None:
    right = np.array([1.0, 2.0, np.nan, np.nan])
    wrong = np.array([np.nan, np.nan, 0.0, 0.5])
    design = every_training_with_every_video(2, 4)
    moved = [np.concatenate([group, group + 10])[:, None] for group in (right, wrong)]
    error = error_of_difference(*moved, design)
    alone = error_of_difference(right[:, None], wrong[:, None], one_seed(4))
    assert error.mean[0] == pytest.approx(1.25)
    assert error.stderr[0] == pytest.approx(alone.stderr[0])
    assert error_of_mean(moved[0], design).stderr[0] > 4  # of one group alone they do


def test_trainings_are_alike_whose_own_difference_has_the_sign_of_all() -> None:
    """Of three trainings the own means are 3, 1 and −1, of all 1; three videos each."""
    own = np.repeat([3.0, 1.0, -1.0], 3)[:, None]
    noise = np.tile([-0.1, 0.0, 0.1], 3)[:, None]
    design = every_training_with_every_video(3, 3)
    assert error_of_mean(own + noise, design).alike[0] == 2
    groups = np.tile([True, True, False], 3)[:, None]
    first = np.where(groups, own + noise, np.nan)
    second = np.where(groups, np.nan, 0.0)
    assert error_of_difference(first, second, design).alike[0] == 2
    assert error_of_influence(np.array([1.0]), own + noise - 1, design).alike[0] == 2


def test_at_equal_gain_the_regressions_coefficient_and_its_error() -> None:
    rng = np.random.default_rng(0)
    gained = rng.random(30)
    first = rng.random(30) < 0.4 + 0.4 * gained
    value = 0.1 * first + 0.5 * gained + 0.1 * rng.normal(size=30)
    error = adjusted(value[:, None], first, gained, one_seed(30))
    # HC3 by its definition
    x = np.column_stack([first, gained, np.ones(30)])
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ value
    residual = (value - x @ coefficients) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))
    covariance = inverse @ (x.T * residual**2) @ x @ inverse
    assert error.mean[0] == pytest.approx(coefficients[0])
    assert error.stderr[0] == pytest.approx(np.sqrt(covariance[0, 0]), rel=0.05)
    assert error.freedom[0] == 27


def test_240_of_240_is_no_certainty() -> None:
    mean, low, high = mean_interval(np.ones(240), shares=True)
    assert (mean, high) == (1, 1)
    assert low == pytest.approx(240 / (240 + 1.959964**2))  # n / (n + z²)
    five = every_training_with_every_video(5, 240)
    assert mean_interval(np.ones(1200), five, shares=True)[1] == pytest.approx(low)


def test_wilson_is_published() -> None:
    # Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20
    for k, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
    ):
        ends = wilson(np.array([k / n]), np.array([n]), 1.959964)
        assert [float(end[0]) for end in ends] == pytest.approx([low, high], abs=5e-5)


def test_shares_of_a_videos_frames_have_intervals_within_0_and_1() -> None:
    # of 6 videos one has 1 of 8 frames: mean 1/48, standard error 1/48, which 56.4 zeros and ones
    # of that mean would have
    values = np.array([0.0, 0.0, 0.0, 0.125, 0.0, 0.0])
    mean, low, high = mean_interval(values, shares=True)
    n = (1 / 48) * (47 / 48) * 48**2 * 6 / 5
    ends = wilson(np.array([1 / 48]), np.array([n]), 1.959964)
    assert (mean, low, high) == pytest.approx((1 / 48, float(ends[0][0]), float(ends[1][0])))
    assert low > 0 and mean_interval(values)[1] < 0
    # of 0s and 1s the number of videos counts as it is
    yes_and_no = np.array([1.0, 0.0, 1.0, 1.0])
    ends = wilson(np.array([0.75]), np.array([4]), 1.959964)
    assert mean_interval(yes_and_no, shares=True)[1:] == pytest.approx([float(e[0]) for e in ends])


@pytest.mark.parametrize("n_videos", [7, 12, 240])
@pytest.mark.parametrize("share", [0.1, 0.3, 1 / 3])
def test_shares_that_are_all_the_same_are_so_whatever_rounding_makes_of_their_spread(
    share: float, n_videos: int
) -> None:
    ends = wilson(np.array([share]), np.array([n_videos]), 1.959964)
    interval = mean_interval(np.full(n_videos, share), shares=True)[1:]
    assert interval == pytest.approx([float(end[0]) for end in ends])


def test_shares_that_trainings_move_have_wider_intervals_inside_0_and_1() -> None:
    design = every_training_with_every_video(3, 40)
    values = np.repeat([0.0, 0.0, 1.0], 40)
    mean, low, high = mean_interval(values, design, shares=True)
    alone = mean_interval(values[::3], shares=True)
    assert 0 <= low < mean < high <= 1 and low < alone[1] and high > alone[2]
    assert high - low > 0.8  # three trainings of which one is otherwise say next to nothing


def test_the_studentised_interval_is_nowhere_inside_students() -> None:
    nearly_alike = np.array([[0.0]] * 11 + [[1.0]])
    low, high = studentised(nearly_alike)
    half = 2.2009852 * nearly_alike.std(ddof=1) / np.sqrt(12)
    assert low[0] <= 1 / 12 - half + 1e-6 and high[0] >= 1 / 12 + half - 1e-6


def coverage(draw, truth: float, n: int, design: Design | None = None, shares=False) -> float:
    """Of n intervals, all at once: each column is a study."""
    _, low, high = mean_interval(draw(n), design, shares=shares)
    return float(((low <= truth) & (truth <= high)).mean())


@pytest.mark.parametrize(("n_videos", "least"), [(10, 0.93), (25, 0.93)])
def test_intervals_of_few_skewed_videos_hold_the_mean(n_videos: int, least: float) -> None:
    rng = np.random.default_rng(0)
    exponential = coverage(lambda n: rng.exponential(size=(n_videos, n)), 1.0, 600)
    normal = coverage(lambda n: rng.normal(size=(n_videos, n)), 0.0, 600)
    assert least <= exponential <= 0.985 and least <= normal <= 0.985


def test_intervals_of_five_trainings_hold_the_mean_where_a_bootstrap_of_them_does_not() -> None:
    rng = np.random.default_rng(0)
    design = every_training_with_every_video(5, 60)

    def studies(of_seeds: float, of_videos: float):
        def draw(n: int) -> np.ndarray:
            seeds = of_seeds * rng.normal(size=(5, 1, n))
            videos = of_videos * rng.normal(size=(1, 60, n))
            return (seeds + videos + rng.normal(size=(5, 60, n))).reshape(300, n)

        return draw

    for spreads in ((1.0, 0.0), (0.25, 1.0), (0.0, 1.0)):
        assert 0.925 <= coverage(studies(*spreads), 0.0, 500, design) <= 0.99


def test_intervals_of_shares_over_trainings_hold_the_share() -> None:
    rng = np.random.default_rng(0)
    design = every_training_with_every_video(5, 60)

    def chance(of_videos: np.ndarray, of_seeds: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-2.5 - of_videos - 0.3 * of_seeds))

    def draw(n: int) -> np.ndarray:
        right = chance(rng.normal(size=(1, 60, n)), rng.normal(size=(5, 1, n)))
        return (rng.random((5, 60, n)) < right).reshape(300, n).astype(float)

    truth = float(chance(rng.normal(size=300_000), rng.normal(size=300_000)).mean())  # 0.89
    assert 0.92 <= coverage(draw, truth, 400, design, shares=True) <= 0.99


def test_at_equal_gain_a_level_that_trainings_move_moves_nothing() -> None:
    rng = np.random.default_rng(0)
    gained = rng.random(40)
    first = np.arange(40) < 20
    value = 0.1 * first + 0.5 * gained + 0.01 * rng.normal(size=40)
    moved = np.concatenate([value, value + 10])[:, None]
    design = every_training_with_every_video(2, 40)
    error = adjusted(moved, np.tile(first, 2), np.tile(gained, 2), design)
    alone = adjusted(value[:, None], first, gained, one_seed(40))
    assert error.mean[0] == pytest.approx(alone.mean[0])
    assert error.stderr[0] == pytest.approx(alone.stderr[0], rel=0.05)


def test_the_mean_output_is_each_trainings_own() -> None:
    rows = ("video", [0.25, 0.35, 0.75, 0.85])
    up = np.array(rows[1])
    store = xr.Dataset(
        {"score": (("video", "class"), np.stack([up, 1 - up], 1)), "prior": ("class", [0.5, 0.5])},
        {"label": ("video", [0] * 4), "seed": ("video", [0, 0, 1, 1]), "video": list("abab")},
    )
    mean_output = priors_of_true_class(store)["mean output"]
    assert mean_output.tolist() == pytest.approx([0.3, 0.3, 0.8, 0.8])
