"""ESVs of other classes on the clips of a class."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.heat_map import LIKENESS, SEQUENTIAL, heat_map, shortened
from playfair.report.figures.sheet import BOTH, equal, labelled, legend, panels_by_model
from playfair.report.look import OTHER_CLASS, TRUE_CLASS, ZERO, heading, style

OTHERS = {
    "predicted": "the wrong class predicted",
    "twin": "the twin",
}
CELL = 0.125  # inches of a class's row
NAME = 30  # letters
MOST_ROWS = 60  # that a page is tall enough for
MOST_NUMBERS = 14
ROLES = {"true": (TRUE_CLASS, "-"), "other": (OTHER_CLASS, "--")}


def against_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """ESVs of the true class and of another on the same clips, by position.

    Args:
        tables: model → the profiles of `analysis.attribution_confusion.against`.
    """
    with style():
        figure, panels = panels_by_model(len(tables), 2, tall=1.8)
        for row, (model, table) in zip(panels, tables.items(), strict=True):
            for axes, (other, title) in zip(row, OTHERS.items(), strict=True):
                _profiles(axes, table[table["other"] == other])
                axes.set_title(heading(model, title))
                axes.set(xlabel="position in the clip", ylabel="mean ESV (probability)")
        equal(panels.flat, "y")
        labelled(figure, panels.flat)
        legend(figure, panels[0][0])
    return figure


def _profiles(axes: Axes, table: pd.DataFrame) -> None:
    for role, (colour, line) in ROLES.items():
        rows = table[table["of"] == role]
        x = rows["position"]
        axes.fill_between(x, rows["low"], rows["high"], color=colour, alpha=0.15, lw=0)
        label = "true class" if role == "true" else "the other class"
        axes.plot(x, rows["esv"], line, marker="o", color=colour, label=label)
    axes.axhline(0, color=ZERO, linewidth=0.8)
    count = f"n = {table['videos'].iloc[0]}"
    axes.text(0.98, 0.97, count, transform=axes.transAxes, ha="right", va="top")


def confusion_figure(tables: Mapping[str, pd.DataFrame], names: Sequence[str]) -> Figure:
    """How much every class is supported on the clips of every other, and whether by the same
    frames.

    Args:
        tables: model → `analysis.attribution_confusion.confusion`.
        names: of the classes.
    """
    n = len(names)
    support = {model: _grid(table, names, "support") for model, table in tables.items()}
    cosine = {model: _grid(table, names, "cosine") for model, table in tables.items()}
    most = max(float(np.nanmax(grid)) for grid in support.values())
    columns = [
        ("support", "sum of the ESVs above 0 (probability)", support, SEQUENTIAL, (0.0, most)),
        ("likeness", "cosine to the true class's ESVs", cosine, LIKENESS, (-1.0, 1.0)),
    ]
    every = math.ceil(n / MOST_ROWS)  # which classes are named, where not all of them can be
    places = np.arange(0, n, every) + 0.5
    with style():
        tall = max(CELL * n / every, 1.2) + 0.5
        figure = Figure(figsize=(BOTH, len(tables) * tall + 0.6), layout="constrained")
        panels = figure.subplots(len(tables), 2, squeeze=False, sharex=True, sharey=True)
        for i, (title, unit, grids, colours, ends) in enumerate(columns):
            for row, (model, grid) in zip(panels, grids.items(), strict=True):
                cells = heat_map(row[i], grid, colours, ends)
                row[i].set_title(heading(model, title))
            panels[-1, i].set_xlabel("scored class, by number")
            bar = figure.colorbar(cells, ax=panels[:, i], location="bottom", aspect=40, pad=0.02)
            bar.set_label(unit)
        numbered = [f"{shortened(names[i], NAME)}  {i + 1}" for i in range(0, n, every)]
        # every number where two digits have room, half as many of more digits
        most = MOST_NUMBERS if n < 100 else MOST_NUMBERS // 2
        step = every * math.ceil(len(places) / most)
        panels[0, 0].set_xticks(np.arange(0, n, step) + 0.5, range(1, n + 1, step))
        for row in panels:
            row[0].set_yticks(places, numbered)
            row[0].set_ylabel("true class")
        panels[0, 0].set_ylim(n, 0)
        labelled(figure, panels.flat)
    return figure


def _grid(table: pd.DataFrame, names: Sequence[str], column: str) -> np.ndarray:
    """A column of the table: (true class, scored class)."""
    cells = table.pivot(index="true", columns="scored", values=column)
    return np.asarray(cells.loc[list(names), list(names)].to_numpy())
