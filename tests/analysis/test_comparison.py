from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from playfair.analysis.agreement import pearson, rank_agreement
from playfair.analysis.comparison import length_alone, means, paired_differences, verdicts
from playfair.analysis.curves import area, best_areas, curves, orders
from playfair.analysis.duplicates import credit_of_copies, duplicated, shared_credit
from playfair.analysis.evidence import evidence_mass, pointing
from playfair.analysis.measures import BEST, measured
from playfair.experiments.comparison_words import captions

RNG = np.random.default_rng(0)


def game(n_videos: int = 5, n_frames: int = 4) -> np.ndarray:
    return RNG.random((n_videos, 2**n_frames))


def additive(worth: list[float]) -> np.ndarray:
    """Scores of all coalitions in which every frame adds its worth."""
    n = len(worth)
    return np.array(
        [[sum(worth[i] for i in range(n) if subset >> i & 1) for subset in range(2**n)]]
    )


def test_rank_agreement_is_scipys_with_ties_and_nothing_where_all_frames_are_alike() -> None:
    a, b = RNG.integers(0, 4, (20, 8)).astype(float), RNG.integers(0, 4, (20, 8)).astype(float)
    spearman, kendall = rank_agreement(a, b)
    for video in range(20):
        assert spearman[video] == pytest.approx(spearmanr(a[video], b[video])[0])
        assert kendall[video] == pytest.approx(kendalltau(a[video], b[video])[0])
    assert np.isnan(rank_agreement(a, np.ones_like(b))).all()


def test_correlations_are_scipys_whatever_the_unit_and_nothing_where_one_is_constant() -> None:
    a, b = RNG.normal(size=(20, 8)), RNG.normal(size=(20, 8))
    expected = [pearsonr(*pair)[0] for pair in zip(a, b, strict=True)]
    for unit in (1e-20, 1.0, 1e20):
        assert pearson(unit * a, b) == pytest.approx(expected)
    constant = np.full((20, 7), 1e5)
    constant += 0.1
    assert np.isnan(pearson(constant, b[:, :7])).all() and np.isnan(pearson(a, 0 * b)).all()


def test_curves_of_an_additive_game_are_known() -> None:
    scores = additive([0.1, 0.5, 0.2])
    deletion, insertion = curves(np.array([[1, 2, 0]]), scores)
    np.testing.assert_allclose(deletion, [[0, 0.1, 0.3, 0.8]])  # 0, {0}, {0, 2}, all are left
    np.testing.assert_allclose(insertion, [[0, 0.5, 0.7, 0.8]])
    assert area(deletion)[0] == pytest.approx((0.1 + 0.3 + 0.8 / 2) / 3)
    assert area(insertion)[0] == pytest.approx((0.5 + 0.7 + 0.8 / 2) / 3)


def test_insertion_is_deletion_with_the_most_distracting_first() -> None:
    order, scores = np.array([[2, 0, 3, 1]] * 5), game()
    assert np.array_equal(curves(order, scores).insertion, curves(order[:, ::-1], scores).deletion)


def test_the_best_areas_are_the_best_of_all_orders() -> None:
    scores = game()
    of_orders = [curves(np.tile(order, (5, 1)), scores) for order in permutations(range(4))]
    lowest, highest = best_areas(scores)
    np.testing.assert_allclose(lowest, np.min([area(of.deletion) for of in of_orders], 0))
    np.testing.assert_allclose(highest, np.max([area(of.insertion) for of in of_orders], 0))


def test_ties_fall_at_random_and_all_else_in_order() -> None:
    found = orders(np.tile([1.0, 3.0, 1.0, 2.0], (400, 1)), np.random.default_rng(0))
    assert (found[:, :2] == [1, 3]).all()
    assert 0.4 < (found[:, 2] == 0).mean() < 0.6


def test_evidence_mass_and_pointing_by_hand() -> None:
    attribution = np.array(
        [
            [0.3, -0.5, 0.1, 0.0],
            [0.2, 0.2, 0.1, 0.2],
            [-1.0, -1.0, -2.0, -1.0],
            [1.0, 0.0, 0.0, 0.0],
        ]
    )
    inside = np.array(
        [
            [False, True, True, False],
            [True, True, False, False],
            [True, False, False, False],
            [False] * 4,
        ]
    )
    np.testing.assert_allclose(
        evidence_mass(attribution, inside), [0.25, 0.4 / 0.7, np.nan, np.nan]
    )
    np.testing.assert_allclose(pointing(attribution, inside), [0, 2 / 3, 1 / 3, np.nan])


def of_two_methods(n_videos: int = 30):
    scores = np.repeat(additive([0.1, 0.5, 0.2, 0.0]), n_videos, axis=0)
    good = np.tile([0.1, 0.5, 0.2, 0.0], (n_videos, 1))
    attributions = {"esv": good, "random": -good, "gradcam": good + 0.0}
    in_order = {name: orders(a, np.random.default_rng(0)) for name, a in attributions.items()}
    inside = np.tile([False, True, True, False], (n_videos, 1))
    deletion = curves(in_order["esv"], scores).deletion
    return measured(attributions, in_order, scores, inside, {"esv": deletion + 0.1})


def test_measures_of_a_known_game() -> None:
    table = means(of_two_methods()).set_index(["method", "measure"])
    assert table.loc[("esv", "efficiency_error"), "largest"] == pytest.approx(0, abs=1e-12)
    assert table.loc[("random", "efficiency_error"), "mean"] == pytest.approx(1.6)
    assert table.loc[("random", "spearman"), "mean"] == pytest.approx(-1)
    assert table.loc[("esv", "evidence_mass"), "mean"] == pytest.approx(0.7 / 0.8)
    assert ("random", "evidence_mass") not in table.index  # nothing is positive
    best = table.loc[(BEST, "deletion_area"), "mean"]
    assert (
        best
        == pytest.approx(table.loc[("esv", "deletion_area"), "mean"])
        == pytest.approx((0.1 + 0.3 + 0.4) / 4)
    )


def test_differences_are_paired_and_their_verdicts_say_which_rival_is_as_good() -> None:
    paired = paired_differences(of_two_methods())
    rows = paired.set_index(["measure", "rival"])["esv_is"]
    assert rows["deletion_area"].to_dict() == {"random": "better", "gradcam": "not told apart"}
    assert rows["insertion_area", "random"] == "better"
    assert "deletion_area_frozen" not in rows.index.get_level_values(0)  # no rival's is known
    said = verdicts(paired, {"random": "random", "gradcam": "Grad-CAM"})
    expected = "deletion area: ESV is not ahead of Grad-CAM (0 [0, 0]), ahead of all others"
    assert expected in said
    of_one_video = verdicts(
        paired.assign(low=np.nan, high=np.nan), {"random": "random", "gradcam": "Grad-CAM"}
    )
    assert expected.replace(" [0, 0]", "") in of_one_video


def test_rivals_that_are_not_named_are_counted_apart() -> None:
    ahead = {"a": -0.05, "b": -0.04, "c": -0.03, "d": -0.02, "e": 0.0, "f": 0.1}
    paired = pd.DataFrame(
        {
            "rival": list(ahead),
            "measure": "insertion_area",
            "difference": list(ahead.values()),
            "low": np.nan,
            "esv_is": ["worse"] * 4 + ["not told apart", "better"],
            "seeds": 5,
        }
    )
    (said,) = verdicts(paired, {name: name for name in ahead})
    assert said.endswith(
        "c (−0.030), worse than 1 more, no better than 1 more, better than all others"
    )


def test_freezing_and_deleting_differ_by_what_the_length_does() -> None:
    table = length_alone(of_two_methods()).set_index(["removal", "left"])["score"]
    np.testing.assert_allclose(table["difference"], -0.1)
    np.testing.assert_allclose(table["frozen"] - table["deleted"], 0.1)


def test_a_doubled_frame_stands_beside_itself() -> None:
    assert duplicated(np.array([0, 2]), 3).tolist() == [[0, 0, 1, 2], [0, 1, 2, 2]]


def test_credit_of_copies_is_a_ratio_of_means() -> None:
    before = np.array([[0.4, 0.1], [0.0, 0.2]])
    after = np.array([[0.2, 0.1, 0.1], [0.0, 0.1, 0.1]])
    table = shared_credit(credit_of_copies(before, after, np.array([0, 1]))).set_index("measure")[
        "mean"
    ]
    assert table["kept"] == pytest.approx((0.3 + 0.2) / (0.4 + 0.2))
    assert table["larger_share"] == pytest.approx((0.2 + 0.1) / (0.3 + 0.2))
    assert table["total"] == pytest.approx((0.4 + 0.2) / (0.5 + 0.2))
    alike = (
        np.full((240, 8), 1 / 8, np.float32),
        np.full((240, 9), 1 / 9, np.float32),
    )  # as the model's dtype has it
    of_uniform = (
        shared_credit(credit_of_copies(*alike, np.zeros(240, int))).set_index("measure").loc["kept"]
    )
    assert of_uniform["low"] <= of_uniform["mean"] <= of_uniform["high"]


def test_only_of_one_training_the_table_says_that_another_might_differ() -> None:
    assert captions("videos")["verdicts"].endswith("On one training: another might say otherwise.")
    assert "one training" not in captions("videos and 5 seeds")["verdicts"]
