"""Names of clips and classes are somebody else's: what they may do to a terminal, a page, a table."""

import csv
import io
import logging

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playfair.launch import terminal
from playfair.launch.errors import teaching
from playfair.printable import UNSEEN, PrintableRecords, printable, spreadsheet_cell
from playfair.report.html import page
from playfair.report.save import save
from playfair.result import Result

ESCAPES = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "a\rb",
    "\x9b31m",
    "\x7f",
    "a\x00b",
    "abc\u202edcba",
    "\u2066",
    "\udc80",
]
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "  =1",
    "\n=1",
    "\uff1d1+1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_control_characters_are_written_out(text: str) -> None:
    shown = printable(f"clip {text}")
    assert not UNSEEN.search(shown) and "\\" in shown
    shown.encode("utf-8")


def test_other_letters_stay_as_they_are() -> None:
    text = "Überall – “etwas” 手を振る 👩‍🔬 é\tand\nlines"
    assert printable(text) == text
    assert printable("two\nlines", lines=False) == "two\\nlines"


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_as_a_formula_is_text_in_a_table(text: str) -> None:
    assert spreadsheet_cell(text).startswith("'")


def test_numbers_and_other_texts_of_a_table_stay_as_they_are() -> None:
    for value in (-1, -0.5, None, True, "-0.5", "+1e3", "-inf", "a=b", "Moving something up", ""):
        assert spreadsheet_cell(value) is value


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_cell_of_any_text_is_a_formula_or_obeyed(text: str) -> None:
    cell = spreadsheet_cell(text)
    assert not UNSEEN.search(cell)
    if cell.lstrip()[:1] in tuple("=+-@"):
        float(cell)


HOSTILE = "=HYPERLINK(1)\x1b[2J<script>[bold]\u202e"


@pytest.fixture
def hostile() -> Result:
    headline = pd.DataFrame({"clip": [HOSTILE], HOSTILE: ["x"]})
    table = pd.DataFrame({"class_name": [HOSTILE, "-0.5"], "esv": [-0.5, 1.0]})
    return Result(
        f"Title {HOSTILE}",
        f"Summary {HOSTILE}",
        [f"Finding {HOSTILE}"],
        {f"metric {HOSTILE}": 1.0},
        {"headline": headline, "esvs": table},
    )


def test_the_terminal_obeys_no_name(hostile: Result, capsys) -> None:
    terminal.print_result(hostile)
    said = capsys.readouterr().out
    assert said.count("[bold]") == 4  # title, finding, column and cell: no markup either
    assert "\x1b[2J" not in said and "\u202e" not in said and "\\x1b[2J" in said


def test_no_cell_of_a_csv_file_is_a_formula(hostile: Result, tmp_path) -> None:
    save(hostile, tmp_path, command=HOSTILE)
    rows = list(csv.reader(io.StringIO((tmp_path / "esvs.csv").read_text(encoding="utf-8"))))
    assert rows[1][0].startswith("'=HYPERLINK(1)\\x1b[2J") and rows[2] == ["-0.5", "1.0"]
    assert rows[1][1] == "-0.5"
    heads = next(csv.reader(io.StringIO((tmp_path / "headline.csv").read_text(encoding="utf-8"))))
    assert heads[1].startswith("'=")


def test_no_name_is_run_or_turned_round_in_a_page(hostile: Result) -> None:
    text = page(hostile, footer=HOSTILE)
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "\x1b" not in text and "\u202e" not in text


def test_what_is_logged_is_printable(caplog) -> None:
    log = logging.getLogger("playfair")
    assert any(isinstance(each, PrintableRecords) for each in log.filters)
    try:
        raise ValueError("reason \x1b[2J")
    except ValueError:
        log.warning("clip %s", "\x1b]0;a\x07", exc_info=True)
    assert (
        "\\x1b]0;a\\x07" in caplog.text and "\\x1b[2J" in caplog.text and "\x1b" not in caplog.text
    )


def test_an_error_is_told_printable(capsys) -> None:
    def fail() -> None:
        raise ValueError("There is no clip \x1b[2J.")

    assert teaching(fail) == 2
    assert "There is no clip \\x1b[2J." in capsys.readouterr().err
