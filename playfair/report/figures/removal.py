"""What is left of score and accuracy when elements are removed, by how."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.marks import band
from playfair.report.figures.sheet import equal, labelled, legend, panels_by_model
from playfair.report.look import BLUE, GREEN, ORANGE, PURPLE, model_name, style

COLOURS = {"drop": BLUE, "delete": GREEN, "freeze": ORANGE, "blank": PURPLE}
PANELS = {"correct": "share of videos right", "score": "score of the true class (probability)"}


def removal_figure(table: pd.DataFrame) -> Figure:
    """A row for each model: accuracy and score against elements left, a line for each removal.

    Args:
        table: columns model, removal, elements, measure, mean, low, high.
    """
    models = list(dict.fromkeys(table["model"]))
    with style():
        figure, grid = panels_by_model(len(models), 2, tall=1.8)
        for row, model in zip(grid, models, strict=True):
            of_model = table[table["model"] == model]
            for axes, (measure, unit) in zip(row, PANELS.items(), strict=True):
                of_measure = of_model[of_model["measure"] == measure]
                for removal, line in of_measure.groupby("removal", sort=False):
                    colour = COLOURS.get(str(removal), "0.4")
                    line = line.sort_values("elements")
                    band(axes, line, "elements", ("low", "high"), colour)
                    axes.plot(
                        line["elements"], line["mean"], "o-", color=colour, label=str(removal)
                    )
                axes.set(title=model_name(str(model)), xlabel="elements left", ylabel=unit)
                axes.set_ylim(bottom=0)
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for place in range(2):
            equal(grid[:, place], "y")
        labelled(figure, grid.flat)
        legend(figure, grid[0][0])
    return figure
