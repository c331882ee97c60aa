"""A Result as its page has it: sections with numbered figures and tables, each with its files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from matplotlib.figure import Figure

from playfair.report.figures.interactive import Lines
from playfair.report.look import term
from playfair.report.page_tables import (
    QUESTIONS,
    Table,
    metrics_table,
    numbered_table,
    says_nothing,
    spoken,
)
from playfair.result import Result, Strip

STRIPS = "film_strips"  # the figure that the page shows as strips
GOES_ON = re.compile(rf"{STRIPS}_(\d+)")  # what one page of a paper has no room for


@dataclass(frozen=True)
class Picture:
    """A numbered figure.

    Attributes:
        label: "Figure 3".
        anchor: its id in the page.
        caption: what is shown.
        alt: what is to be seen.
        figure: drawn; None of strips.
        strips: in its place.
        lines: the same, answering the mouse.
        files: name → where it lies, relative to the page.
    """

    label: str
    anchor: str
    caption: str
    alt: str
    figure: Figure | None = None
    strips: Sequence[Strip] = ()
    lines: Sequence[Lines] = ()
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A part of the page, and the whole's own, which is the first.

    Attributes:
        title: of the result.
        anchor: its id in the page.
        findings: sentences.
        paragraphs: what was asked, and how.
        exhibit: what leads beside the findings; None where nothing does.
        questions: what was asked, with the answers; None where there is no such table.
        pictures: the figures.
        tables: those that are not empty.
        explore: the query by which the explorer opens it.
    """

    title: str
    anchor: str
    findings: Sequence[str]
    paragraphs: Sequence[str]
    exhibit: Picture | None
    questions: Table | None
    pictures: list[Picture]
    tables: list[Table]
    explore: str


def folder_of(part: Result) -> str:
    """The folder of a part's files, in that of the whole.

    Example:
        >>> folder_of(Result("Element Shapley Values", ""))
        'element-shapley-values'
    """
    return part.title.lower().replace(" ", "-")


def sections(result: Result, *, linked: bool) -> list[Section]:
    """The whole and its parts, figures and tables numbered through.

    Args:
        linked: whether the files lie beside the page.
    """
    figures = count(1)
    tables = count(1)
    whole = [_section(result, "answer", "", figures, tables, linked)]
    for part in result.parts:
        folder = folder_of(part)
        whole.append(_section(part, folder, f"{folder}/", figures, tables, linked))
    return whole


def _section(
    result: Result,
    anchor: str,
    place: str,
    figures: Iterator[int],
    tables: Iterator[int],
    linked: bool,
) -> Section:
    data = dict(result.tables)
    if result.metrics and not data:  # tables show them already
        data = {"metrics": metrics_table(result)}
    exhibit = None
    if STRIPS in result.captions and has_bars_alike(result.strips):
        exhibit = _picture(result, STRIPS, next(figures), place, linked)
    questions = None
    if QUESTIONS in data:
        questions = numbered_table(
            result, QUESTIONS, data.pop(QUESTIONS), next(tables), place, linked
        )
    return Section(
        title=result.title,
        anchor=anchor,
        findings=result.findings,
        paragraphs=result.summary.splitlines(),
        exhibit=exhibit,
        questions=questions,
        pictures=[
            _picture(result, name, next(figures), place, linked)
            for name in result.figures
            if exhibit is None or not (name == STRIPS or GOES_ON.fullmatch(name))
        ],
        tables=[
            numbered_table(result, name, table, next(tables), place, linked)
            for name, table in data.items()
            if not says_nothing(table)
        ],
        explore=result.explore,
    )


def strips_name(number: int) -> str:
    """What the figures of a result's strips are called, and their files.

    Example:
        >>> strips_name(1), strips_name(2)
        ('film_strips', 'film_strips_2')
    """
    return STRIPS if number == 1 else f"{STRIPS}_{number}"


def has_bars_alike(strips: Sequence[Strip]) -> bool:
    """Whether there are strips, and every picture in them has a bar of every model."""
    return bool(strips) and all(
        len(esv) == len(strip.frames) for strip in strips for esv in strip.esvs.values()
    )


def _picture(result: Result, name: str, number: int, place: str, linked: bool) -> Picture:
    goes_on = GOES_ON.fullmatch(name)
    said = f"Figure {number - int(goes_on[1]) + 1}, going on." if goes_on else f"{term(name)}."
    caption = spoken(result.captions.get(name) or said, result)
    moving = [
        lines
        for of, lines in result.interactive.items()
        if of.startswith(name) and isinstance(lines, Lines)
    ]
    shows_strips = name == STRIPS and has_bars_alike(result.strips)
    return Picture(
        label=f"Figure {number}",
        anchor=f"figure-{number}",
        caption=caption,
        alt=_alt(result, name, caption),
        figure=result.figures.get(name),
        strips=result.strips if shows_strips else (),
        lines=moving,
        files=_files(result, name, place, shows_strips) if linked else {},
    )


def _files(result: Result, name: str, place: str, shows_strips: bool) -> dict[str, str]:
    """A figure's files, by their kind; of strips also those that they go on in."""
    files = {}
    for drawn in result.figures:
        goes_on = GOES_ON.fullmatch(drawn) if shows_strips else None
        if drawn == name or goes_on:
            for kind in result.kinds:
                label = f"{kind.upper()} {goes_on[1]}" if goes_on else kind.upper()
                files[label] = f"{place}{drawn}.{kind}"
    return files


def _alt(result: Result, name: str, caption: str) -> str:
    """What is to be seen, and what it says: who does not see it is told both."""
    seen = result.alts.get(name, caption)
    return seen if name == STRIPS else " ".join([seen, *result.findings])
