"""What a drawn figure says: heights, places and colours, read back from matplotlib's objects."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# as the captions call them
BLUE, ORANGE = "#0072b2", "#d55e00"
BLACK = "#000000"
INDIGO, WINE, OLIVE = "#332288", "#882255", "#999933"  # of methods
TSN_COLOUR, TRN_COLOUR = "#56b4e9", "#009e73"


def bars(axes: Axes) -> list[tuple[float, float, str]]:
    """(middle, height, colour) of each bar."""
    return [
        (bar.get_x() + bar.get_width() / 2, bar.get_height(), to_hex(bar.get_facecolor()))
        for bar in axes.patches
        if hasattr(bar, "get_height")
    ]


def heights(axes: Axes, colour: str) -> list[float]:
    """Heights of the bars of a colour, from the left."""
    return [height for _, height, own in sorted(bars(axes)) if own == colour]


def whiskers(axes: Axes) -> list[tuple[float, float, float]]:
    """(place, low, high) of every upright interval, from the left."""
    found = []
    for lines in axes.collections:
        if isinstance(lines, LineCollection):
            for (x, low), (end, high) in (path[[0, -1]] for path in lines.get_segments()):
                if x == end:
                    found.append((float(x), float(low), float(high)))
    return sorted(found)


def lying(axes: Axes) -> list[tuple[float, float, float, str]]:
    """(place, low, high, colour) of every interval that lies on its side, from below."""
    found = []
    for lines in axes.collections:
        if isinstance(lines, LineCollection):
            colour = to_hex(lines.get_color()[0])
            for (low, y), (high, end) in (path[[0, -1]] for path in lines.get_segments()):
                if y == end:
                    found.append((float(y), float(low), float(high), colour))
    return sorted(found)


def lines(axes: Axes) -> list[tuple[list[float], list[float], str, str]]:
    """(x, y, colour, style) of every line of more than one point or with a marker."""
    return [
        (
            [float(x) for x in line.get_xdata()],
            [float(y) for y in line.get_ydata()],
            to_hex(line.get_color()),
            str(line.get_linestyle()),
        )
        for line in axes.lines
    ]


def line(axes: Axes, colour: str, style: str = "-") -> tuple[list[float], list[float]]:
    """x and y of the one line of that colour and style."""
    (found,) = [
        (x, y) for x, y, own, own_style in lines(axes) if (own, own_style) == (colour, style)
    ]
    return found


def band(axes: Axes, colour: str, place: int = 0) -> tuple[list[float], list[float]]:
    """Lower and upper edge of a band of that colour, by x."""
    polygons = [
        polygon
        for polygon in axes.collections
        if isinstance(polygon, PolyCollection) and to_hex(polygon.get_facecolor()[0]) == colour
    ]
    corners = polygons[place].get_paths()[0].vertices
    places = sorted(set(corners[:, 0].tolist()))
    at = [corners[corners[:, 0] == x, 1] for x in places]
    return [float(y.min()) for y in at], [float(y.max()) for y in at]


def cells(axes: Axes) -> np.ndarray:
    """The values of a heat map, NaN where there is none."""
    (mesh,) = [mesh for mesh in axes.collections if hasattr(mesh, "get_coordinates")]
    return np.ma.filled(mesh.get_array().astype(float), np.nan)


def title(axes: Axes) -> str:
    """A panel's title on one line, without its letter."""
    words = axes.get_title(loc="left").split()
    return " ".join(words[1:] if words[:1] and words[0].startswith("(") else words)


def legend(figure: Figure) -> list[str]:
    """The names in the one legend of a figure."""
    (one,) = figure.legends
    return [text.get_text() for text in one.get_texts()]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def x_ticks(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def y_ticks(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]
