"""What all plots share, as plain dicts in plotly's words, which assets/draw.js draws as SVG.

Plotly itself is 4.5 MB of script that a page, an exported file and a site would each wait for. Text,
axes and grids get their colours from the style sheet, so that light and dark need no second figure.
"""

import json
from typing import Any

import numpy as np
from dash import html

from playfair.explorer.attributes import attributes
from playfair.report.look import (
    DISTRACTING,
    IN_THE_DARK,
    INDIGO,
    OLIVE,
    OTHER_CLASS,
    SUPPORTING,
)

# Pixels beside the axes: film strip and cursor stand under and over them.
LEFT = 60
RIGHT = 12
HEIGHT = 190
# Of classes drawn as lines, in the order they were added: no model's colours, legible on both pages.
LINES = (OTHER_CLASS, IN_THE_DARK[INDIGO], OLIVE)
NEUTRAL = "#8a8a8a"
DIVERGING = [[0, DISTRACTING], [0.5, "#f4f4f2"], [1, SUPPORTING]]

Figure = dict[str, Any]


def graph(name: str, figure: Figure, title: str, **more: object) -> html.Div:
    """A figure on the page, as high as it wants and as wide as there is room.

    Args:
        name: of its element.
        figure: what is drawn.
        title: what it shows, for who does not see it.
        more: further attributes.
    """
    style = {"height": f"{figure['layout']['height']}px"}
    drawn = {"data_figure": json.dumps(figure, separators=(",", ":"), default=_plain)}
    return html.Div(
        id=name,
        className="plot",
        style=style,
        role="img",
        **attributes(aria_label=title, **drawn, **more),
    )


def _plain(value: Any) -> Any:
    """numpy's numbers as JSON has them."""
    return value.item() if isinstance(value, np.generic) else value.tolist()


def layout(**more: Any) -> Figure:
    """The layout of a plot."""
    return {
        "height": HEIGHT,
        "margin": {"l": LEFT, "r": RIGHT, "t": 8, "b": 36},
        **more,
    }


def axis(title: str, **more: Any) -> Figure:
    """An axis of a plot."""
    return {"title": {"text": title}, **more}


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
