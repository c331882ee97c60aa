"""Error and time of estimators, ours and other libraries', at equal evaluations."""

import math
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from playfair.analysis.peers import CASE, OURS
from playfair.report.figures.estimators import estimator_colours
from playfair.report.figures.sheet import HANDLE, LEGEND, decades, equal, labelled, side_by_side
from playfair.report.look import GREY, ZERO, style

LEAST = 2.1  # inches of a panel
MARKERS = "os^vDP*X<>"
NAMES = 4  # side by side in a legend of two columns' width
SMALLEST = 1e-8  # error that is drawn as it is: what is told exactly would leave the others no room


def peers_figure(table: pd.DataFrame) -> Figure:
    """A panel for each game and number of elements: error against the time of an estimate.

    Args:
        table: of `benchmark.peers.measure.measure_peers`. Lines go from fewer evaluations to more;
            the vertical line is what exact values take.
    """
    measured = table.dropna(subset=["error"])
    games = list(measured.groupby(CASE[:3], sort=False))
    names = list(dict.fromkeys(zip(measured["library"], measured["estimator"], strict=True)))
    colours = estimator_colours(" ".join(name) for name in names)
    looks = {
        name: (colours[" ".join(name)], MARKERS[place % len(MARKERS)])
        for place, name in enumerate(names)
    }
    with style():
        lines = math.ceil((len(names) + 1) / NAMES)
        figure, panels = side_by_side(len(games), tall=1.9, least=LEAST, more=lines * LEGEND)
        for panel, ((game, removal, n_elements), rows) in zip(panels, games, strict=True):
            _draw_game(panel, rows, looks)
            panel.set(title=f"{game}, {removal}\n{n_elements} elements")
        for axis in "xy":
            equal(panels, axis)
            decades(panels, axis)
        labelled(figure, panels)
        across = NAMES if figure.get_figwidth() > 4 else 2
        figure.legend(
            handles=_legend(looks), loc="outside lower center", ncols=across, handlelength=HANDLE
        )
    return figure


def _legend(looks: dict[tuple[str, str], tuple[str, str]]) -> list[Line2D]:
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker=marker,
            linestyle=_dash(library),
            label=f"{library} {estimator}",
        )
        for (library, estimator), (colour, marker) in looks.items()
    ]
    return [*handles, Line2D([], [], color=GREY, linewidth=3, label="exact values: no error")]


def _dash(library: str) -> Literal["-", ":"]:
    """Ours are drawn through."""
    return "-" if library == OURS else ":"


def _draw_game(
    panel: Axes, rows: pd.DataFrame, looks: dict[tuple[str, str], tuple[str, str]]
) -> None:
    for (library, estimator), points in rows.groupby(["library", "estimator"], sort=False):
        colour, marker = looks[str(library), str(estimator)]
        total = points["ms"] + points["pass_ms"] * points["evaluations"]
        panel.plot(
            total,
            points["error"].clip(lower=SMALLEST),
            color=colour,
            marker=marker,
            markersize=5 if library == OURS else 3,
            linestyle=_dash(str(library)),
        )
    exact_ms = float(rows["exact_ms"].iloc[0])
    if exact_ms > 0:  # NaN where there are too many elements
        panel.axvline(exact_ms, color=GREY, linewidth=3, zorder=0)
    panel.axhline(1, color=ZERO, linewidth=0.8, linestyle="--", zorder=0)
    panel.set(xscale="log", yscale="log")
    panel.set(xlabel="ms of a clip, with passes", ylabel="error (answering 0: 1)")
