"""Pair interactions of a clip's frames as a heat map."""

import numpy as np

from playfair.explorer.plot import DIVERGING, Figure, axis, cells_with_nan, layout

HEIGHT = 300
MOST_TICKS = 16


def interactions_figure(
    pairs: np.ndarray, names: list[str], largest: float, title: str = "frame of the clip"
) -> Figure:
    """Which elements say more together (supporting) or make each other redundant (distracting).

    Args:
        pairs: (element, element), probability.
        names: of the elements, by their frames in the clip.
        largest: where the colours end, probability.
        title: of both axes.
    """
    diagonal = np.eye(len(pairs), dtype=bool)
    every = -(-len(names) // MOST_TICKS)
    ticks = {
        "tickvals": list(range(0, len(names), every)),
        "ticktext": names[::every],
    }
    trace = {
        "type": "heatmap",
        "z": cells_with_nan(np.where(diagonal, np.nan, pairs)),
        "customdata": [[[row, column] for column in names] for row in names],
        "hovertemplate": "frames %{customdata[0]} and %{customdata[1]}: %{z:+.3f}<extra></extra>",
        "colorscale": DIVERGING,
        "zmin": -largest,
        "zmax": largest,
    }
    across = axis(title, **ticks)
    down = axis(title, autorange="reversed", automargin=True, **ticks)
    return {"data": [trace], "layout": layout(height=HEIGHT, xaxis=across, yaxis=down)}
