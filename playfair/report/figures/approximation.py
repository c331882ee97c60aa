"""How near estimated ESVs come to exact ones."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from playfair.report.look import SUPPORTING, model_name, style

PUBLISHED = "#000000"
LINES = ("-", "--", ":", "-.")  # from the most frames to the fewest
PANELS = (
    ("error", "Error", "mean squared error / that of 0", "log"),
    ("correlation", "Correlation, true class", "Pearson's r", "linear"),
    ("coverage", "Coverage of 95 % intervals", "share of frames and classes", "linear"),
    ("ms", "Time", "ms per video", "log"),
)


def approximation_figure(table: pd.DataFrame) -> Figure:
    """Error, correlation, coverage and time against the budget, a row per model.

    table: model, frames, estimator, budget; error, correlation, coverage, each with _low and _high; ms, exact_ms.
    """
    models = list(dict.fromkeys(table["model"]))
    frames = sorted(set(table["frames"]), reverse=True)
    lines = dict(zip(frames, LINES * len(frames), strict=False))
    estimators = list(dict.fromkeys(table["estimator"]))
    colours = {name: PUBLISHED if name == "constructive" else SUPPORTING for name in estimators}
    with style():
        figure = Figure(figsize=(10.0, 2.4 * len(models) + 0.6), layout="constrained")
        grid = figure.subplots(len(models), len(PANELS), squeeze=False, sharex=True, sharey="col")
        for row, model in zip(grid, models, strict=True):
            for axes, (measure, title, unit, scale) in zip(row, PANELS, strict=True):
                for (estimator, n_frames), of in table[table["model"] == model].groupby(
                    ["estimator", "frames"]
                ):
                    _line(axes, of, measure, colours[str(estimator)], lines[int(str(n_frames))])
                axes.set(
                    title=f"{model_name(model)}: {title}", ylabel=unit, xscale="log", yscale=scale
                )
            row[2].axhline(0.95, color="0.4", linewidth=0.8, linestyle=":")
            row[2].set_ylim(0, 1.02)
        for axes in grid[-1]:
            axes.set_xlabel("budget (evaluations)")
        ours = ", ".join(name for name in estimators if name != "constructive")
        shown = [Line2D([], [], color=SUPPORTING, label=f"recommended ({ours})")]
        shown += [Line2D([], [], color=PUBLISHED, label="published (constructive)")]
        shown += [
            Line2D([], [], color="0.4", linestyle=lines[n], label=f"{n} frames")
            for n in reversed(frames)
        ]
        shown += [Line2D([], [], color="0.65", linewidth=3, label="exact")]
        figure.legend(handles=shown, loc="outside lower center", ncols=len(shown), fontsize=8)
    return figure


def _line(axes: Axes, of: pd.DataFrame, measure: str, colour: str, line: str) -> None:
    """One estimator at one number of frames; the time of exact values with it."""
    axes.plot(
        of["budget"],
        of[measure],
        color=colour,
        linestyle=line,
        marker="o",
        markersize=3,
        linewidth=1.2,
    )
    if measure == "ms":
        axes.plot(
            of["budget"], of["exact_ms"], color="0.65", linestyle=line, linewidth=2.5, zorder=0
        )
    else:
        axes.vlines(
            of["budget"], of[f"{measure}_low"], of[f"{measure}_high"], color=colour, linewidth=1.0
        )
