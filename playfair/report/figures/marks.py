"""Means with their 95 % intervals: as lines with bands, and as bars side by side."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from playfair.report.look import ERROR, model_colour, model_name

LETTERS = 9  # of a line of a name below an axis
MOST_DOTS = 500  # values of pairs that are drawn one by one
GOLDEN = 0.618034


def band(axes: Axes, table: pd.DataFrame, x: str, ends: tuple[str, str], colour: str) -> None:
    """The interval along x. ends: the columns of its low and its high end."""
    low, high = ends
    axes.fill_between(table[x], table[low], table[high], color=colour, alpha=0.25, linewidth=0)


def error_bars(axes: Axes, x: np.ndarray, rows: pd.DataFrame, cap: float = 2) -> None:
    """The intervals of rows with mean, low and high."""
    below = rows["mean"] - rows["low"]
    above = rows["high"] - rows["mean"]
    axes.errorbar(
        x, rows["mean"], [below, above], fmt="none", ecolor=ERROR, elinewidth=0.8, capsize=cap
    )


def beside(n_places: int, i: int, n_models: int) -> np.ndarray:
    """Where the bars of the i-th of several models stand: (place,)."""
    return np.arange(n_places) + (i - (n_models - 1) / 2) * width(n_models)


def width(n_models: int) -> float:
    """What is there for each model's bar, of which it takes 92 %."""
    return 0.8 / n_models


def model_bars(
    axes: Axes, table: pd.DataFrame, measures: Sequence[str], ticks: Sequence[str]
) -> None:
    """Bars of each model's means; the difference between models is in the table.

    Args:
        table: of `analysis.compare.compare`.
        measures: whose means, from the left.
        ticks: what is written below them.
    """
    models = [name for name in table["model"].unique() if " − " not in name]
    for i, name in enumerate(models):
        rows = table[table["model"] == name].set_index("measure").loc[list(measures)]
        x = beside(len(rows), i, len(models))
        bar = width(len(models)) * 0.92
        axes.bar(x, rows["mean"], bar, color=model_colour(name), label=model_name(name))
        error_bars(axes, x, rows)
    axes.set_xticks(range(len(ticks)), ticks)


def paired(axes: Axes, values: Mapping[str, pd.Series], table: pd.DataFrame) -> None:
    """Differences within videos: each as a dot where they can be told apart, and their mean.

    Args:
        values: model → a difference for each video.
        table: of `analysis.compare.compare`, with the measure difference.
    """
    means = table[table["measure"] == "difference"].set_index("model")
    for place, (name, differences) in enumerate(values.items()):
        known = differences.dropna().sort_values()
        if len(known) <= MOST_DOTS:
            # side by side in the order of a golden ratio's multiples: no two alike, none by chance
            aside = 0.6 * ((np.arange(len(known)) * GOLDEN) % 1 - 0.5)
            axes.plot(
                place + aside,
                known,
                ".",
                color=model_colour(name),
                alpha=0.6,
                markersize=2.5,
                markeredgewidth=0,
            )
        rows = means.loc[[name]]
        error_bars(axes, np.array([place]), rows, cap=3)
        axes.plot(place, rows["mean"].iloc[0], "_", color=ERROR, markersize=14)
    axes.set_xticks(range(len(values)), [fill(model_name(name), LETTERS) for name in values])
    axes.set_xlim(-0.6, len(values) - 0.4)
