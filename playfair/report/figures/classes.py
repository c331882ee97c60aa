"""ESVs by class: profiles, what classes lean on, and other classes' ESVs on the same clips."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from playfair.report.look import DISTRACTING, SUPPORTING, model_colour, model_name, style

DIVERGING = LinearSegmentedColormap.from_list("esv", [DISTRACTING, "white", SUPPORTING])
SEQUENTIAL = LinearSegmentedColormap.from_list("support", ["white", SUPPORTING])


def classes_figure(
    profiles: Mapping[str, pd.DataFrame], leaning: Mapping[str, pd.DataFrame], shown: Sequence[str]
) -> Figure:
    """A row for each class: its ESVs over the clip, where the support's centre lies and on how many frames it rests.

    profiles, leaning: model → tables of `analysis.classes`; shown: names of the classes, from the top.
    """
    n_models, rows = len(profiles), len(shown)
    mean = {name: _grid(table, shown) for name, table in profiles.items()}
    largest = max(float(np.nanmax(np.abs(grid))) for grid in mean.values())
    with style():
        figure = Figure(figsize=(6.4 + 1.6 * n_models, 0.9 + 0.19 * rows), layout="constrained")
        panels = figure.subplots(1, n_models + 2, sharey=True, squeeze=False)[0]
        for axes, (name, grid) in zip(panels, mean.items(), strict=False):
            drawn = _heat(axes, grid, DIVERGING, (-largest, largest))
            last = grid.shape[1] - 1
            axes.set_xticks(sorted({0.5, last + 0.5}), ["first", "last"][: last + 1])
            axes.set(title=model_name(name), xlabel="frame")
        bar = figure.colorbar(drawn, ax=panels[:n_models], aspect=40, pad=0.02)
        bar.set_label("mean ESV (probability)")
        for axes, column in zip(panels[n_models:], ("centre", "effective_frames"), strict=True):
            for i, (name, table) in enumerate(leaning.items()):
                of = table.set_index("class").loc[list(shown)]
                y = np.arange(rows) + 0.5 + 0.3 * (i - (n_models - 1) / 2)
                ends = [of[column] - of[f"{column}_low"], of[f"{column}_high"] - of[column]]
                axes.errorbar(
                    *(of[column], y),
                    xerr=ends,
                    fmt="o",
                    markersize=3,
                    elinewidth=0.9,
                    color=model_colour(name),
                    label=model_name(name),
                )
            axes.grid(axis="y", color="0.92", linewidth=0.6)
            axes.tick_params(axis="y", length=0)
        panels[n_models].axvline(0.5, color="0.4", linewidth=0.8, linestyle=":")
        panels[n_models].set(title="Centre of support", xlabel="position in the clip", xlim=(0, 1))
        panels[n_models + 1].set(title="Leant on", xlabel="effective frames")
        panels[n_models + 1].set_xlim(left=1)
        panels[-1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
        panels[0].set_yticks(np.arange(rows) + 0.5, [_short(name) for name in shown], fontsize=7)
        panels[0].set_ylim(rows, 0)
    return figure


def against_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """ESVs of the true class and of another on the same clips, by position.

    tables: model → the profiles of `analysis.attribution_confusion.against`.
    """
    with style():
        figure = Figure(figsize=(7.2, 2.4 * len(tables) + 0.2), layout="constrained")
        panels = figure.subplots(len(tables), 2, squeeze=False, sharey=True, sharex=True)
        titles = {
            "predicted": "True class and the wrong one predicted",
            "twin": "True class and its twin",
        }
        for row, (name, table) in zip(panels, tables.items(), strict=True):
            for axes, (other, title) in zip(row, titles.items(), strict=True):
                of_other = table[table["other"] == other]
                for of, colour, line in (("true", "black", "-"), ("other", "#CC79A7", "--")):
                    shown = of_other[of_other["of"] == of]
                    axes.fill_between(
                        shown["position"],
                        shown["low"],
                        shown["high"],
                        color=colour,
                        alpha=0.15,
                        lw=0,
                    )
                    label = of if of == "true" else other
                    axes.plot(
                        shown["position"], shown["esv"], line, marker="o", color=colour, label=label
                    )
                axes.axhline(0, color="0.4", linewidth=0.8)
                axes.text(
                    0.98,
                    0.97,
                    f"n = {of_other['videos'].iloc[0]}",
                    transform=axes.transAxes,
                    ha="right",
                    va="top",
                )
                if axes in panels[0]:
                    axes.set_title(title)
                    axes.legend(loc="upper left", fontsize=7)
            row[0].set_ylabel(f"{model_name(name)}\nmean ESV (probability)")
        for axes in panels[-1]:
            axes.set_xlabel("position in the clip")
    return figure


def confusion_figure(tables: Mapping[str, pd.DataFrame], shown: Sequence[str]) -> Figure:
    """How much every class is supported on the clips of every other, and whether by the same frames.

    tables: model → `analysis.attribution_confusion.confusion`; shown: names of the classes.
    """
    n, size = len(shown), max(0.17 * len(shown), 1.6)  # inches
    grids = {
        (name, column): table.pivot(index="true", columns="scored", values=column).loc[
            list(shown), list(shown)
        ]
        for name, table in tables.items()
        for column in ("support", "cosine")
    }
    most = max(
        float(np.nanmax(grid.to_numpy()))
        for (_, column), grid in grids.items()
        if column == "support"
    )
    looks = [
        ("support", "support", SEQUENTIAL, (0.0, most)),
        ("cosine", "likeness", DIVERGING, (-1.0, 1.0)),
    ]
    units = {
        "support": "sum of the ESVs above 0 (probability)",
        "cosine": "cosine to the true class's ESVs",
    }
    with style():
        figure = Figure(
            figsize=(2 * size + 3.8, len(tables) * (size + 0.3) + 1.3), layout="constrained"
        )
        panels = figure.subplots(len(tables), 2, squeeze=False, sharex=True, sharey=True)
        for i, (column, title, colours, ends) in enumerate(looks):
            for row, name in zip(panels, tables, strict=True):
                drawn = _heat(row[i], grids[name, column].to_numpy(), colours, ends)
                row[i].set_title(f"{model_name(name)}: {title}")
            figure.colorbar(drawn, ax=panels[:, i], location="bottom", aspect=30).set_label(
                units[column]
            )
            panels[-1, i].set_xlabel("scored class")
            panels[-1, i].tick_params(axis="x", labelsize=6)
        places = np.arange(n) + 0.5
        panels[0, 0].set_xticks(
            places, [str(i) if n < 16 or i % 2 else "" for i in range(1, n + 1)]
        )
        for row in panels:
            row[0].set_yticks(
                places,
                [f"{_short(name)}  {i}" for i, name in enumerate(shown, start=1)],
                fontsize=7,
            )
            row[0].set_ylabel("true class")
        panels[0, 0].set_ylim(n, 0)
    return figure


def _heat(
    axes: Axes, grid: np.ndarray, colours: LinearSegmentedColormap, ends: tuple[float, float]
) -> QuadMesh:
    axes.set_facecolor("0.85")  # NaN: no video
    drawn = axes.pcolormesh(
        np.ma.masked_invalid(grid), cmap=colours, vmin=ends[0], vmax=ends[1], rasterized=True
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return drawn


def _grid(table: pd.DataFrame, shown: Sequence[str]) -> np.ndarray:
    grid: np.ndarray = (
        table.pivot(index="class", columns="frame", values="esv").loc[list(shown)].to_numpy()
    )
    return grid


def _short(name: str) -> str:
    return name if len(name) <= 56 else f"{name[:55]}…"
