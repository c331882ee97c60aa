"""docs/reference.md names all that is public, and nothing that is not there."""

import importlib
import re

import pytest

import playfair
from playfair.attribution import METHODS
from playfair.shapley import ESTIMATORS
from tests.pages import DOCS, text_of

PAGE = text_of("docs/reference.md")
PAGE_OF_ESTIMATORS = DOCS / "estimators.md"
NAMED = re.findall(r"^::: (\S+)$", PAGE, re.MULTILINE)


def thing(name: str) -> object:
    module, _, own = name.rpartition(".")
    return getattr(importlib.import_module(module), own)


def test_all_that_import_playfair_offers_is_explained() -> None:
    explained = [thing(name) for name in NAMED]
    public = set(playfair.__all__) - {"__version__"}
    assert not [name for name in public if getattr(playfair, name) not in explained]


def test_what_is_explained_says_something() -> None:
    assert len(NAMED) == len(set(NAMED)) > 40
    assert not [name for name in NAMED if not (thing(name).__doc__ or "").strip()]


@pytest.mark.skipif(not PAGE_OF_ESTIMATORS.is_file(), reason="the page is being written")
def test_every_estimator_has_its_place_on_the_page_of_estimators() -> None:
    text = PAGE_OF_ESTIMATORS.read_text(encoding="utf-8")
    assert not [name for name in ESTIMATORS if f"`{name}`" not in text and name != "exact"]


def test_the_methods_are_those_of_the_table_with_their_titles_and_units() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.*?) ?\|$", PAGE, re.MULTILINE)
    ours = [
        name for name, one in METHODS.items() if one.attribute.__module__.startswith("playfair")
    ]
    assert [row[0] for row in rows] == ours
    for name, title, unit, source in rows:
        one = METHODS[name]
        assert (title, unit, source) == (one.title, one.unit or "—", one.source)


def test_every_name_that_an_extension_imports_is_explained_or_in_its_page() -> None:
    """What the pages of docs/extend register with is in the reference."""
    for name in ("method", "measure", "estimator", "Asked", "Judged", "Estimate", "Plan", "Split"):
        assert any(known.endswith(f".{name}") for known in NAMED), name
