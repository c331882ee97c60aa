"""SECURITY.md names tests that are there."""

import re

from tests.conftest import ROOT


def test_every_promise_names_tests_that_are_there() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = page.partition("## What we promise, and what shows it")[2]
    named = re.findall(r"`(tests/[^`]*)`", table)
    assert len(named) > 20
    for name in named:
        path, _, test = name.partition("::")
        file = ROOT / path
        assert file.is_file(), name
        assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), name
    promises = re.findall(r"^\| \*\*(\d)\.", table, re.MULTILINE)
    assert promises == list("1234567")
