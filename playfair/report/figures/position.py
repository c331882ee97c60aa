"""Where in a clip its supporting and distracting frames lie."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from playfair.report.style import model_colour, model_name, style


def position_figure(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """ESV of the true class against position, and how often a frame is the most supporting or distracting one.

    tables: model → table of `analysis.position.by_position`.
    """
    with style():
        figure = Figure(figsize=(7.6, 2.7), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        panels = [
            (left, "esv", "ESV of the true class", "mean ESV (probability)"),
            (middle, "most_supporting", "Most supporting frame", "share of videos"),
            (right, "most_distracting", "Most distracting frame", "share of videos"),
        ]
        for axes, column, title, unit in panels:
            for name, table in tables.items():
                colour = model_colour(name)
                axes.fill_between(
                    table["position"],
                    table[f"{column}_low"],
                    table[f"{column}_high"],
                    color=colour,
                    alpha=0.25,
                    linewidth=0,
                )
                axes.plot(table["position"], table[column], marker="o", color=colour, label=model_name(name))
            axes.set_title(title)
            axes.set_xlabel("position in the clip")
            axes.set_ylabel(unit)
            if column == "esv":
                axes.axhline(0, color="0.4", linewidth=0.8)
            else:
                n_frames = len(next(iter(tables.values())))
                axes.axhline(1 / n_frames, color="0.4", linewidth=0.8, linestyle=":")
                axes.set_ylim(bottom=0)
        left.legend()
    return figure
