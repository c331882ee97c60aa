"""How fast the engine is, what memory it takes, and how far off its estimates are."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.estimators import OURS, estimator_colours
from playfair.report.figures.sheet import LEGEND, decades, labelled, legend, side_by_side, ticks_at
from playfair.report.look import BLACK, GREY, INDIGO, style

# what computes exact values, as it is drawn
ENGINES = {
    "floor": (GREY, "-"),
    "playfair": (INDIGO, "-"),
    "playfair bfloat16": (INDIGO, "--"),
    "playfair TSN": (INDIGO, ":"),
    "plain definition": (BLACK, "-."),
}
BUDGETS = (100, 200, 500, 1000, 2000)


def benchmark_figure(speed: pd.DataFrame, error: pd.DataFrame, length: pd.DataFrame) -> Figure:
    """Time, memory, error, and time of sampled values.

    Args:
        speed: as of `benchmark.speed.measure_speed`; time and memory against frames.
        error: as of `benchmark.error.measure_error`; error against evaluations, in both units.
        length: as of `benchmark.long_sequences.measure_length`; time against frames.
    """
    sampled = [f"{OURS}{name}" for name in length["estimator"].unique()]
    colours = estimator_colours([*error["estimator"], *sampled])
    with style():
        # the legend has up to four lines
        figure, panels = side_by_side(6, tall=1.75, more=4 * LEGEND)
        _draw_speed(panels[:3], speed)
        _draw_error(panels[3:5], error, colours)
        _draw_length(panels[5], length, colours)
        labelled(figure, panels)
        legend(figure, panels[0], *panels[3:])
    return figure


def _draw_speed(panels: Sequence[Axes], speed: pd.DataFrame) -> None:
    time, ratio, memory = panels
    for name, (colour, line) in ENGINES.items():
        if name in speed:
            time.plot(speed["frames"], speed[name], line, marker="o", color=colour, label=name)
    colour = ENGINES["playfair"][0]
    time.set(title="Exact values", xlabel="frames", ylabel="ms per video", yscale="log")
    ratio.plot(speed["frames"], speed["over floor"], marker="o", color=colour)
    ratio.axhline(1, color=ENGINES["floor"][0], linewidth=1.2)
    ratio.set(title="Over the bare products", xlabel="frames", ylabel="times the floor")
    ratio.set_ylim(bottom=0)
    memory.plot(speed["frames"], speed["peak MB"], marker="o", color=colour)
    memory.set(title="Peak memory", xlabel="frames", ylabel="MB")
    memory.set_ylim(bottom=0)
    decades([time])
    for panel in panels:
        ticks_at(panel, speed["frames"])


def _draw_error(panels: Sequence[Axes], error: pd.DataFrame, colours: dict[str, str]) -> None:
    units = error.groupby("counted in", sort=False)
    for panel, (unit, of_unit) in zip(panels, units, strict=False):
        for name, rows in of_unit.groupby("estimator"):
            colour = colours[str(name)]
            panel.plot(rows["evaluations"], rows["mse"], marker="o", color=colour, label=name)
        panel.set(title="Error", xlabel=unit, ylabel="mean squared error")
        panel.set(xscale="log", yscale="log")
        decades([panel])
        ticks_at(panel, BUDGETS)


def _draw_length(panel: Axes, length: pd.DataFrame, colours: dict[str, str]) -> None:
    for name, rows in length.groupby("estimator"):
        label = f"{OURS}{name}"
        panel.plot(rows["frames"], rows["ms"], marker="o", color=colours[label], label=label)
    panel.set(title="Sampled values", xlabel="frames", ylabel="ms per video")
    panel.set_ylim(bottom=0)
    ticks_at(panel, length["frames"].unique())
