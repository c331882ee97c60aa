"""What is left of score and accuracy when elements are removed, by how."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.marks import band
from playfair.report.figures.sheet import equal, labelled, panels_by_model
from playfair.report.look import ZERO, model_colour, model_name, style

Dash = Literal["-", "--", ":", "-."]
# of a removal, whose line has its model's colour: its dash and its mark
LOOKS: dict[str, tuple[Dash, str]] = {
    "drop": ("-", "o"),
    "delete": ("--", "s"),
    "freeze": (":", "^"),
    "blank": ("-.", "D"),
}
OTHER: tuple[Dash, str] = ("-", "v")
PANELS = {"correct": "share of videos right", "score": "score of the true class (probability)"}


def removal_figure(table: pd.DataFrame, word: str = "element") -> Figure:
    """A row for each model: accuracy and score against elements left, a line for each removal.

    Args:
        table: columns model, removal, elements, measure, mean, low, high.
        word: `look.element_word` of the models.
    """
    models = list(dict.fromkeys(table["model"]))
    with style():
        figure, grid = panels_by_model(len(models), 2, tall=1.8)
        for row, model in zip(grid, models, strict=True):
            of_model = table[table["model"] == model]
            for axes, (measure, unit) in zip(row, PANELS.items(), strict=True):
                of_measure = of_model[of_model["measure"] == measure]
                for removal, line in of_measure.groupby("removal", sort=False):
                    colour = model_colour(str(model))
                    dash, mark = LOOKS.get(str(removal), OTHER)
                    line = line.sort_values("elements")
                    band(axes, line, "elements", ("low", "high"), colour)
                    axes.plot(
                        line["elements"],
                        line["mean"],
                        linestyle=dash,
                        marker=mark,
                        color=colour,
                        label=str(removal),
                    )
                axes.set(title=model_name(str(model)), xlabel=f"{word}s left", ylabel=unit)
                axes.set_ylim(bottom=0)
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for place in range(2):
            equal(grid[:, place], "y")
        labelled(figure, grid.flat)
        _legend(figure, [str(removal) for removal in dict.fromkeys(table["removal"])])
    return figure


def _legend(figure: Figure, removals: Sequence[str]) -> None:
    """What dashes and marks mean in all rows, in no model's colour."""
    handles = []
    for removal in removals:
        dash, mark = LOOKS.get(removal, OTHER)
        handles.append(Line2D([], [], color=ZERO, linestyle=dash, marker=mark, label=removal))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=3)
