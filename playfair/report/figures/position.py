"""Where in a clip its supporting and distracting frames lie."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import model_colour, model_name, style


def position_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """ESV of the true class against position, and how often a frame is the most supporting or distracting one.

    tables: model → table of `analysis.position.by_position`.
    """
    with style():
        figure = Figure(figsize=(7.6, 2.7), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        panels = [
            (left, "esv", "ESV of the true class", "mean ESV (probability)"),
            (middle, "most_supporting", "Most supporting frame", "share of videos"),
            (right, "most_distracting", "Most distracting frame", "share of videos"),
        ]
        for axes, column, title, unit in panels:
            for name, table in tables.items():
                colour = model_colour(name)
                axes.fill_between(
                    table["position"],
                    table[f"{column}_low"],
                    table[f"{column}_high"],
                    color=colour,
                    alpha=0.25,
                    linewidth=0,
                )
                axes.plot(
                    table["position"],
                    table[column],
                    marker="o",
                    color=colour,
                    label=model_name(name),
                )
            axes.set_title(title)
            axes.set_xlabel("position in the clip")
            axes.set_ylabel(unit)
            if column == "esv":
                axes.axhline(0, color="0.4", linewidth=0.8)
            else:
                n_frames = len(next(iter(tables.values())))
                axes.axhline(1 / n_frames, color="0.4", linewidth=0.8, linestyle=":")
                axes.set_ylim(bottom=0)
        left.legend()
    return figure


def extremes_figure(table: pd.DataFrame) -> Figure:
    """How often the most supporting and the most distracting frame is the first, between, or the last.

    table: `analysis.compare.compare` of `analysis.position.extremes`, with a column chance.
    """
    with style():
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        for axes, kind in zip(
            figure.subplots(1, 2, sharey=True), ("supporting", "distracting"), strict=True
        ):
            measures = [f"{kind}_{place}" for place in ("first", "middle", "last")]
            _bars(axes, table, measures, ["first", "between", "last"])
            for x, measure in enumerate(measures):
                chance = table.loc[table["measure"] == measure, "chance"].iloc[0]
                axes.plot(
                    [x - 0.42, x + 0.42], [chance] * 2, color="0.2", linewidth=1, linestyle=":"
                )
            axes.set(title=f"Most {kind} frame", ylabel="share of videos")
        figure.axes[0].legend()
        figure.axes[1].set_ylabel("")
    return figure


def evidence_figure(table: pd.DataFrame) -> Figure:
    """ESVs inside and outside the decisive interval, and how many frames support there.

    table: `analysis.compare.compare` of `analysis.position.esvs_inside_and_outside`.
    """
    with style():
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        _bars(left, table, ["inside", "outside"], ["inside", "outside"])
        _bars(right, table, ["supporting_inside", "supporting_outside"], ["inside", "outside"])
        left.set(title="Decisive interval", ylabel="mean ESV (probability)")
        right.set(title="Frames that support", ylabel="share of frames", ylim=(0, 1))
        left.axhline(0, color="0.4", linewidth=0.8)
        left.legend()
    return figure


def _bars(axes: Axes, table: pd.DataFrame, measures: Sequence[str], ticks: Sequence[str]) -> None:
    """Bars of each model's means, side by side, with 95 % intervals; the difference between models is in the table."""
    models = [name for name in table["model"].unique() if " − " not in name]
    width = 0.8 / len(models)
    for i, name in enumerate(models):
        rows = table[table["model"] == name].set_index("measure").loc[list(measures)]
        x = np.arange(len(rows)) + (i - (len(models) - 1) / 2) * width
        axes.bar(x, rows["mean"], width * 0.92, color=model_colour(name), label=model_name(name))
        error = [rows["mean"] - rows["low"], rows["high"] - rows["mean"]]
        axes.errorbar(x, rows["mean"], error, fmt="none", ecolor="0.2", elinewidth=0.8, capsize=2)
    axes.set_xticks(range(len(ticks)), ticks)
