"""What two models make of the same videos: a dot for each video."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.marks import MOST_DOTS
from playfair.report.figures.sheet import labelled, side_by_side
from playfair.report.look import ZERO, model_colour, model_name, style

LEAST = 2.2  # inches of a panel, which is as wide as tall
TICKS = 4  # on both axes alike
ROOM = 0.05  # of an axis beyond its ends


def pairs_figure(
    tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str], unit: str = "ESV (probability)"
) -> Figure | None:
    """Every other model's values against the first one's, on one scale.

    Args:
        tables: model → a row for each video, by its uid, with the measures as columns.
        titles: of the panels, by the column whose values they show.
        unit: of all of them.

    Returns:
        None of a single model, of more videos than dots can be told apart, and where one model
        has several seeds and another has none.
    """
    first, *others = tables
    panels_of = [(other, column) for column in titles for other in others]
    videos = max(len(table) for table in tables.values())
    by_seed = {table.index.nlevels for table in tables.values()}
    if not others or videos > MOST_DOTS or len(by_seed) > 1:
        return None
    with style():
        figure, panels = side_by_side(len(panels_of), tall=2.4, least=LEAST, more=0)
        for axes, (other, column) in zip(panels, panels_of, strict=True):
            both = pd.concat([tables[first][column], tables[other][column]], axis=1, join="inner")
            _dots(axes, both.dropna().to_numpy(), model_colour(other))
            axes.set_title(titles[column])
            axes.set_xlabel(f"{model_name(first)}: {unit}")
            axes.set_ylabel(f"{model_name(other)}: {unit}")
        labelled(figure, panels)
    return figure


def _dots(axes: Axes, values: np.ndarray, colour: str) -> None:
    """A dot for each video, and the line on which both are alike; values: (video, 2)."""
    axes.plot(
        values[:, 0], values[:, 1], ".", color=colour, alpha=0.6, markersize=4, markeredgewidth=0
    )
    ends = np.array([values.min(initial=0.0), values.max(initial=0.0)])
    room = ROOM * max(float(ends[1] - ends[0]), 1e-3)
    low, high = ends[0] - room, ends[1] + room
    axes.plot([low, high], [low, high], color=ZERO, linewidth=0.8)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(TICKS))
