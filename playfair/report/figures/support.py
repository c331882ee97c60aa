"""How many frames support or distract, and how strongly."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import DISTRACTING, SUPPORTING, model_name, style

_GROUPS = {
    "correct": ("-", 1.0, -1),
    "incorrect": ("--", 0.45, 1),
}  # line, opacity of bars, side of the tick


def support_figure(
    tables: Mapping[str, pd.DataFrame], spread: Mapping[str, pd.DataFrame]
) -> Figure:
    """One row for each model: supporting frames per video, the strongest frames' ESVs, and the means of both.

    tables: model → `analysis.support.by_prediction`; spread: model → `analysis.support.distributions`.
    """
    with style():
        figure = Figure(figsize=(8.6, 2.4 * len(tables) + 0.3), layout="constrained")
        panels = figure.subplots(len(tables), 3, squeeze=False, sharey="col")
        for row, name in zip(panels, tables, strict=True):
            of = {group: spread[name][spread[name]["prediction"] == group] for group in _GROUPS}
            _counts(row[0], of)
            _strongest(row[1], of)
            _means(row[2], tables[name])
            row[0].set_ylabel(f"{model_name(name)}\nshare of videos")
        for axes, title in zip(
            panels[0],
            ("Supporting frames", "Strongest frames", "Strongest frames, mean"),
            strict=True,
        ):
            axes.set_title(title)
        for axes in panels[0, :2]:
            axes.set_ylim(bottom=0)
            axes.legend(title="predicted", fontsize=7, title_fontsize=7, loc="upper right")
        panels[-1, 0].set_xlabel("supporting frames in a video")
        panels[-1, 1].set_xlabel("ESV of the true class (probability)")
    return figure


def _counts(axes: Axes, of: Mapping[str, pd.DataFrame]) -> None:
    for group, (_, opacity, side) in _GROUPS.items():
        shown = of[group][of[group]["measure"] == "supporting"]
        x = (shown["left"] + shown["right"]) / 2 + side * 0.2
        axes.bar(x, shown["share"], 0.38, color=SUPPORTING, alpha=opacity, label=group)
        error = [shown["share"] - shown["low"], shown["high"] - shown["share"]]
        axes.errorbar(x, shown["share"], error, fmt="none", ecolor="0.2", elinewidth=0.7)


def _strongest(axes: Axes, of: Mapping[str, pd.DataFrame]) -> None:
    for group, (line, _, _) in _GROUPS.items():
        for measure, colour in (
            ("strongest_supporting", SUPPORTING),
            ("strongest_distracting", DISTRACTING),
        ):
            shown = of[group][of[group]["measure"] == measure]
            there = np.flatnonzero(shown["share"] > 0)
            if not len(there):
                continue
            shown = shown.iloc[there[0] : there[-1] + 1]
            edges = [*shown["left"], shown["right"].iloc[-1]]
            axes.stairs(shown["share"], edges, color=colour, linestyle=line, linewidth=1.2)
            low, high = ([*shown[end], shown[end].iloc[-1]] for end in ("low", "high"))
            axes.fill_between(edges, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
        axes.plot([], [], color="0.3", linestyle=line, linewidth=1.2, label=group)
    axes.axvline(0, color="0.4", linewidth=0.8)


def _means(axes: Axes, table: pd.DataFrame) -> None:
    rows = table.set_index(["prediction", "measure"])
    for x, group in enumerate(_GROUPS):
        for measure, colour in (
            ("strongest_supporting", SUPPORTING),
            ("strongest_distracting", DISTRACTING),
        ):
            row = rows.loc[(group, measure)]
            axes.bar(x, row["mean"], 0.6, color=colour)
            error = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
            axes.errorbar(
                x, row["mean"], error, fmt="none", ecolor="0.2", elinewidth=0.8, capsize=2
            )
    ticks = [f"{group}\n(n = {rows.loc[(group, 'supporting'), 'videos']})" for group in _GROUPS]
    axes.set_xticks(np.arange(len(ticks)), ticks)
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set_ylabel("mean ESV (probability)")
