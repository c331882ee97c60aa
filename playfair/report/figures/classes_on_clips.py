"""ESVs of other classes on the clips of a class."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.heat_map import DIVERGING, SEQUENTIAL, heat_map, shortened
from playfair.report.look import OTHER_CLASS, TRUE_CLASS, ZERO, heading, model_name, style

OTHERS = {
    "predicted": "True class and the wrong one predicted",
    "twin": "True class and its twin",
}
ROLES = {"true": (TRUE_CLASS, "-"), "other": (OTHER_CLASS, "--")}


def against_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """ESVs of the true class and of another on the same clips, by position.

    Args:
        tables: model → the profiles of `analysis.attribution_confusion.against`.
    """
    with style():
        figure = Figure(figsize=(7.2, 2.4 * len(tables) + 0.2), layout="constrained")
        panels = figure.subplots(len(tables), 2, squeeze=False, sharey=True, sharex=True)
        for row, (model, table) in zip(panels, tables.items(), strict=True):
            for axes, (other, title) in zip(row, OTHERS.items(), strict=True):
                _profiles(axes, table[table["other"] == other], other)
                if axes in panels[0]:
                    axes.set_title(title)
                    axes.legend(loc="upper left", fontsize=7)
            row[0].set_ylabel(f"{model_name(model)}\nmean ESV (probability)")
        for axes in panels[-1]:
            axes.set_xlabel("position in the clip")
    return figure


def _profiles(axes: Axes, table: pd.DataFrame, other: str) -> None:
    for role, (colour, line) in ROLES.items():
        rows = table[table["of"] == role]
        x = rows["position"]
        axes.fill_between(x, rows["low"], rows["high"], color=colour, alpha=0.15, lw=0)
        label = role if role == "true" else other
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
    size = max(0.17 * n, 1.6)  # inches
    support = {model: _grid(table, names, "support") for model, table in tables.items()}
    cosine = {model: _grid(table, names, "cosine") for model, table in tables.items()}
    most = max(float(np.nanmax(grid)) for grid in support.values())
    columns = [
        ("support", "sum of the ESVs above 0 (probability)", support, SEQUENTIAL, (0.0, most)),
        ("likeness", "cosine to the true class's ESVs", cosine, DIVERGING, (-1.0, 1.0)),
    ]
    with style():
        height = len(tables) * (size + 0.3) + 1.3
        figure = Figure(figsize=(2 * size + 3.8, height), layout="constrained")
        panels = figure.subplots(len(tables), 2, squeeze=False, sharex=True, sharey=True)
        for i, (title, unit, grids, colours, ends) in enumerate(columns):
            for row, (model, grid) in zip(panels, grids.items(), strict=True):
                cells = heat_map(row[i], grid, colours, ends)
                row[i].set_title(heading(model, title))
            bar = figure.colorbar(cells, ax=panels[:, i], location="bottom", aspect=30)
            bar.set_label(unit)
            panels[-1, i].set_xlabel("scored class")
            panels[-1, i].tick_params(axis="x", labelsize=6)
        places = np.arange(n) + 0.5
        numbers = [str(i) if n < 16 or i % 2 else "" for i in range(1, n + 1)]
        numbered = [f"{shortened(name)}  {i}" for i, name in enumerate(names, start=1)]
        panels[0, 0].set_xticks(places, numbers)
        for row in panels:
            row[0].set_yticks(places, numbered, fontsize=7)
            row[0].set_ylabel("true class")
        panels[0, 0].set_ylim(n, 0)
    return figure


def _grid(table: pd.DataFrame, names: Sequence[str], column: str) -> np.ndarray:
    """A column of the table: (true class, scored class)."""
    cells = table.pivot(index="true", columns="scored", values=column)
    return np.asarray(cells.loc[list(names), list(names)].to_numpy())
