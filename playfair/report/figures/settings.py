"""Metrics against what was set otherwise, a line for each model."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.analysis.settings import MODEL, Settings, as_set, numeric, short_names, shown
from playfair.report.figures.marks import LETTERS
from playfair.report.figures.sheet import (
    LEGEND,
    labelled,
    legend,
    panels_by_model,
    powers,
    side_by_side,
)
from playfair.report.look import ERROR, model_colour, model_name, showing, style
from playfair.report.side_by_side import in_words
from playfair.steps.run_folder import NONE

MOST_COLUMNS = 4  # options side by side
TALL = 1.7  # inches of a panel
MOST_TICKS = 8  # whole numbers that are written at an axis, each
MOST_LINES = 6  # of one model, told apart
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)))
# options that are read as other words than they are typed
OPTIONS = {"n_frames": "frames", "lr": "learning rate"}
WIDE = 100  # greatest over least of an axis that is logarithmic


def settings_figure(settings: Settings) -> Figure:
    """A row of panels for each metric, a column for each option that differs.

    Points that differ in nothing else are joined; bars are intervals over seeds.
    """
    metrics = shown(settings)
    options = settings.swept[:MOST_COLUMNS] or [MODEL]
    names = short_names(settings.swept)
    pairs = [(metric, option) for metric in metrics for option in options]
    with style(), showing(map(str, settings.means[MODEL].unique())):
        figure, panels = _panels(len(metrics), len(options))
        for axes, (metric, option) in zip(panels, pairs, strict=True):
            _panel(axes, settings, option, metric)
            axes.set(xlabel=_named(names.get(option, option)), ylabel=in_words(metric))
        labelled(figure, panels)
        legend(figure, *panels[: len(options)])
    return figure


def _panels(n_metrics: int, n_options: int) -> tuple[Figure, list[Axes]]:
    """The panels, those of a metric one after another; room for a legend of several lines."""
    if n_options == 1:
        return side_by_side(n_metrics, tall=TALL, more=3 * LEGEND)
    figure, grid = panels_by_model(n_metrics, n_options, tall=TALL, more=3 * LEGEND)
    return figure, list(grid.flat)


def _named(option: str) -> str:
    """An option as an axis has it.

    Example:
        >>> _named("n_frames"), _named("heads.lr"), _named("weight_decay")
        ('frames', 'heads: learning rate', 'weight decay')
    """
    words = [OPTIONS.get(word, word.replace("_", " ")) for word in option.split(".")]
    return ": ".join(words)


def _panel(axes: Axes, settings: Settings, option: str, metric: str) -> None:
    """One metric against one option."""
    means = settings.means.dropna(subset=[metric])
    means = means[means[option] != NONE].infer_objects()
    places = _places(axes, means, option)
    others = [name for name in settings.swept if name != option]
    several = len(means[[MODEL]].drop_duplicates()) > 1
    for model, number, label, rows in _lines(means, others, several):
        x = np.array([places(value) for value in rows[option]], float)
        order = np.argsort(x, kind="stable")
        rows = rows.iloc[order]
        x = x[order]
        style_of_line = DASHES[number % len(DASHES)] if len(rows) > 1 and option != MODEL else ""
        below = (rows[metric] - rows[f"{metric}_low"]).fillna(0.0)
        above = (rows[f"{metric}_high"] - rows[metric]).fillna(0.0)
        axes.errorbar(
            x,
            rows[metric],
            [below, above],
            linestyle=style_of_line or "none",
            marker="o",
            color=model_colour(model) if model else ERROR,
            elinewidth=0.8,
            capsize=2,
            label=label,
        )


def _lines(
    means: pd.DataFrame, others: Sequence[str], several: bool
) -> Iterator[tuple[str, int, str, pd.DataFrame]]:
    """What is joined: of one model, and alike in all options but the panel's.

    Yields:
        The model, the number of its line, what a legend says of it, its rows.
    """
    short = short_names(others)
    for model, of_model in means.groupby(MODEL, sort=False):
        name = model_name(str(model))
        groups: list[tuple[Any, pd.DataFrame]] = [((), of_model)]
        if others:
            groups = list(of_model.groupby(list(others), sort=False, dropna=False))
        alone = all(len(rows) == 1 for _, rows in groups)
        if alone or len(groups) > MOST_LINES:  # not to be told apart: points alone
            yield str(model), 0, name if several else "", of_model.iloc[:0]
            for _, rows in groups:
                yield str(model), 0, "", rows
            continue
        for number, (values, rows) in enumerate(groups):
            same = ", ".join(
                f"{short[option]}={as_set(value)}"
                for option, value in zip(others, values, strict=True)
                if value != NONE
            )
            words = [name] if several or not same else []
            yield str(model), number, ": ".join([*words, *([same] if same else [])]), rows


def _places(axes: Axes, means: pd.DataFrame, option: str) -> Callable[[Any], float]:
    """Where a value stands on the x axis, which is made for it."""
    values = list(dict.fromkeys(means[option]))
    if numeric(means, [option]):
        numbers = np.array(values, float)
        if numbers.min() > 0 and numbers.max() / numbers.min() >= WIDE:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(powers())
        elif len(numbers) <= MOST_TICKS and (numbers % 1 == 0).all():
            axes.set_xticks(numbers, [f"{number:.0f}" for number in numbers])
        return float
    names = [model_name(str(value)) if option == MODEL else str(value) for value in values]
    axes.set_xticks(range(len(names)), [fill(name, LETTERS) for name in names])
    axes.margins(x=0.2)
    return values.index
