"""What changes as a model is shown more frames of the same clips."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.marks import band
from playfair.report.figures.sheet import labelled, legend, side_by_side
from playfair.report.look import ZERO, model_colour, model_name, style

PANELS = {
    "correct": ("Accuracy", "share of videos"),
    "score": ("Score of the true class", "probability"),
    "supporting": ("Supporting {word}s", "share of {word}s"),
    "abs_esv": ("Size of an ESV", "mean |ESV| per {word} (probability)"),
    "strongest": ("Strongest {word}", "largest ESV (probability)"),
}
SHARES = (0, 1, 2, 5)  # panels that end at 1


def length_figure(
    tables: Mapping[str, pd.DataFrame], first: Mapping[str, pd.DataFrame], word: str = "frame"
) -> Figure:
    """Each measure against the number of frames, a line for each model, with 95 % intervals.

    Args:
        tables: model → columns frames, measure, mean, low, high.
        first: model → `analysis.length.first_right`.
        word: `look.element_word` of the models.
    """
    with style():
        figure, panels = side_by_side(6, tall=1.75)
        for axes, (measure, (title, unit)) in zip(panels, PANELS.items(), strict=False):
            for name, table in tables.items():
                _line(axes, table[table["measure"] == measure], "mean", ("low", "high"), name)
            axes.set(title=title.format(word=word), ylabel=unit.format(word=word))
        for name, table in first.items():
            for column, line in (("first_by", "-"), ("settled_by", ":")):
                ends = (f"{column}_low", f"{column}_high")
                _line(panels[5], table, column, ends, name, line)
        panels[5].set(title="Right by then", ylabel="share of videos")
        for i, axes in enumerate(panels):
            axes.set_ylim(bottom=0)
            top = axes.get_ylim()[1]
            axes.set_ylim(top=min(top, 1.02) if i in SHARES else top)
            axes.set_xlabel("frames shown")
        panels[5].plot([], [], "-", color=ZERO, label="right by then")
        panels[5].plot([], [], ":", color=ZERO, label="right from then on")
        labelled(figure, panels)
        legend(figure, *panels)
    return figure


def _line(
    axes: Axes,
    table: pd.DataFrame,
    column: str,
    ends: tuple[str, str],
    model: str,
    line: str = "-",
) -> None:
    colour = model_colour(model)
    band(axes, table, "frames", ends, colour)
    axes.plot(
        table["frames"],
        table[column],
        line,
        marker="o" if line == "-" else "",
        markersize=3,
        color=colour,
        label=model_name(model),
    )
