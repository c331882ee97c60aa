"""Which pairs of frames work together."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.heat_map import DIVERGING, heat_map
from playfair.report.figures.marks import band
from playfair.report.figures.sheet import (
    equal,
    labelled,
    legend,
    only_first_of_each_line,
    panels_by_model,
)
from playfair.report.look import (
    ZERO,
    capital,
    heading,
    model_colour,
    model_name,
    style,
)

# inches
MAP = 2.1  # of a map and its labels
NAMES = 1.0  # of kinds of pairs
MOST_TICKS = 12  # of a map; more would overlap


def heat_maps_figure(tables: Mapping[str, pd.DataFrame], word: str = "frame") -> Figure:
    """Mean interactions of every pair: a row per model, a map per measure.

    Args:
        tables: model → `analysis.frame_pairs.by_pair`.
        word: `look.element_word` of the models.
    """
    measures = _in_order(tables.values(), "measure")
    largest = max(float(table["mean"].abs().max()) for table in tables.values()) or 1.0
    with style():
        figure, grid = panels_by_model(len(tables), len(measures), tall=MAP, more=0.5)
        for row, (model, table) in zip(grid, tables.items(), strict=True):
            n_elements = int(table["second"].max()) + 1
            places = np.arange(0, n_elements, -(-n_elements // MOST_TICKS))
            for axes, measure in zip(row, measures, strict=True):
                cells = _map(axes, table[table["measure"] == measure], n_elements, largest)
                axes.set(title=heading(model, measure), aspect="equal")
                axes.set_xticks(places + 0.5, places)
                axes.set_yticks(places + 0.5, places)
                axes.set_ylim(n_elements, 0)
                axes.set(xlabel=word, ylabel=word)
        labelled(figure, grid.flat)
        bar = figure.colorbar(cells, ax=grid, location="bottom", shrink=0.6, aspect=40)
        bar.set_label("mean interaction (probability)")
    return figure


def _map(axes: Axes, pairs: pd.DataFrame, n_elements: int, largest: float) -> QuadMesh:
    """One measure of one model, both halves; a dot where the interval holds 0."""
    values = np.full((n_elements, n_elements), np.nan)
    values[pairs["first"], pairs["second"]] = pairs["mean"]
    values[pairs["second"], pairs["first"]] = pairs["mean"]
    cells = heat_map(axes, values, DIVERGING, (-largest, largest))
    none = pairs[pairs["none"]]
    for i, j in (("first", "second"), ("second", "first")):
        axes.plot(none[j] + 0.5, none[i] + 0.5, ".", color="0.5", markersize=2.5)
    return cells


def pairs_figure(
    kinds: Mapping[str, pd.DataFrame],
    distances: Mapping[str, pd.DataFrame],
    word: str = "frame",
) -> Figure:
    """Interactions by kind of pair and by distance.

    Args:
        kinds: model → `analysis.frame_pairs.by_kind`.
        distances: model → `analysis.frame_pairs.by_distance`.
        word: `look.element_word` of the models.
    """
    measures = _in_order(distances.values(), "measure")
    names = _in_order(kinds.values(), "pairs")
    with style():
        figure, grid = panels_by_model(2, len(measures), tall=1.8)
        for (dots, lines), measure in zip(grid.T, measures, strict=True):
            for i, model in enumerate(distances):
                shift = (i - (len(kinds) - 1) / 2) * 0.3
                table = kinds[model]
                _dots(dots, table[table["measure"] == measure], names, model, shift)
                table = distances[model]
                _line(lines, table[table["measure"] == measure], model)
            dots.axvline(0, color=ZERO, linewidth=0.8)
            title = capital(measure)
            dots.set(title=title, xlabel="mean interaction (probability)")
            dots.set_yticks(range(len(names)), names)
            dots.set_ylim(len(names) - 0.5, -0.5)
            lines.axhline(0, color=ZERO, linewidth=0.8)
            lines.set(title=title, xlabel=f"{word}s apart")
            lines.xaxis.set_major_locator(MaxNLocator(integer=True))
            lines.set_ylabel("mean interaction (probability)")
        for places, axis in zip(grid, "xy", strict=True):
            equal(places, axis)
        if grid[1][0].get_subplotspec().is_first_col():  # turned, each row holds one of both kinds
            only_first_of_each_line(grid.flat)
        labelled(figure, grid.flat, NAMES)
        legend(figure, grid[0][0])
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, names: list[str], model: str, shift: float) -> None:
    colour = model_colour(model)
    y = np.array([names.index(kind) for kind in rows["pairs"]]) + shift
    axes.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.2)
    axes.plot(rows["mean"], y, "o", color=colour, label=model_name(model))


def _line(axes: Axes, rows: pd.DataFrame, model: str) -> None:
    colour = model_colour(model)
    band(axes, rows, "distance", ("low", "high"), colour)
    axes.plot(rows["distance"], rows["mean"], marker="o", color=colour)


def _in_order(tables: Iterable[pd.DataFrame], column: str) -> list[str]:
    """All values of a column, each once."""
    return list(dict.fromkeys(name for table in tables for name in table[column]))
