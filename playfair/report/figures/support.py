"""How many frames support or distract, and how strongly."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from playfair.report.figures.sheet import columns, equal, labelled, panels_by_model
from playfair.report.look import DISTRACTING, ERROR, SUPPORTING, ZERO, heading, style


class Group(NamedTuple):
    """How the videos predicted right, or wrong, are drawn."""

    line: Literal["-", "--"]
    opacity: float  # of bars
    side: int  # of the tick


GROUPS = {"correct": Group("-", 1.0, -1), "incorrect": Group("--", 0.45, 1)}
STRONGEST = {"strongest_supporting": SUPPORTING, "strongest_distracting": DISTRACTING}
TITLES = ("supporting {word}s", "strongest {word}s", "their means")


def support_figure(
    tables: Mapping[str, pd.DataFrame], spread: Mapping[str, pd.DataFrame], word: str = "frame"
) -> Figure:
    """A row for each model: supporting frames per video, the strongest frames' ESVs, and their
    means.

    Args:
        tables: model → `analysis.support.by_prediction`.
        spread: model → `analysis.support.distributions`.
        word: `look.element_word` of the models.
    """
    with style():
        figure, panels = panels_by_model(len(tables), 3, tall=1.75)
        for row, name in zip(panels, tables, strict=True):
            _counts(row[0], spread[name])
            _strongest(row[1], spread[name])
            _means(row[2], tables[name])
            for axes, title in zip(row, TITLES, strict=True):
                axes.set_title(heading(name, title.format(word=word)))
            row[0].set(xlabel=f"supporting {word}s in a video", ylabel="share of videos")
            row[1].set(xlabel="ESV of the true class (probability)", ylabel="share of videos")
            row[1].set_ylim(bottom=0)
        for place in range(3):
            equal(panels[:, place], "y")
        equal(panels[:, 1], "x")
        labelled(figure, panels.flat)
        _legend(figure)
    return figure


def _legend(figure: Figure) -> None:
    """What colours and lines mean in all panels."""
    handles: dict[str, Any] = {
        "supporting": Patch(color=SUPPORTING),
        "distracting": Patch(color=DISTRACTING),
    }
    for name, group in GROUPS.items():
        line = Line2D([], [], color="0.3", linestyle=group.line, linewidth=1.2)
        # of bars, and of lines
        handles[f"predicted {name}"] = (Patch(color=SUPPORTING, alpha=group.opacity), line)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside lower center",
        ncols=columns(4, least=1.6),
        handler_map={tuple: HandlerTuple(ndivide=None)},
        handlelength=4,
    )


def _bins(spread: pd.DataFrame, group: str, measure: str) -> pd.DataFrame:
    return spread[(spread["prediction"] == group) & (spread["measure"] == measure)]


def _counts(axes: Axes, spread: pd.DataFrame) -> None:
    """Of each group, how many videos have so many supporting frames."""
    for name, group in GROUPS.items():
        bins = _bins(spread, name, "supporting")
        x = (bins["left"] + bins["right"]) / 2 + group.side * 0.2
        axes.bar(x, bins["share"], 0.38, color=SUPPORTING, alpha=group.opacity, label=name)
        ends = [bins["share"] - bins["low"], bins["high"] - bins["share"]]
        axes.errorbar(x, bins["share"], ends, fmt="none", ecolor=ERROR, elinewidth=0.7)


def _strongest(axes: Axes, spread: pd.DataFrame) -> None:
    """Of each group, how large the strongest ESVs are: steps with bands."""
    for name, group in GROUPS.items():
        for measure, colour in STRONGEST.items():
            bins = _bins(spread, name, measure)
            filled = np.flatnonzero(bins["share"] > 0)
            if not len(filled):
                continue
            bins = bins.iloc[filled[0] : filled[-1] + 1]
            edges = [*bins["left"], bins["right"].iloc[-1]]
            axes.stairs(bins["share"], edges, color=colour, linestyle=group.line, linewidth=1.2)
            low = [*bins["low"], bins["low"].iloc[-1]]
            high = [*bins["high"], bins["high"].iloc[-1]]
            axes.fill_between(edges, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    axes.axvline(0, color=ZERO, linewidth=0.8)


def _means(axes: Axes, table: pd.DataFrame) -> None:
    """Of each group, the means of the strongest ESVs."""
    rows = table.set_index(["prediction", "measure"])
    for x, group in enumerate(GROUPS):
        for measure, colour in STRONGEST.items():
            row = rows.loc[(group, measure)]
            axes.bar(x, row["mean"], 0.6, color=colour)
            ends = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
            axes.errorbar(x, row["mean"], ends, fmt="none", ecolor=ERROR, elinewidth=0.8, capsize=2)
    ticks = [f"{group}\n(n = {rows.loc[(group, 'supporting'), 'videos']})" for group in GROUPS]
    axes.set_xticks(np.arange(len(ticks)), ticks)
    axes.axhline(0, color=ZERO, linewidth=0.8)
    axes.set_ylabel("mean ESV (probability)")
