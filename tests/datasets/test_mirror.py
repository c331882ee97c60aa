import numpy as np
import pytest

from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.mirror import NEVER, mirrored_classes, mirrored_pairs

# the classes of Something-Something v2 that speak of left, right or something like it, by their index
SIDED = {
    21: "Laying something on the table on its side, not upright",
    50: "Plugging something into something but pulling it right out as you remove your hand",
    86: "Pulling something from left to right",
    87: "Pulling something from right to left",
    88: "Pulling something onto something",
    93: "Pushing something from left to right",
    94: "Pushing something from right to left",
    117: "Putting something that cannot actually stand upright upright on the table, so it falls on its side",
    119: "Putting something upright on the table",
    165: "Turning the camera downwards while filming something",
    166: "Turning the camera left while filming something",
    167: "Turning the camera right while filming something",
}
NAMES = [SIDED.get(i, f"Doing something number {i}") for i in range(174)]


def test_in_something_something_v2_three_pairs_are_swapped_and_nothing_else() -> None:
    assert mirrored_pairs(NAMES) == [(86, 87), (93, 94), (166, 167)]


def test_mirroring_twice_is_nothing() -> None:
    mirrored = mirrored_classes(NAMES)
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(174))


def test_the_synthetic_classes_mirror_sideways_movement_and_turns() -> None:
    names = [template.replace("[", "").replace("]", "") for template in TEMPLATES]
    pairs = {tuple(sorted((names[i], names[j]))) for i, j in mirrored_pairs(names)}
    assert pairs == {
        ("Turning something clockwise", "Turning something counter-clockwise"),
        ("Moving something from left to right", "Moving something from right to left"),
    }


@pytest.mark.parametrize(
    "lonely",
    ["Turning left", "Moving it from left to right", "Spinning clockwise", "Raising the right arm"],
)
def test_a_side_without_its_counterpart_is_never_mirrored(lonely: str) -> None:
    assert mirrored_classes(["Waiting", lonely]).tolist() == [0, NEVER]
    assert mirrored_pairs(["Waiting", lonely]) == [(1, NEVER)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Spinning Clockwise", "Spinning anticlockwise"),
        ("Spinning counterclockwise", "Spinning clockwise"),
        ("Stepping leftwards", "Stepping rightwards"),
        ("Left hand over right hand", "Right hand over left hand"),
    ],
)
def test_spellings_and_capitals_do_not_matter(one: str, other: str) -> None:
    assert mirrored_classes([one, "Waiting", other]).tolist() == [2, 1, 0]
