"""Twins by the reviewed list: on the 174 classes of Something-Something v2, and elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest

from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.label_files import without_brackets
from playfair.datasets.list_classes import plain
from playfair.datasets.twins import REVIEWED, reviewed_twins, time_reversed_twins

CLASSES = (Path(__file__).parent / "something_something_v2_classes.txt").read_text().splitlines()
LIST = json.loads(REVIEWED.read_text())


def twin_of(name: str, names: list[str] = CLASSES) -> str | None:
    twin = int(time_reversed_twins(names)[names.index(name)])
    return None if twin < 0 else names[twin]


def test_of_174_classes_34_have_a_twin_whose_twin_they_are() -> None:
    assert len(set(CLASSES)) == 174
    twins = time_reversed_twins(CLASSES)
    has_twin = np.flatnonzero(twins >= 0)
    assert len(has_twin) == 34
    assert (twins[twins[has_twin]] == has_twin).all()
    assert (twins[has_twin] != has_twin).all()


@pytest.mark.parametrize(
    "name",
    [
        "Pushing something onto something",
        "Pushing something off of something",
        "Pouring something into something",
        "Pouring something out of something",
        "Letting something roll down a slanted surface",
    ],
)
def test_what_words_alone_would_pair_has_no_twin(name: str) -> None:
    assert twin_of(name) is None


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("Turning the camera upwards while filming something", "Turning the camera downwards while filming something"),
        (
            "Pretending to open something without actually opening it",
            "Pretending to close something without actually closing it",
        ),
        ("Pulling something from left to right", "Pushing something from right to left"),
        ("Pushing something from left to right", "Pulling something from right to left"),
        ("Uncovering something", "Covering something with something"),
        ("Moving something up", "Moving something down"),
    ],
)  # fmt: skip
def test_twins_that_words_miss_or_mistake(name: str, twin: str) -> None:
    assert twin_of(name) == twin and twin_of(twin) == name


def test_every_class_of_the_synthetic_dataset_has_its_twin() -> None:
    names = [without_brackets(template) for template in TEMPLATES]
    twins = time_reversed_twins(names)
    assert twins.tolist() == [place ^ 1 for place in range(len(names))]  # side by side


def test_a_pair_counts_only_where_both_names_are_there() -> None:
    assert time_reversed_twins(["Moving something up", "Opening something"]).tolist() == [-1, -1]


def test_names_are_compared_as_folders_are_called_after_them() -> None:
    names = ["moving [something]  up", "Moving_Something-Down"]
    assert time_reversed_twins(names).tolist() == [1, 0]
    plain_names = {plain(name) for name in CLASSES}
    assert len(plain_names) == len(CLASSES)
    assert plain("cafe\u0301") == plain("CAFÉ")


def test_each_pair_has_a_reason_and_no_class_has_two_twins() -> None:
    twins = [name for pair in reviewed_twins() for name in pair]
    assert len(set(twins)) == len(twins)
    synthetic = {without_brackets(template) for template in TEMPLATES}
    for entry in (*LIST["twins"], *LIST["no_twins"]):
        assert set(entry) == {"classes", "reason"} and entry["reason"]
        assert set(entry["classes"]) <= set(CLASSES) | synthetic
    both = {frozenset(entry["classes"]) for entry in LIST["no_twins"]}
    assert not both & {frozenset(pair) for pair in reviewed_twins()}
