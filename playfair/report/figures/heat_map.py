"""Tables of numbers as cells of colour."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap

from playfair.report.look import ALIKE, DISTRACTING, NOTHING, OPPOSED, SUPPORTING

DIVERGING = LinearSegmentedColormap.from_list("esv", [DISTRACTING, "white", SUPPORTING])
LIKENESS = LinearSegmentedColormap.from_list("likeness", [OPPOSED, "white", ALIKE])
SEQUENTIAL = LinearSegmentedColormap.from_list("support", ["white", SUPPORTING])


def heat_map(
    axes: Axes, grid: np.ndarray, colours: LinearSegmentedColormap, ends: tuple[float, float]
) -> QuadMesh:
    """Draws the grid, NaN in grey. ends: what the first and the last colour stand for."""
    axes.set_facecolor(NOTHING)
    cells = axes.pcolormesh(
        np.ma.masked_invalid(grid), cmap=colours, vmin=ends[0], vmax=ends[1], rasterized=True
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return cells


def shortened(name: str, most: int = 56) -> str:
    """A class's name as it fits beside its row: Something-Something's placeholders as that dataset
    is written about, then less of the middle, as names begin alike.

    Args:
        most: letters.

    Example:
        >>> shortened("Moving something up"), len(shortened("x" * 99))
        ('Moving something up', 56)
        >>> shortened("Moving something and something closer to each other", 32)
        'Moving sth and s…r to each other'
    """
    if len(name) > most:
        name = name.replace("something", "sth").replace("Something", "Sth")
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[-end:]}"
