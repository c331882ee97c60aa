"""Every method beside the true values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from playfair.attribution import METHODS
from playfair.report.figures.sheet import (
    labelled,
    legend,
    only_first_of_each_line,
    side_by_side,
)
from playfair.report.look import NAIVE, TRUE_CLASS, ZERO, model_colour, model_name, style

# inches
LEAST = 2.2  # of a panel: names of methods stand beside the first
NAMES = 1.6
FOUND = "distractors_found"
CHANCE = "uniform"  # the method that finds what chance does
PANELS = (
    ("pearson", "Agreement with the true values", "Pearson's r in a clip"),
    ("spearman", "Agreement of ranks", "Spearman's ρ in a clip"),
    (FOUND, "True distractors", "share found"),
)


def known_values_figure(agreement: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Dots with 95 % intervals, a panel per measure, a row per method.

    Args:
        agreement: model, method, measure, mean, low, high.
        titles: what each method is called.
    """
    methods = list(dict.fromkeys(agreement["method"]))
    models = list(dict.fromkeys(agreement["model"]))
    with style():
        figure, panels = side_by_side(len(PANELS), tall=0.7 + 0.2 * len(methods), least=LEAST)
        for axes, (measure, title, unit) in zip(panels, PANELS, strict=True):
            axes.axvline(0, color=ZERO, linewidth=0.8)
            chance = agreement[(agreement["method"] == CHANCE) & (agreement["measure"] == measure)]
            for share in chance["mean"].unique() if measure == FOUND else ():
                axes.axvline(share, color=ZERO, linewidth=0.8, linestyle=":")
            for i, model in enumerate(models):
                rows = agreement[(agreement["model"] == model) & (agreement["measure"] == measure)]
                shift = (i - (len(models) - 1) / 2) * 0.22
                y = np.array([methods.index(name) for name in rows["method"]]) + shift
                colour = model_colour(model)
                axes.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.2)
                axes.plot(rows["mean"], y, "o", color=colour, label=model_name(model))
            axes.set(title=title, xlabel=unit)
            axes.set_yticks(range(len(methods)), [titles[name] for name in methods])
            axes.set_ylim(len(methods) - 0.5, -0.5)
            for label, name in zip(axes.get_yticklabels(), methods, strict=True):
                is_naive = name in METHODS and METHODS[name].is_naive
                label.set_color(NAIVE if is_naive else TRUE_CLASS)
        only_first_of_each_line(panels)
        labelled(figure, panels, NAMES)
        legend(figure, panels[0])
    return figure
