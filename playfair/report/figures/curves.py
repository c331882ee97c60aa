"""Deletion and insertion curves of ESV and its rivals."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.attribution import METHODS, Method
from playfair.report.figures.sheet import equal, labelled, legend, panels_by_model
from playfair.report.look import BLACK, heading, style

MOST = 8  # methods whose lines are told apart


class Line(NamedTuple):
    """How a curve that is of no method is drawn."""

    title: str
    colour: str
    line: str


REMOVALS = {
    "deleted": Line("deleted, by ESV", METHODS["esv"].colour, "-"),
    "frozen": Line("frozen, by ESV", BLACK, "--"),
}


def curves_figure(curves: pd.DataFrame, length: pd.DataFrame, word: str = "frame") -> Figure:
    """Curves of all methods, and deleting against freezing; a row per model.

    Args:
        curves: of `analysis.comparison.curve_means`, with a column model.
        length: of `analysis.comparison.length_alone`, with a column model.
        word: `look.element_word` of the models.
    """
    models = list(dict.fromkeys(curves["model"]))
    with style():
        figure, grid = panels_by_model(len(models), 3, tall=1.8, more=0.5)
        for row, model in zip(grid, models, strict=True):
            of_model = curves[curves["model"] == model]
            for axes, curve in zip(row, ("deletion", "insertion"), strict=False):
                tables = _by(of_model[of_model["curve"] == curve], "method")
                # ESV last, above the others
                order = [name for name in reversed(METHODS) if name in few(list(tables))]
                _lines(axes, {name: tables[name] for name in order}, METHODS)
                axes.set_title(heading(model, curve))
            of_length = length[(length["model"] == model) & (length["removal"] != "difference")]
            looks = {
                name: line._replace(title=f"{word}s {line.title}")
                for name, line in REMOVALS.items()
            }
            _lines(row[2], _by(of_length, "removal"), looks)
            row[2].set_title(heading(model, "deletion by ESV"))
            for axes in row:
                axes.set(xlabel=f"{word}s left", ylabel="score of the true class")
                axes.set_ylim(bottom=0)
            equal(row, "y")
        labelled(figure, grid.flat)
        # those of removals, which are drawn in ESV's colour, after the methods
        legend(figure, grid[0][2], grid[0][0], turned=True)
    return figure


def few(methods: list[str]) -> list[str]:
    """All of a few methods; of many those that stand for their families."""
    if len(methods) <= MOST:
        return methods
    return [name for name in methods if METHODS[name].leading]


def _by(table: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    return {str(name): rows for name, rows in table.groupby(column)}


def _lines(
    axes: Axes, tables: Mapping[str, pd.DataFrame], looks: Mapping[str, Line | Method]
) -> None:
    """Score against frames left, with bands where the line is of a colour."""
    for name, rows in tables.items():
        look = looks[name]
        x = rows["left"]
        if not look.colour.startswith("0"):  # matplotlib's greys
            axes.fill_between(
                x, rows["low"], rows["high"], color=look.colour, alpha=0.18, linewidth=0
            )
        axes.plot(
            x,
            rows["score"],
            color=look.colour,
            linestyle=look.line,
            label=look.title,
            linewidth=1.2,
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
