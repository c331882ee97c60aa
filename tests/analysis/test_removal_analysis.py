"""What removals cost, by hand: four videos of two classes."""

import numpy as np
import pandas as pd
import pytest

from playfair.analysis.removal import (
    LONGER,
    PAIRS,
    Removed,
    agreement,
    behind,
    by_elements,
    doubtful,
    per_video,
)
from playfair.experiments.removal import Asked, numbers, verdict

INDEX = pd.Index(["601", "602", "603", "604"], name="uid")
LABEL = np.array([0, 0, 1, 1])
DROP = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])  # right: 3 of 4
FREEZE = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5], [0.8, 0.2]])  # right: 1 of 4


def test_each_removal_is_behind_the_one_that_keeps_most() -> None:
    removed = [
        Removed("freeze", 2, per_video(FREEZE, LABEL, INDEX)),
        Removed("drop", 2, per_video(DROP, LABEL, INDEX)),
        Removed("drop", 4, per_video(FREEZE, LABEL, INDEX)),
    ]
    table = behind(removed, 2).set_index(["removal", "measure"])["mean"]
    assert list(dict.fromkeys(name for name, _ in table.index)) == ["drop", "freeze"]
    assert table["drop", "correct"] == 0
    assert table["freeze", "correct"] == pytest.approx((3 - 1) / 4)
    assert table["freeze", "score"] == pytest.approx(
        (0.9 + 0.8 + 0.7 + 0.4 - 0.7 - 0.4 - 0.5 - 0.2) / 4
    )


def test_intervals_of_what_is_left_end_where_scores_and_shares_do() -> None:
    sure = np.array([[0.99, 0.01], [0.99, 0.01], [0.99, 0.01], [0.5, 0.5]])
    removed = [
        Removed("drop", 2, per_video(sure, LABEL, INDEX)),
        Removed("freeze", 2, per_video(FREEZE, LABEL, INDEX)),
    ]
    table = by_elements(removed).set_index(["removal", "measure"])
    assert ((table["low"] >= 0) & (table["high"] <= 1)).all()
    row = table.loc[("freeze", "correct")]
    assert row["mean"] == 0.25
    assert [row["low"], row["high"]] == pytest.approx([0.0456, 0.6994], abs=1e-3)  # Wilson's
    # a difference may lie below 0
    lost = behind(removed, 2).set_index(["removal", "measure"])
    assert lost.loc[("freeze", "score"), "low"] < 0


def test_the_metrics_are_means_with_half_of_the_elements_left() -> None:
    removed = [
        Removed("drop", 4, per_video(FREEZE, LABEL, INDEX)),
        Removed("drop", 2, per_video(DROP, LABEL, INDEX)),
    ]
    expected = {"trn_drop_score": (0.9 + 0.8 + 0.7 + 0.4) / 4, "trn_drop_correct": 3 / 4}
    assert numbers("trn", by_elements(removed), 2) == pytest.approx(expected)


def test_a_check_that_is_not_answered_alike_speaks_against_its_removal() -> None:
    alike = agreement(DROP, DROP, INDEX)
    other = agreement(FREEZE, DROP, INDEX)
    assert alike["agreement"].mean() == 1 and alike["change"].max() == 0
    assert other["agreement"].tolist() == [1, 0, 0, 1]
    assert other["change"].tolist() == pytest.approx([0.2, 0.4, 0.2, 0.2])
    assert doubtful({LONGER: other, PAIRS: alike}) == {"delete": LONGER}
    assert doubtful({LONGER: alike, PAIRS: other}) == {"freeze": PAIRS}


def test_the_verdict_says_which_removal_keeps_most_and_over_how_many_trainings() -> None:
    removed = [
        Removed("delete", 2, per_video(DROP, LABEL, INDEX)),
        Removed("freeze", 2, per_video(FREEZE, LABEL, INDEX)),
    ]
    losses = behind(removed, 2)
    (said,) = verdict("trn", Asked(removed, {}, 4), losses, 2)
    begun = (
        "TRN, 2 of 4 elements left: deleting keeps the most accuracy, not told apart from freezing"
    )
    assert said == f"{begun}, on this training (one seed). Type removal=delete."
    (said,) = verdict("trn", Asked(removed, {}, 4), losses.assign(seeds=3, alike=2), 2)
    assert said == f"{begun}, over 3 trainings. Type removal=delete."
