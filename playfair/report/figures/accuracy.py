"""How often the models are right."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.marks import beside, error_bars, width
from playfair.report.figures.sheet import labelled, legend, single
from playfair.report.look import SMALL, ZERO, model_colour, model_name, score, style

MEASURES = {
    "top1": "top-1",
    "top5": "top-5",
    "pair_top1": "right up to\ntime\nreversal",
    "within_pair": "direction\nagainst twin",
}


def accuracy_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Bars of each model's accuracies with 95 % intervals.

    Args:
        tables: model → table of `analysis.accuracy.accuracy`.
    """
    with style():
        figure, axes = single(2.3)
        for i, (name, table) in enumerate(tables.items()):
            rows = table[table["measure"].isin(list(MEASURES))]
            x = beside(len(rows), i, len(tables))
            bar = width(len(tables)) * 0.92
            axes.bar(x, rows["mean"], bar, color=model_colour(name), label=model_name(name))
            error_bars(axes, x, rows)
            _numbers(axes, x, rows)
        measures = next(iter(tables.values()))["measure"]
        axes.set_xticks(range(len(measures)), [MEASURES[measure] for measure in measures])
        for place, measure in enumerate(measures):
            if measure == "within_pair":  # one of two
                ends = (place - 0.45, place + 0.45)
                axes.hlines(0.5, *ends, color=ZERO, linewidth=0.8, linestyle=":", label="guessing")
        axes.set_ylim(0, 1.08)
        axes.set_ylabel("share of videos")
        labelled(figure, [axes])
        legend(figure, axes)
    return figure


def _numbers(axes: Axes, x: np.ndarray, rows: pd.DataFrame) -> None:
    """Each mean above its interval."""
    for place, mean, high in zip(x, rows["mean"], rows["high"], strict=True):
        if np.isfinite(mean):
            axes.text(place, high + 0.015, share(mean), ha="center", va="bottom", fontsize=SMALL)


def share(mean: float) -> str:
    """A share above its bar; one that is not quite all, or nothing, is not written so.

    Example:
        >>> share(0.946), share(0.9958), share(1.0), share(0.0)
        ('0.95', '0.996', '1.00', '0.00')
        >>> share(0.9997), share(0.0002)
        ('>0.999', '<0.001')
    """
    text = f"{mean:.2f}"
    is_round = text in ("0.00", "1.00")
    return score(mean) if is_round and mean not in (0, 1) else text
