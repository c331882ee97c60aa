"""Which pairs of frames work together."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.look import DISTRACTING, SUPPORTING, model_colour, model_name, style

SIGNED = LinearSegmentedColormap.from_list("signed", [DISTRACTING, "#FFFFFF", SUPPORTING])


def heat_maps_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Mean interactions of every pair: a row per model, a map per measure. tables: model → `frame_pairs.by_pair`."""
    measures = list(dict.fromkeys(name for table in tables.values() for name in table["measure"]))
    largest = max(float(table["mean"].abs().max()) for table in tables.values()) or 1.0
    n_frames = max(int(table["second"].max()) for table in tables.values()) + 1
    with style():
        figure = Figure(
            figsize=(2.3 * len(measures) + 1.0, 2.3 * len(tables) + 0.2), layout="constrained"
        )
        grid = figure.subplots(len(tables), len(measures), squeeze=False, sharex=True, sharey=True)
        for row, (model, table) in zip(grid, tables.items(), strict=True):
            for axes, measure in zip(row, measures, strict=True):
                shown = table[table["measure"] == measure]
                cells = np.full((n_frames, n_frames), np.nan)
                for i, j in ((shown["first"], shown["second"]), (shown["second"], shown["first"])):
                    cells[i, j] = shown["mean"]
                drawn = axes.pcolormesh(
                    cells,
                    cmap=SIGNED,
                    vmin=-largest,
                    vmax=largest,
                    edgecolors="face",
                    linewidth=0.1,
                )
                none = shown[shown["none"]]
                for i, j in ((none["first"], none["second"]), (none["second"], none["first"])):
                    axes.plot(j + 0.5, i + 0.5, ".", color="0.5", markersize=2.5)
                axes.set(title=f"{model_name(model)}: {measure}", aspect="equal", facecolor="0.9")
                axes.set_xticks(np.arange(n_frames) + 0.5, np.arange(n_frames))
                axes.set_yticks(np.arange(n_frames) + 0.5, np.arange(n_frames))
                axes.set_ylim(n_frames, 0)
            row[0].set_ylabel("frame")
        for axes in grid[-1]:
            axes.set_xlabel("frame")
        figure.colorbar(
            drawn, ax=grid, label="mean interaction (probability)", shrink=0.6, aspect=30
        )
    return figure


def pairs_figure(
    kinds: Mapping[str, pd.DataFrame], distances: Mapping[str, pd.DataFrame]
) -> Figure:
    """Interactions by kind of pair and by distance. kinds, distances: model → `frame_pairs.by_kind`, `by_distance`."""
    measures = list(
        dict.fromkeys(name for table in distances.values() for name in table["measure"])
    )
    names = list(dict.fromkeys(kind for table in kinds.values() for kind in table["pairs"]))
    with style():
        figure = Figure(figsize=(2.6 * len(measures) + 1.0, 4.6), layout="constrained")
        grid = figure.subplots(2, len(measures), squeeze=False, sharex="row", sharey="row")
        for (dots, lines), measure in zip(grid.T, measures, strict=True):
            for i, model in enumerate(distances):
                colour = model_colour(model)
                of_kind = kinds[model][kinds[model]["measure"] == measure]
                y = (
                    np.array([names.index(kind) for kind in of_kind["pairs"]])
                    + (i - (len(kinds) - 1) / 2) * 0.3
                )
                dots.hlines(y, of_kind["low"], of_kind["high"], color=colour, linewidth=1.2)
                dots.plot(of_kind["mean"], y, "o", color=colour, label=model_name(model))
                apart = distances[model][distances[model]["measure"] == measure]
                lines.fill_between(
                    apart["distance"],
                    apart["low"],
                    apart["high"],
                    color=colour,
                    alpha=0.25,
                    linewidth=0,
                )
                lines.plot(apart["distance"], apart["mean"], marker="o", color=colour)
            dots.axvline(0, color="0.4", linewidth=0.8)
            dots.set(
                title=measure[0].upper() + measure[1:], xlabel="mean interaction (probability)"
            )
            dots.set_yticks(range(len(names)), names)
            dots.set_ylim(len(names) - 0.5, -0.5)
            lines.axhline(0, color="0.4", linewidth=0.8)
            lines.set_xlabel("frames apart")
            lines.xaxis.set_major_locator(MaxNLocator(integer=True))
        grid[1][0].set_ylabel("mean interaction\n(probability)")
        grid[0][0].legend(fontsize=8)
    return figure
