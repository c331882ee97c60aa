"""How fast the engine is, what memory it takes, and how far off its estimates are."""

from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import style


def benchmark_figure(speed: pd.DataFrame, error: pd.DataFrame, length: pd.DataFrame) -> Figure:
    """Time, memory, error, and time of sampled values.

    Args:
        speed: as of `benchmark.speed.measure_speed`; time and memory against frames.
        error: as of `benchmark.error.measure_error`; error against evaluations, in both units.
        length: as of `benchmark.long_sequences.measure_length`; time against frames.
    """
    with style():
        figure = Figure(figsize=(10, 6), layout="constrained")
        axes = figure.subplots(2, 3)
        _draw_speed(axes[0], speed)
        _draw_error(axes[1, :2], error)
        _draw_length(axes[1, 2], length)
    return figure


def _draw_speed(panels: Sequence[Axes], speed: pd.DataFrame) -> None:
    time, ratio, memory = panels
    for name in ("floor", "playfair", "playfair bfloat16", "playfair TSN", "plain definition"):
        if name in speed:
            time.plot(speed["frames"], speed[name], marker="o", label=name)
    time.set(title="Exact values", xlabel="frames", ylabel="ms per video", yscale="log")
    ratio.plot(speed["frames"], speed["over floor"], marker="o")
    ratio.set(title="Over the bare products", xlabel="frames", ylabel="times the floor")
    ratio.set_ylim(0, None)
    memory.plot(speed["frames"], speed["peak MB"], marker="o")
    memory.set(title="Peak memory", xlabel="frames", ylabel="MB")
    for panel in panels:
        _ticks_at(panel, speed["frames"])
    time.legend(fontsize=6, loc="lower right")


def _draw_error(panels: Sequence[Axes], error: pd.DataFrame) -> None:
    # the same colours in both units
    colours = {name: f"C{i}" for i, name in enumerate(error["estimator"].unique())}
    units = error.groupby("counted in", sort=False)
    for panel, (unit, of_unit) in zip(panels, units, strict=False):
        for name, rows in of_unit.groupby("estimator"):
            colour = colours[name]
            panel.plot(rows["evaluations"], rows["mse"], marker="o", color=colour, label=name)
        panel.set(title="Error", xlabel=unit, ylabel="mean squared error")
        panel.set(xscale="log", yscale="log")
        # room for the names
        panel.set_ylim(top=50 * of_unit["mse"].max())
        _ticks_at(panel, [100, 200, 500, 1000, 2000])
    for panel in panels:
        panel.legend(fontsize=6, loc="upper right")


def _draw_length(panel: Axes, length: pd.DataFrame) -> None:
    for name, rows in length.groupby("estimator"):
        panel.plot(rows["frames"], rows["ms"], marker="o", label=name)
    panel.set(title="Sampled values", xlabel="frames", ylabel="ms per video", ylim=(0, None))
    _ticks_at(panel, length["frames"].unique())
    panel.legend(fontsize=6)


def _ticks_at(axes: Axes, values: Iterable[float]) -> None:
    """Ticks of the x axis at those of the values that its limits hold, as plain numbers."""
    low, high = axes.get_xlim()
    within = [value for value in values if low <= value <= high]
    axes.set_xticks(within, [f"{value:g}" for value in within])
    axes.set_xticks([], minor=True)
