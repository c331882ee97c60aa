"""Tables of runs, whose names lead to the runs' own reports in a page that lies beside them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from playfair.printable import printable
from playfair.result import Result

RUN = "run"  # the column of their names
FOLDER = "folder"  # and that of their folders
REPORT = "report"  # in its place: where their reports lie; "" where there is none
PAGE = "report.html"  # of a run's folder


def seen_from(folder: Path, result: Result) -> Result:
    """The result with the places of its runs' reports, as a page in a folder has them.

    Args:
        folder: of the page.
        result: whose tables of runs say in which folders they are.
    """
    tables = {name: _with_reports(table, folder) for name, table in result.tables.items()}
    return replace(result, tables=tables)


def _with_reports(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    if not {RUN, FOLDER} <= set(table.columns):
        return table
    places = [_place(Path(run) / PAGE, folder) for run in table[FOLDER]]
    return table.drop(columns=FOLDER).assign(**{REPORT: places})


def _place(page: Path, folder: Path) -> str:
    return os.path.relpath(page, folder) if page.is_file() else ""


def linked(names: Sequence[str], places: Sequence[str]) -> list[str]:
    """Cells that lead to other pages; a place is a path, whatever it looks like.

    Example:
        >>> linked(["a", "b<"], ["", "javascript:b/report.html"])
        ['a', Markup('<a href="javascript%3Ab/report.html">b&lt;</a>')]
    """
    cells = []
    for name, place in zip(names, places, strict=True):
        link = Markup('<a href="{}">{}</a>').format(quote(place), printable(name))
        cells.append(link if place else name)
    return cells
