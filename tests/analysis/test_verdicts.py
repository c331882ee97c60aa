"""Verdicts, corrected for their number."""

import numpy as np
import pandas as pd
import pytest

from playfair.analysis.compare import compare
from playfair.analysis.design import one_seed
from playfair.analysis.trainings import error_of_difference, error_of_mean
from playfair.analysis.verdicts import holm, p_values, verdicts, with_holm
from playfair.report.look import probability
from playfair.report.sentences import differ, models_side_by_side


def test_holms_values_by_hand() -> None:
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04 → 0.06
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.5, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


def test_a_p_value_is_students() -> None:
    error = error_of_mean(np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]))
    # t = 2 / 0.5774 = 3.464 of 2 degrees of freedom: p = 1 − t / √(t² + 2)
    p = p_values(error)
    assert p[0] == pytest.approx(1 - 3.4641 / np.sqrt(14), rel=1e-4)
    assert p[1] == 1  # all lie on it


def test_two_videos_that_agree_are_no_proof() -> None:
    assert p_values(error_of_mean(np.full((2, 1), 0.7)))[0] == 0.5
    # whose spread is one of rounding
    assert p_values(error_of_mean(np.full((12, 1), 0.7)))[0] == 2**-11
    first, second = np.array([1.0, 1.0, 1.0, *[np.nan] * 4]), np.array([*[np.nan] * 3, *[0.2] * 4])
    error = error_of_difference(first[:, None], second[:, None], one_seed(7))
    assert p_values(error)[0] == 0.25  # as of the 3 of the smaller group
    assert (
        p_values(error_of_mean(np.array([[1.0], [1.1]])))[0] < 0.05
    )  # of two that differ Student's


def test_of_twenty_differences_that_are_none_seldom_one_is_called() -> None:
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(200):
        p = p_values(error_of_mean(rng.normal(size=(30, 20))))
        called += bool((holm(p) < 0.05).any())
    assert called / 200 < 0.09
    assert called > 0


def test_more_may_be_worse() -> None:
    more_is_better = pd.Series([True, False, False])
    words = verdicts(pd.Series([1.0, 1.0, -1.0]), pd.Series([0.01] * 3), more_is_better)
    assert words.tolist() == ["better", "worse", "better"]


def two_models(difference: float, n_measures: int = 1) -> pd.DataFrame:
    spread = np.linspace(-1, 1, 30)
    first = pd.DataFrame({f"m{i}": spread for i in range(n_measures)})
    second = first * 0.9 + difference
    return compare({"tsn": first, "trn": second})


def test_only_differences_have_verdicts() -> None:
    table = two_models(0.2, 3)
    assert table["p_holm"].notna().tolist() == [False] * 6 + [True] * 3
    assert table["p_holm"].iloc[-1] == pytest.approx(min(3 * table["p"].iloc[-1], 1))
    assert "p" not in compare({"tsn": pd.DataFrame({"m": [1.0, 2.0]})})


def test_a_difference_of_one_training_says_so_and_one_of_many_is_corrected() -> None:
    sentence = models_side_by_side(two_models(0.2), "m0", probability)
    assert sentence.endswith(", on this training (one seed)") and "TRN − TSN: +0.200" in sentence
    row = {"model": "trn − tsn", "low": 0.01, "high": 0.4, "p_holm": 0.2}
    assert differ(row, "+0.2") == (
        "TRN and TSN are not told apart (difference +0.2; corrected for the verdicts of the table, "
        "p = 0.2)"
    )
    row |= {"p_holm": 0.01, "seeds": 5, "alike": 4}
    assert differ(row, "+0.2") == "TRN − TSN: +0.2, over 5 trainings (4 of 5 alike)"


def test_a_table_without_verdicts_stays_as_it_is() -> None:
    table = pd.DataFrame({"mean": [1.0]})
    assert with_holm(table) is table
