"""ESV beside its rivals."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.attribution import METHODS
from playfair.report.look import SUPPORTING, model_colour, model_name, style

PANELS = (
    ("spearman", "Rank agreement with ESV", "Spearman's ρ"),
    ("evidence_mass", "Evidence mass", "share of positive attribution"),
    ("pointing", "Pointing game", "share of videos"),
    ("kept", "Doubled frame", "credit of both copies / before"),
    ("deletion_area", "Deletion area: low is good", "mean score (probability)"),
    ("insertion_area", "Insertion area: high is good", "mean score (probability)"),
    ("deletion_area_frozen", "Deletion area, frozen", "mean score (probability)"),
    (
        "efficiency_error",
        "Efficiency error: low is good",
        "mean |Σ − (score − prior)|\nhollow: of another unit",
    ),
)


def measures_figure(measures: pd.DataFrame, duplicates: pd.DataFrame) -> Figure:
    """Dots with 95 % intervals, a panel per measure, a row per method.

    measures: model, method, measure, mean, low, high of `analysis.comparison.means`; duplicates: the same of
    `analysis.duplicates.shared_credit`.
    """
    rows = pd.concat([measures, duplicates])
    there = set(rows["measure"])
    panels = [panel for panel in PANELS if panel[0] in there]
    methods = [name for name in METHODS if name in set(rows["method"])]
    with style():
        columns = (len(panels) + 1) // 2
        figure = Figure(figsize=(2.3 * columns + 1.0, 5.0), layout="constrained")
        for axes, (measure, title, unit) in zip(
            figure.subplots(2, columns, sharey=True).flat, panels, strict=False
        ):
            _dots(axes, rows[rows["measure"] == measure], methods)
            axes.set(title=title, xlabel=unit)
            if measure == "efficiency_error":
                axes.set_xscale("log")
            elif measure == "kept":
                axes.axvline(1, color="0.4", linewidth=0.8, linestyle=":")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
        for axes in figure.axes[len(panels) :]:
            axes.set_visible(False)
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, methods: list[str]) -> None:
    """A measure: methods downwards, models side by side."""
    models = list(dict.fromkeys(rows["model"]))
    for i, (model, of_model) in enumerate(rows.groupby("model", sort=False)):
        colour, shift = model_colour(str(model)), (i - (len(models) - 1) / 2) * 0.3
        of_model = of_model.set_index("method")
        best = of_model["mean"].get("best order")
        if best is not None:
            axes.axvline(best, color=colour, linewidth=0.8, linestyle="--")
        shown = of_model.loc[[name for name in methods if name in of_model.index]]
        y = np.array([methods.index(name) for name in shown.index]) + shift
        axes.hlines(y, shown["low"], shown["high"], color=colour, linewidth=1.2)
        axes.plot(shown["mean"], y, "o", color=colour, label=model_name(str(model)))
        if rows["measure"].iloc[0] == "efficiency_error":
            other = [METHODS[str(name)].unit != "probability" for name in shown.index]
            axes.plot(shown["mean"][other], y[other], "o", color="white", markersize=2)
        if rows["measure"].iloc[0] in ("evidence_mass", "pointing") and "uniform" in shown.index:
            axes.axvline(shown["mean"]["uniform"], color="0.4", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(methods)), [METHODS[name].title for name in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)


def curves_figure(curves: pd.DataFrame, length: pd.DataFrame) -> Figure:
    """Deletion and insertion curves of all methods, and deleting against freezing; a row per model.

    curves: of `analysis.comparison.curve_means`; length: of `analysis.comparison.length_alone`; with a column model.
    """
    models = list(dict.fromkeys(curves["model"]))
    with style():
        figure = Figure(figsize=(8.6, 2.5 * len(models) + 0.5), layout="constrained")
        grid = figure.subplots(len(models), 3, squeeze=False, sharex=True, sharey="row")
        for row, model in zip(grid, models, strict=True):
            of_model = curves[curves["model"] == model]
            for axes, curve in zip(row, ("deletion", "insertion"), strict=False):
                shown = {
                    str(name): of
                    for name, of in of_model[of_model["curve"] == curve].groupby("method")
                }
                _lines(
                    axes,
                    {name: shown[name] for name in reversed(METHODS) if name in shown},
                    {name: (one.title, one.colour, one.line) for name, one in METHODS.items()},
                )
                axes.set_title(f"{model_name(model)}: {curve}")
            of_length = length[(length["model"] == model) & (length["removal"] != "difference")]
            _lines(row[2], {str(name): of for name, of in of_length.groupby("removal")}, REMOVALS)
            row[2].set_title(f"{model_name(model)}: deletion by ESV")
            row[2].legend(fontsize=8)
            row[0].set_ylabel("score of the true class")
            row[0].set_ylim(bottom=0)
        for axes in grid[-1]:
            axes.set_xlabel("frames left")
        handles, labels = grid[0][0].get_legend_handles_labels()
        figure.legend(
            handles[::-1], labels[::-1], loc="outside lower center", ncols=len(handles), fontsize=8
        )
    return figure


REMOVALS = {
    "deleted": ("frames deleted", SUPPORTING, "-"),
    "frozen": ("frames frozen", "#000000", "--"),
}


def _lines(
    axes: Axes, shown: Mapping[str, pd.DataFrame], looks: Mapping[str, tuple[str, str, str]]
) -> None:
    """Score against frames left, with bands where the line is of a colour."""
    for name, of in shown.items():
        title, colour, line = looks[name]
        if not colour.startswith("0"):
            axes.fill_between(
                of["left"], of["low"], of["high"], color=colour, alpha=0.18, linewidth=0
            )
        axes.plot(of["left"], of["score"], color=colour, linestyle=line, label=title, linewidth=1.2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
