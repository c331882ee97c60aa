import numpy as np
import pytest

from playfair.analysis.evidence import Evidence
from playfair.analysis.frame_pairs import ACROSS, SAME, by_distance, by_kind, by_pair, pair_kinds

# two clips of 4 frames: the action is frames 1, 2, 3, its middle between 1 and 2; and all frames, between 1 and 2
FIRST = np.array([[True, True, False, False]] * 2)
INSIDE = np.array([[False, True, True, True], [True, True, True, True]])
ACTION = Evidence(INSIDE, ~INSIDE)


def pairs_of(mask: np.ndarray) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in np.argwhere(mask)}


def test_every_pair_is_of_one_kind() -> None:
    kinds = pair_kinds(FIRST, ACTION)
    assert pairs_of(kinds[ACROSS][0]) == {(1, 2), (1, 3)} and pairs_of(kinds[SAME][0]) == {(2, 3)}
    assert pairs_of(kinds["one in the action"][0]) == {(0, 1), (0, 2), (0, 3)}
    assert pairs_of(kinds[SAME][1]) == {(0, 1), (2, 3)}
    assert (sum(kinds.values()) == np.triu(np.ones((4, 4)), 1)).all()
    assert set(pair_kinds(FIRST, None)) == {ACROSS, SAME}  # the action is not known


def test_a_clip_whose_action_is_not_known_has_no_pairs() -> None:
    unknown = np.zeros((2, 4), bool)
    assert not sum(pair_kinds(FIRST, Evidence(unknown, unknown)).values()).any()


def made_up() -> dict[str, np.ndarray]:
    """Interaction i·j + the video's number, symmetric; of a second measure the first video's is not known."""
    place = np.arange(4.0)
    values = place[:, None] * place + np.array([0.0, 10.0])[:, None, None]
    return {"all": values, "some": np.where(np.arange(2)[:, None, None] == 0, np.nan, values)}


def test_kinds_are_means_within_videos_and_then_over_them() -> None:
    table = by_kind(made_up(), pair_kinds(FIRST, ACTION)).set_index(["measure", "pairs"])
    first, second = (2 + 3) / 2, 10 + (0 + 0 + 2 + 3) / 4
    assert table.loc[("all", ACROSS), "mean"] == pytest.approx((first + second) / 2)
    difference = (first - 6 + second - (10 + 6 / 2)) / 2
    assert table.loc[("all", "across − same side"), "mean"] == pytest.approx(difference)
    assert "some" not in table.index.get_level_values(0)  # one video has no interval


def test_distances_are_means_of_the_pairs_so_far_apart() -> None:
    table = by_distance(made_up()).set_index(["measure", "distance"])["mean"]
    assert table["all"].to_dict() == pytest.approx({1: 5 + 8 / 3, 2: 5 + 3 / 2, 3: 5 + 0})


def test_pairs_whose_interval_holds_0_are_marked() -> None:
    values = np.zeros((40, 2, 2))
    assert by_pair({"m": values})["none"].all()
    assert by_pair({"m": values + 1e-8})["none"].all()  # rounding
    assert not by_pair({"m": values + 0.1})["none"].any()
