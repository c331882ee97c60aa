"""Clips whose class is not known: what compares with the truth is asked of the others alone."""

import numpy as np
import pytest

from playfair.analysis.accuracy import accuracy
from playfair.analysis.blocks import class_scores, true_class_esvs, true_class_scores, twins
from playfair.experiments.film_strips import telling
from playfair.steps.truth import NoTruthError, explained_classes, with_truth
from tests.analysis.stores import study

SCORES = [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]]


@pytest.fixture
def esvs():
    """The second clip's class is not known; it is predicted to be class 1."""
    return study([0, -1, 1], SCORES)


def test_what_is_said_of_its_class_is_nothing(esvs) -> None:
    np.testing.assert_allclose(true_class_scores(esvs), [0.6, np.nan, 0.2])
    assert np.isnan(true_class_esvs(esvs)[1]).all() and twins(esvs).tolist() == [1, -1, 0]
    np.testing.assert_allclose(class_scores(esvs, np.array([2, 1, 0])), [0.1, 0.7, 0.1])


def test_it_is_neither_right_nor_wrong(esvs) -> None:
    table = accuracy(esvs).set_index("measure")
    assert table.loc["top1", ["mean", "videos"]].tolist() == [0.5, 2]
    # of the other two, class 1 was taken for 2, which is no twin: of pairs only the first is right
    assert table.loc["pair_top1", ["mean", "videos"]].tolist() == [0.5, 2]
    assert table.loc["top5", "mean"] == 1


def test_it_is_left_out_of_what_compares_and_counted(esvs, caplog) -> None:
    assert with_truth(esvs)["video"].values.tolist() == ["0", "2"]
    assert "1 of 3 clips of the validation split has no class and is left out" in caplog.text
    known = study([0, 1], SCORES[:2])
    assert with_truth(known) is known


def test_where_no_class_is_known_the_question_is_refused_with_what_can_be_asked(esvs) -> None:
    unknown = esvs.assign_coords(label=("video", [-1, -1, -1]))
    with pytest.raises(NoTruthError, match=r"no clip of the validation split has one.*esv"):
        with_truth(unknown)
    assert np.isnan(accuracy(unknown)["mean"]).all()


def test_it_is_explained_for_the_class_predicted(esvs) -> None:
    assert explained_classes(esvs).tolist() == [0, 1, 1]
    assert set(telling(esvs)) <= {0, 1, 2} and 2 in telling(esvs)
