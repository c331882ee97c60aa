"""docs/comparison.md lists every method and measure, with what the registries say of it."""

import re

import pytest

from playfair.analysis import contest  # noqa: F401  (registers)
from playfair.analysis.registry import MEASURES
from playfair.attribution import METHODS
from tests.pages import text_of

PAGE = text_of("docs/comparison.md")
METHODS_PART, MEASURES_PART, PLANTED_PART = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
OURS = {
    name: one for name, one in METHODS.items() if one.attribute.__module__.startswith("playfair")
}
RIVALS = [name for name, one in OURS.items() if not one.planted]
PLANTED = [name for name, one in OURS.items() if one.planted]


def rows(part: str) -> list[list[str]]:
    """The cells of a table, without its heading."""
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in lines]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_method_has_a_row_with_what_it_needs() -> None:
    listed = [name for row in rows(METHODS_PART) for name in names_in(row[0])]
    assert sorted(listed) == sorted(RIVALS)
    for row in rows(METHODS_PART):
        for name in names_in(row[0]):
            needs, default = (cell.strip() for cell in row[3:5])
            assert needs == ", ".join(METHODS[name].all_needs), name
            assert (default == "yes") == METHODS[name].default, name


def test_every_measure_has_a_row_with_what_is_good() -> None:
    listed = [name for row in rows(MEASURES_PART) for name in names_in(row[0])]
    assert sorted(listed) == sorted(MEASURES)
    words = {True: "more", False: "less", None: "–"}
    for row in rows(MEASURES_PART):
        own = names_in(row[0])
        good = [word.strip() for word in row[2].split(",")]
        said = good if len(good) > 1 else good * len(own)
        assert said == [words[MEASURES[name].more_is_better] for name in own], own
        for name in own:
            assert ("on request" in row[0]) is not MEASURES[name].default, name
            assert ("own" in row[1]) == MEASURES[name].scored_in.startswith("the removal that ESVs")


@pytest.mark.parametrize("place", range(4))
def test_the_planted_are_caught_by_what_says_so(place: int) -> None:
    (heading,) = re.findall(r"^\| \| (.*) \|$", PLANTED_PART, re.MULTILINE)
    planted = names_in(heading)
    assert planted == PLANTED
    caught = [
        name
        for row in rows(PLANTED_PART)
        for name in names_in(row[0])
        if row[place + 1].strip() == "caught"
    ]
    meant = [name for name, one in MEASURES.items() if planted[place] in one.catches]
    assert sorted(caught) == sorted(meant)
