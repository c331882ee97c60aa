"""What all plots share, as plain dicts: building `go.Figure`s checks every value, ten times slower.

Text, axes and grids get their colours from the style sheet, so that light and dark need no second
figure.
"""

from typing import Any

import numpy as np
from dash import dcc

from playfair.report.look import DISTRACTING, SUPPORTING

# Pixels beside the axes: film strip and cursor stand under and over them.
LEFT = 60
RIGHT = 12
HEIGHT = 220
# Of classes drawn as lines, in the order they were added (Okabe & Ito).
LINES = ["#CC79A7", "#E69F00", "#56B4E9"]
NEUTRAL = "#8a8a8a"
DIVERGING = [[0, DISTRACTING], [0.5, "#f4f4f2"], [1, SUPPORTING]]

Figure = dict[str, Any]


def graph(name: Any, figure: Figure) -> dcc.Graph:
    """A figure on the page, as high as it wants and as wide as there is room."""
    config: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False}
    style = {"height": f"{figure['layout']['height']}px"}
    return dcc.Graph(id=name, figure=figure, config=config, style=style)


def layout(**more: Any) -> Figure:
    """The layout of a plot."""
    return {
        "height": HEIGHT,
        "margin": {"l": LEFT, "r": RIGHT, "t": 8, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "hoverlabel": {"font": {"color": "white"}, "bordercolor": "rgba(0,0,0,0)"},
        "showlegend": False,
        "dragmode": False,
        **more,
    }


def axis(title: str, **more: Any) -> Figure:
    """An axis that does not move under the pointer."""
    return {
        "title": {"text": title, "standoff": 6},
        "fixedrange": True,
        "automargin": False,
        "zeroline": False,
        **more,
    }


def zero_line(n_bars: int) -> Figure:
    """A line at 0 under as many bars."""
    line = {"color": NEUTRAL, "width": 1}
    return {"type": "line", "x0": -0.5, "x1": n_bars - 0.5, "y0": 0, "y1": 0, "line": line}


def cells_with_nan(values: np.ndarray) -> list[list[float | None]]:
    """The rows of a heat map as JSON knows them: None where there is nothing."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]


def padded(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis that holds 0 and both values, with room for what is written over bars."""
    low = min(low, 0.0)
    high = max(high, 0.0)
    room = 0.12 * max(high - low, 1e-3)
    return low - room * (low < 0), high + room
