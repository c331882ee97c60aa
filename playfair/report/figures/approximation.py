"""How near estimated ESVs come to exact ones."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from playfair.report.look import BLACK, SUPPORTING, ZERO, heading, style

PUBLISHED = "constructive"
EXACT = "0.65"
LINES = ("-", "--", ":", "-.")  # from the most frames to the fewest
PANELS = (
    ("error", "Error", "mean squared error / that of 0", "log"),
    ("correlation", "Correlation, true class", "Pearson's r", "linear"),
    ("coverage", "Coverage of 95 % intervals", "share of frames and classes", "linear"),
    ("ms", "Time", "ms per video", "log"),
)


def approximation_figure(table: pd.DataFrame) -> Figure:
    """Error, correlation, coverage and time against the budget, a row per model.

    Args:
        table: model, frames, estimator, budget; error, correlation, coverage, each with _low and
            _high; ms, exact_ms.
    """
    models = list(dict.fromkeys(table["model"]))
    frames = sorted(set(table["frames"]), reverse=True)
    lines = dict(zip(frames, LINES * len(frames), strict=False))
    estimators = list(dict.fromkeys(table["estimator"]))
    with style():
        figure = Figure(figsize=(10.0, 2.4 * len(models) + 0.6), layout="constrained")
        grid = figure.subplots(len(models), len(PANELS), squeeze=False, sharex=True, sharey="col")
        for row, model in zip(grid, models, strict=True):
            of_model = table[table["model"] == model]
            for axes, (measure, title, unit, scale) in zip(row, PANELS, strict=True):
                for (estimator, n_frames), rows in of_model.groupby(["estimator", "frames"]):
                    colour = _colour(str(estimator))
                    _line(axes, rows, measure, colour, lines[int(str(n_frames))])
                axes.set(title=heading(model, title), ylabel=unit, xscale="log", yscale=scale)
            coverage = row[2]
            coverage.axhline(0.95, color=ZERO, linewidth=0.8, linestyle=":")
            coverage.set_ylim(0, 1.02)
        for axes in grid[-1]:
            axes.set_xlabel("budget (evaluations)")
        handles = _legend(estimators, lines)
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8)
    return figure


def _colour(estimator: str) -> str:
    return BLACK if estimator == PUBLISHED else SUPPORTING


def _legend(estimators: Sequence[str], lines: dict[int, Any]) -> list[Line2D]:
    """Estimators by colour, numbers of frames by dash."""
    recommended = ", ".join(name for name in estimators if name != PUBLISHED)
    handles = [
        Line2D([], [], color=SUPPORTING, label=f"recommended ({recommended})"),
        Line2D([], [], color=BLACK, label=f"published ({PUBLISHED})"),
    ]
    for n_frames, line in reversed(lines.items()):
        label = f"{n_frames} frames"
        handles.append(Line2D([], [], color=ZERO, linestyle=line, label=label))
    handles.append(Line2D([], [], color=EXACT, linewidth=3, label="exact"))
    return handles


def _line(axes: Axes, rows: pd.DataFrame, measure: str, colour: str, line: str) -> None:
    """One estimator at one number of frames; the time of exact values with it."""
    x = rows["budget"]
    axes.plot(
        x, rows[measure], color=colour, linestyle=line, marker="o", markersize=3, linewidth=1.2
    )
    if measure == "ms":
        # NaN, and no line, where there are no exact values
        axes.plot(x, rows["exact_ms"], color=EXACT, linestyle=line, linewidth=2.5, zorder=0)
    else:
        low = rows[f"{measure}_low"]
        high = rows[f"{measure}_high"]
        axes.vlines(x, low, high, color=colour, linewidth=1.0)
