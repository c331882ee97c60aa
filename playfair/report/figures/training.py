"""How the models were trained: loss and accuracy, epoch by epoch.

Each stage of each model has epochs of its own, and an axis of its own; accuracies are held against
each other, and have one.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.sheet import labelled, panels_by_model
from playfair.report.look import BLACK, heading, model_colour, style

STAGES = {"video": "from video", "heads": "heads, on features"}
LEARNT = ("loss", "--", "training")
WATCHED = ("val_loss", "-", "validation")
SHORT = 0.25  # inches beside an axis: its numbers and label are short
HEADROOM = 1.06  # of the axis of accuracies, over the highest of all models


def training_figure(history: pd.DataFrame) -> Figure:
    """A row of panels for each model: loss and accuracy of each stage that it was trained in.

    Args:
        history: columns model, seed and those of `playfair.training.history`. Of several seeds
            each has its own line.
    """
    models = list(dict.fromkeys(history["model"]))
    stages = [stage for stage in STAGES if (history["stage"] == stage).any()]
    with style():
        figure, grid = panels_by_model(len(models), 2 * len(stages), tall=1.6, more=0)
        for row, model in zip(grid, models, strict=True):
            of_model = history[history["model"] == model]
            for stage, losses, accuracy in zip(stages, row[::2], row[1::2], strict=True):
                of_stage = of_model[of_model["stage"] == stage]
                if of_stage.empty:
                    losses.set_visible(False)
                    accuracy.set_visible(False)
                    continue
                _panels(losses, accuracy, of_stage, model)
                losses.set_title(heading(model, STAGES[stage]))
        for axes in grid.ravel():
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        highest = history["val_top1"].max()
        for accuracy in grid[:, 1::2].ravel():
            accuracy.set_ylim(0, HEADROOM * (highest if highest > 0 else 1.0))
        labelled(figure, [axes for axes in grid.ravel() if axes.get_visible()], numbers=SHORT)
    return figure


def _panels(losses: Axes, accuracy: Axes, rows: pd.DataFrame, model: str) -> None:
    colours = {LEARNT[0]: BLACK, WATCHED[0]: model_colour(model)}
    for number, (_, of_seed) in enumerate(rows.groupby("seed", sort=False)):
        for column, line, label in (LEARNT, WATCHED):
            name = label if number == 0 else None
            _line(losses, of_seed, column, line, colours[column], name)
        _line(accuracy, of_seed, "val_top1", "-", colours[WATCHED[0]], None)
    accuracy.set_title("accuracy")
    losses.set_ylabel("loss")
    losses.set_ylim(bottom=0)
    losses.legend()
    accuracy.set_ylabel("validation accuracy")


def _line(
    axes: Axes, rows: pd.DataFrame, column: str, line: str, colour: str, label: str | None
) -> None:
    measured = rows.dropna(subset=[column])
    marker = "o" if len(measured) < 2 else ""  # a line of one epoch is none
    axes.plot(
        measured["epoch"],
        measured[column],
        line,
        marker=marker,
        color=colour,
        linewidth=1.0,
        label=label,
    )
