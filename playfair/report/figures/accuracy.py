"""How often the models are right."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.marks import beside, error_bars, width
from playfair.report.look import ZERO, model_colour, model_name, style

MEASURES = {
    "top1": "top-1",
    "top5": "top-5",
    "pair_top1": "right up to\ntime reversal",
    "within_pair": "direction\nagainst twin",
}


def accuracy_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Bars of each model's accuracies with 95 % intervals.

    Args:
        tables: model → table of `analysis.accuracy.accuracy`.
    """
    with style():
        figure = Figure(figsize=(5.2, 2.8), layout="constrained")
        axes = figure.subplots()
        for i, (name, table) in enumerate(tables.items()):
            rows = table[table["measure"].isin(list(MEASURES))]
            x = beside(len(rows), i, len(tables))
            bar = width(len(tables)) * 0.92
            axes.bar(x, rows["mean"], bar, color=model_colour(name), label=model_name(name))
            error_bars(axes, x, rows)
            _numbers(axes, x, rows)
        measures = next(iter(tables.values()))["measure"]
        axes.set_xticks(range(len(measures)), [MEASURES[measure] for measure in measures])
        axes.axhline(0.5, xmin=0.77, color=ZERO, linewidth=0.8, linestyle=":")
        right = len(measures) - 0.45
        axes.text(right, 0.5, " guessing", va="center", ha="left", fontsize=7, color=ZERO)
        axes.set_ylim(0, 1.08)
        axes.set_ylabel("share of validation videos")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _numbers(axes: Axes, x: np.ndarray, rows: pd.DataFrame) -> None:
    """Each mean above its interval."""
    for place, mean, high in zip(x, rows["mean"], rows["high"], strict=True):
        if np.isfinite(mean):
            axes.text(place, high + 0.015, f"{mean:.2f}", ha="center", va="bottom", fontsize=7)
