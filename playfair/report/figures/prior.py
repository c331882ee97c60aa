"""How many frames support with each prior."""

import pandas as pd
from matplotlib.figure import Figure

from playfair.report.figures.marks import model_bars
from playfair.report.figures.sheet import labelled, legend, single
from playfair.report.look import style


def prior_figure(table: pd.DataFrame, word: str = "frame") -> Figure:
    """Bars of the share of supporting frames, the priors from the left.

    Args:
        table: of `experiments.prior`: model, prior, measure, mean, low, high.
        word: `look.element_word` of the models.
    """
    shares = table[table["measure"] == "supporting"]
    priors = list(shares["prior"].unique())
    with style():
        figure, axes = single(2.0)
        model_bars(axes, shares.assign(measure=shares["prior"]), priors, ticks=priors)
        axes.set_ylabel(f"share of supporting {word}s")
        axes.set_ylim(0, 1)
        axes.set_xlabel("where the prior is taken from")
        labelled(figure, [axes])
        legend(figure, axes)
    return figure
