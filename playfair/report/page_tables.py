"""The tables of a Result as its page has them: columns named, intervals joined, names in code read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from playfair.report import run_links
from playfair.report.look import NAMED, capital, cell, interval, model_name, term
from playfair.report.run_links import REPORT, RUN
from playfair.result import Result

LONG_TABLE = 12  # rows; longer ones are folded away until they are clicked
MOST_ROWS = 200  # of a table; the CSV file has all
QUESTIONS = "questions"  # the table that answers; it leads
HIDDEN = ("store",)  # columns of paths, which files alone have
KEYS = ("model", "seed")  # columns that say whose numbers these are
WIDE = 8  # columns; a table of more, and of few rows, is turned
FEW = 3  # rows
INTERVAL = "[95 % interval]"
IN_CODE = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b(?!=)")


@dataclass(frozen=True)
class Table:
    """A numbered table, as it is read.

    Attributes:
        label: "Table 3".
        anchor: its id in the page.
        caption: what it holds.
        columns: names of its columns.
        rows: its cells, of MOST_ROWS rows at most.
        n_rows: how many there are.
        is_long: whether it is folded away.
        is_text: of each column, whether it is set as text and not as numbers.
        files: name → where it lies, relative to the page.
    """

    label: str
    anchor: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    n_rows: int
    is_long: bool
    is_text: list[bool]
    files: dict[str, str]


def says_nothing(table: pd.DataFrame) -> bool:
    """Whether a table is empty, or counts what never happened.

    Example:
        >>> says_nothing(pd.DataFrame({"model": ["tsn"], "too_short": [0]}))
        True
    """
    numbers = table.drop(columns=[name for name in KEYS if name in table])
    if table.empty or numbers.columns.empty:
        return True
    return _are_numbers(numbers) and not numbers.any(axis=None)


def _are_numbers(table: pd.DataFrame) -> bool:
    return all(map(pd.api.types.is_numeric_dtype, table.dtypes))


def numbered_table(
    result: Result, name: str, data: pd.DataFrame, number: int, place: str, linked: bool
) -> Table:
    """A table of a result as the page has it.

    Args:
        result: whose table it is; its captions and names say what stands there.
        name: of its CSV file.
        data: what is in it.
        number: of the table in the page.
        place: the folder of the result's files, relative to the page: "" or with a slash behind.
        linked: whether the files lie there.
    """
    if "model" in data:  # whose numbers they are comes first
        data = data[["model", *data.columns.drop("model")]]
    places = data[REPORT].tolist() if {RUN, REPORT} <= set(data.columns) else []
    hidden = (*HIDDEN, REPORT) if places else HIDDEN
    data = data.drop(columns=[column for column in hidden if column in data])
    columns = _columns(data, result)
    if len(data) <= FEW and len(columns) > WIDE and "model" in data and not places:
        columns = _turned(_columns(_counted(data), result))
    if places:
        columns = [_linked(column, places) for column in columns]
    is_saved = linked and name in result.tables
    return Table(
        label=f"Table {number}",
        anchor=f"table-{number}",
        caption=spoken(_caption_of_table(result, name), result),
        columns=[column.name for column in columns],
        rows=[list(row) for row in zip(*[column.cells for column in columns], strict=True)],
        n_rows=len(data),
        # what the questions' table says already is there to be unfolded
        is_long=len(data) > LONG_TABLE or (name == "headline" and QUESTIONS in result.tables),
        is_text=[column.is_text for column in columns],
        files={"CSV": f"{place}{name}.csv"} if is_saved else {},
    )


class Column(NamedTuple):
    """A column as it is read.

    Attributes:
        name: above it.
        cells: of MOST_ROWS rows at most.
        is_text: whether it is set as text and not as numbers.
    """

    name: str
    cells: list[str]
    is_text: bool


def _columns(data: pd.DataFrame, result: Result) -> list[Column]:
    """The columns of a table; a number and the ends of its interval are one."""
    data = data.iloc[:MOST_ROWS]
    ends = {}
    for column in map(str, data.columns):
        both = ("low", "high") if column == "mean" else (f"{column}_low", f"{column}_high")
        if set(both) <= set(data.columns) and _are_numbers(data[[column, *both]]):
            ends[column] = both
    merged = {end for both in ends.values() for end in both}
    columns = []
    for place, column in enumerate(map(str, data.columns)):
        if column in merged:
            continue
        values = data.iloc[:, place]
        name = term(column) or "measure"  # a table's first may have no name
        if column in ends:
            triples = zip(values, *(data[end] for end in ends[column]), strict=True)
            columns.append(Column(f"{name} {INTERVAL}", [interval(*of) for of in triples], False))
        else:
            is_text = any(isinstance(value, str) for value in values)
            columns.append(Column(name, _cells(values, result), is_text))
    return columns


def _linked(column: Column, places: Sequence[str]) -> Column:
    """The column of runs, each leading to its report; every other as it is."""
    if column.name != term(RUN):
        return column
    return column._replace(cells=run_links.linked(column.cells, places[:MOST_ROWS]))


def _counted(data: pd.DataFrame) -> pd.DataFrame:
    """A table without counts of what never happened."""
    counts = data.select_dtypes("integer").drop(columns=list(KEYS), errors="ignore")
    return data.drop(columns=counts.columns[(counts == 0).all()])


def _turned(columns: Sequence[Column]) -> list[Column]:
    """A column for each row, headed by the first one's cells."""
    whose, *others = columns
    names = Column("measure", [column.name for column in others], True)
    numbers = [
        Column(name, [column.cells[row] for column in others], False)
        for row, name in enumerate(whose.cells)
    ]
    return [names, *numbers]


def spoken(text: str, result: Result) -> str:
    """A caption in which names in code, of columns and of what is in them, are as tables have them.

    Args:
        text: the caption.
        result: whose tables it speaks of.
    """
    known = {str(name) for table in result.tables.values() for name in table.columns}
    for table in result.tables.values():
        for column in set(NAMED) & set(table.columns):
            known |= set(map(str, table[column].unique()))

    def word(found: re.Match[str]) -> str:
        return term(found[0]) if found[0] in known else found[0]

    return IN_CODE.sub(word, text)


def _caption_of_table(result: Result, name: str) -> str:
    """What a table holds; the figure of its name says it where there is one."""
    title = capital(term(name))
    if name in result.figures:
        return f"{title}: the numbers of the figure."
    said = result.captions.get(name)
    return f"{title}. {said}" if said else f"{title}."


def _cells(values: pd.Series, result: Result) -> list[str]:
    """A column's cells, names in code as they are read."""
    if values.name not in NAMED:
        return [cell(value) for value in values]
    of_models = values.name == "model"
    return [_named(value, result, of_models) for value in values]


def _named(value: object, result: Result, is_model: bool) -> str:
    if not isinstance(value, str):
        return cell(value)
    if value in result.names:
        return result.names[value]
    if is_model:  # a checkpoint's name stays as it is
        return " − ".join(model_name(name) for name in value.split(" − "))
    return term(value)


def metrics_table(result: Result) -> pd.DataFrame:
    """The metrics of a result that has no tables, one a row."""
    return pd.DataFrame(list(result.metrics.items()), columns=["metric", "value"])
