"""What changes as a model is shown more frames of the same clips."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import model_colour, model_name, style

_PANELS = {
    "correct": ("Accuracy", "share of videos"),
    "score": ("Score of the true class", "probability"),
    "supporting": ("Supporting frames", "share of frames"),
    "abs_esv": ("Size of an ESV", "mean |ESV| per frame (probability)"),
    "strongest": ("Strongest frame", "largest ESV (probability)"),
}


def length_figure(tables: Mapping[str, pd.DataFrame], first: Mapping[str, pd.DataFrame]) -> Figure:
    """Each measure against the number of frames, a line for each model, with 95 % intervals.

    tables: model → columns frames, measure, mean, low, high; first: model → `analysis.length.first_right`.
    """
    with style():
        figure = Figure(figsize=(8.0, 4.8), layout="constrained")
        panels = figure.subplots(2, 3, sharex=True).ravel()
        for axes, (measure, (title, unit)) in zip(panels, _PANELS.items(), strict=False):
            for name, table in tables.items():
                _line(axes, table[table["measure"] == measure], ("mean", "low", "high"), name)
            axes.set(title=title, ylabel=unit)
        for name, table in first.items():
            _line(panels[5], table, ("first_by", "first_by_low", "first_by_high"), name)
            _line(panels[5], table, ("settled_by", "settled_by_low", "settled_by_high"), name, ":")
        panels[5].set(title="Right by then", ylabel="share of videos")
        for axes in panels:
            axes.set_ylim(bottom=0)
            top = axes.get_ylim()[1]
            axes.set_ylim(top=min(top, 1.02) if axes in panels[[0, 1, 2, 5]] else top)
        for axes in panels[3:]:
            axes.set_xlabel("frames shown")
        panels[0].legend()
    return figure


def _line(
    axes: Axes, table: pd.DataFrame, columns: tuple[str, str, str], name: str, line: str = "-"
) -> None:
    mean, low, high = columns
    colour, marker = model_colour(name), "o" if line == "-" else ""
    axes.fill_between(
        table["frames"], table[low], table[high], color=colour, alpha=0.25, linewidth=0
    )
    axes.plot(
        table["frames"],
        table[mean],
        line,
        marker=marker,
        markersize=3,
        color=colour,
        label=model_name(name),
    )
