"""How fast the engine is, what memory it takes, and how far off its estimates are."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import style


def benchmark_figure(speed: pd.DataFrame, error: pd.DataFrame, length: pd.DataFrame) -> Figure:
    """Time and memory against frames, error against evaluations in both units, time of sampled values."""
    with style():
        figure = Figure(figsize=(10, 6), layout="constrained")
        axes = figure.subplots(2, 3)
        for name in ("floor", "playfair", "playfair bfloat16", "playfair TSN", "plain definition"):
            if name in speed:
                axes[0, 0].plot(speed["frames"], speed[name], marker="o", label=name)
        axes[0, 0].set(title="Exact values", xlabel="frames", ylabel="ms per video", yscale="log")
        axes[0, 1].plot(speed["frames"], speed["over floor"], marker="o")
        axes[0, 1].set(
            title="Over the bare products",
            xlabel="frames",
            ylabel="times the floor",
            ylim=(0, None),
        )
        axes[0, 2].plot(speed["frames"], speed["peak MB"], marker="o")
        axes[0, 2].set(title="Peak memory", xlabel="frames", ylabel="MB")
        colours = {
            name: f"C{i}" for i, name in enumerate(error["estimator"].unique())
        }  # the same in both units
        for panel, (unit, of_unit) in zip(
            axes[1], error.groupby("counted in", sort=False), strict=False
        ):
            for name, rows in of_unit.groupby("estimator"):
                panel.plot(
                    rows["evaluations"], rows["mse"], marker="o", color=colours[name], label=name
                )
            panel.set(
                title="Error", xlabel=unit, ylabel="mean squared error", xscale="log", yscale="log"
            )
            panel.set_ylim(top=50 * of_unit["mse"].max())  # room for the names
            _ticks_at(panel, [100, 200, 500, 1000, 2000])
        for name, rows in length.groupby("estimator"):
            axes[1, 2].plot(rows["frames"], rows["ms"], marker="o", label=name)
        axes[1, 2].set(
            title="Sampled values", xlabel="frames", ylabel="ms per video", ylim=(0, None)
        )
        for panel in axes[0]:
            _ticks_at(panel, speed["frames"])
        _ticks_at(axes[1, 2], length["frames"].unique())
        for panel, place in (
            (axes[0, 0], "lower right"),
            *((panel, "upper right") for panel in axes[1, :2]),
        ):
            panel.legend(fontsize=6, loc=place)
        axes[1, 2].legend(fontsize=6)
    return figure


def _ticks_at(axes: Axes, values: Iterable[float]) -> None:
    """Ticks of the x axis at those of the values that its limits hold, as plain numbers."""
    low, high = axes.get_xlim()
    shown = [value for value in values if low <= value <= high]
    axes.set_xticks(shown, [f"{value:g}" for value in shown])
    axes.set_xticks([], minor=True)
