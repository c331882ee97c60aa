import numpy as np
import pytest

from playfair.analysis.accuracy import accuracy, additivity
from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.position import by_position
from tests.analysis.stores import study


def test_accuracies_count_what_their_names_say() -> None:
    esvs = study(
        label=[0, 0, 1, 2],
        score=[[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.2, 0.1, 0.7], [0.1, 0.2, 0.7]],
    )
    table = accuracy(esvs).set_index("measure")
    assert table["mean"].to_dict() == {
        "top1": 0.5,
        "top5": 1.0,
        "pair_top1": pytest.approx(2 / 3),
        "within_pair": 0.5,
    }
    assert table["videos"].to_dict() == {"top1": 4, "top5": 4, "pair_top1": 3, "within_pair": 2}


def test_additivity_reports_the_largest_gap_over_videos_and_classes() -> None:
    esvs = study([0, 1], [[0.6, 0.3, 0.1], [0.3, 0.6, 0.1]])
    assert additivity(esvs)["max_efficiency_gap"] < 1e-7
    esvs["esv"][1, 2, 1] += 0.01
    assert additivity(esvs)["max_efficiency_gap"] == pytest.approx(0.01, rel=1e-4)
    esvs["esv"].values[0, 0, 0] = np.nan  # of a score that is a number
    assert np.isnan(additivity(esvs)["max_efficiency_gap"])


def test_position_is_read_from_the_true_class() -> None:
    esv = np.zeros((3, 4, 3))
    esv[0, 1, 0], esv[1, 2, 1], esv[2, 2, 1] = (
        0.4,
        0.8,
        0.6,
    )  # the last video's true class is 0: not read
    esvs = study([0, 1, 0], [[0.6, 0.3, 0.1]] * 3, esv)
    np.testing.assert_allclose(
        true_class_esvs(esvs), [[0, 0.4, 0, 0], [0, 0, 0.8, 0], [0, 0, 0, 0]], rtol=1e-6
    )
    table = by_position(esvs)
    np.testing.assert_allclose(table["esv"], [0, 0.4 / 3, 0.8 / 3, 0], rtol=1e-6)
    assert table["position"].tolist() == [0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1]
