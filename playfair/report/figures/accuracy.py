"""How often the models are right."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from playfair.report.look import model_colour, model_name, style

_MEASURES = {
    "top1": "top-1",
    "top5": "top-5",
    "pair_top1": "right up to\ntime reversal",
    "within_pair": "direction\nwithin pair",
}


def accuracy_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Bars of each model's accuracies with 95 % intervals. tables: model → table of `analysis.accuracy`."""
    with style():
        figure = Figure(figsize=(5.2, 2.8), layout="constrained")
        axes = figure.subplots()
        width = 0.8 / len(tables)
        for i, (name, table) in enumerate(tables.items()):
            shown = table[table["measure"].isin(list(_MEASURES))]
            x = np.arange(len(shown)) + (i - (len(tables) - 1) / 2) * width
            error = [shown["mean"] - shown["low"], shown["high"] - shown["mean"]]
            axes.bar(
                x, shown["mean"], width * 0.92, color=model_colour(name), label=model_name(name)
            )
            axes.errorbar(
                x, shown["mean"], error, fmt="none", ecolor="0.2", elinewidth=0.8, capsize=2
            )
            for at, mean, high in zip(x, shown["mean"], shown["high"], strict=True):
                if np.isfinite(mean):
                    axes.text(at, high + 0.015, f"{mean:.2f}", ha="center", va="bottom", fontsize=7)
        measures = next(iter(tables.values()))["measure"]
        axes.set_xticks(range(len(measures)), [_MEASURES[m] for m in measures])
        axes.axhline(0.5, xmin=0.77, color="0.4", linewidth=0.8, linestyle=":")
        axes.text(
            len(measures) - 0.45, 0.5, " guessing", va="center", ha="left", fontsize=7, color="0.4"
        )
        axes.set_ylim(0, 1.08)
        axes.set_ylabel("share of validation videos")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
