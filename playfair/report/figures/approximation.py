"""How near estimated ESVs come to exact ones."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from playfair.report.figures.estimators import PUBLISHED, RECOMMENDED
from playfair.report.figures.sheet import decades, equal, labelled, panels_by_model, ticks_at
from playfair.report.look import ZERO, heading, style

THE_PUBLISHED = "constructive"
EXACT = "0.65"
LINES = ("-", "--", ":", "-.")  # from the most frames to the fewest
PANELS = (
    ("error", "error", "error / that of 0", "log"),
    ("correlation", "correlation", "Pearson's r", "linear"),
    ("coverage", "coverage", "share in intervals", "linear"),
    ("ms", "time", "ms per video", "log"),
)
ASKED = 0.95  # of intervals' coverage
FLAT = 0.9  # coverage from which on an axis is as long as what is seen
SHORT = 0.25  # inches beside an axis: its numbers and label are short


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
        figure, grid = panels_by_model(len(models), len(PANELS), tall=1.55, more=0.5)
        for row, model in zip(grid, models, strict=True):
            of_model = table[table["model"] == model]
            for axes, (measure, title, unit, scale) in zip(row, PANELS, strict=True):
                for (estimator, n_frames), rows in of_model.groupby(["estimator", "frames"]):
                    colour = _colour(str(estimator))
                    _line(axes, rows, measure, colour, lines[int(str(n_frames))])
                axes.set(title=heading(model, title), ylabel=unit, xscale="log", yscale=scale)
                axes.set_xlabel("budget (evaluations)")
                if measure == "ms":
                    _exact(axes, of_model, lines)
            row[2].axhline(ASKED, color=ZERO, linewidth=0.8, linestyle=":")
        for place, (measure, _, _, scale) in enumerate(PANELS):
            equal(grid[:, place], "y")
            for axes in grid[:, place]:
                if measure == "coverage":
                    axes.set_ylim(min(FLAT, float(table["coverage_low"].min())) - 0.01, 1.01)
            if scale == "log":
                decades(grid[:, place])
        equal(grid.flat, "x")
        for axes in grid.flat:
            ticks_at(axes, table["budget"].unique())
        labelled(figure, grid.flat, numbers=SHORT)
        handles = _legend(estimators, lines)
        across = 3 if figure.get_figwidth() > 4 else 1
        figure.legend(handles=handles, loc="outside lower center", ncols=across)
    return figure


def _colour(estimator: str) -> str:
    return PUBLISHED if estimator == THE_PUBLISHED else RECOMMENDED


def _legend(estimators: Sequence[str], lines: dict[int, Any]) -> list[Line2D]:
    """Estimators by colour, numbers of frames by dash."""
    recommended = ", ".join(name for name in estimators if name != THE_PUBLISHED)
    handles = [
        Line2D([], [], color=RECOMMENDED, label=f"recommended ({recommended})"),
        Line2D([], [], color=PUBLISHED, label=f"published ({THE_PUBLISHED})"),
    ]
    for n_frames, line in reversed(lines.items()):
        label = f"{n_frames} frames"
        handles.append(Line2D([], [], color=ZERO, linestyle=line, label=label))
    handles.append(Line2D([], [], color=EXACT, linewidth=3, label="exact"))
    return handles


def _exact(axes: Axes, of_model: pd.DataFrame, lines: dict[int, Any]) -> None:
    """The time of exact values, which have no budget; of what has none there is no line."""
    times = of_model.groupby("frames")["exact_ms"].mean().dropna()
    for n_frames, ms in times.items():
        line = lines[int(str(n_frames))]
        axes.axhline(ms, color=EXACT, linestyle=line, linewidth=2.0, zorder=0)


def _line(axes: Axes, rows: pd.DataFrame, measure: str, colour: str, line: str) -> None:
    """One estimator at one number of frames."""
    x = rows["budget"]
    axes.plot(x, rows[measure], color=colour, linestyle=line, marker="o")
    if measure != "ms":
        low = rows[f"{measure}_low"]
        high = rows[f"{measure}_high"]
        axes.vlines(x, low, high, color=colour, linewidth=1.0)
