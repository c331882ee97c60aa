"""Figures as wide as they are printed: panels that fit, with letters, and labels that fit them."""

import math
from collections.abc import Iterable
from string import ascii_lowercase
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, NullFormatter

from playfair.report.look import SMALL, SUPERSCRIPT, TITLE, WIDTHS, width

LEAST = 1.6  # inches of a panel with its labels
LETTER = 0.58 / 72  # inches of a letter of one point, on average
BOLD = 0.67 / 72
BOTH = WIDTHS["two"]  # of what has no room in one column
TALLEST = 9.0  # inches: what a page of a paper has room for
LEGEND = 0.2  # inches of a line of it
NUMBERS = 0.4  # inches, beside an axis
HANDLE = 2.6  # of text's size: long enough to tell dashes apart
LEAST_LETTERS = 8  # of a line of text, however little room there is
APART = 0.05  # inches between the numbers of two ticks


def columns(n_panels: int, least: float = LEAST, across: float | None = None) -> int:
    """How many panels stand side by side, so that all rows are about as long.

    Args:
        n_panels: of the figure.
        least: inches that one needs.
        across: inches of the figure; None: as it is asked for.

    Example:
        >>> columns(3), columns(5), columns(8, least=3.4)
        (3, 3, 2)
    """
    fitting = max(1, int((across or width()) / least + 1e-6))
    n_rows = math.ceil(n_panels / fitting)
    return math.ceil(n_panels / n_rows)


def single(height: float) -> tuple[Figure, Axes]:
    """A figure of one panel, which one column has room for. height: inches."""
    figure = Figure(figsize=(WIDTHS["one"], height), layout="constrained")
    return figure, figure.subplots()


def side_by_side(
    n_panels: int,
    tall: float,
    least: float = LEAST,
    more: float = LEGEND,
    across: float | None = None,
) -> tuple[Figure, list[Axes]]:
    """A figure of panels side by side, going on below where they do not fit.

    Args:
        n_panels: how many.
        tall: inches of each.
        least: inches that one needs across.
        more: inches beside them, of a legend.
        across: inches of the figure; None: as it is asked for.
    """
    across = across or width()
    n_columns = columns(n_panels, least, across)
    down = math.ceil(n_panels / n_columns)
    figure = Figure(figsize=(across, down * tall + more), layout="constrained")
    panels = list(figure.subplots(down, n_columns, squeeze=False).flat)
    for axes in panels[n_panels:]:
        axes.remove()
    return figure, panels[:n_panels]


def panels_by_model(
    n_rows: int, n_panels: int, tall: float, least: float = LEAST, more: float = LEGEND
) -> tuple[Figure, np.ndarray]:
    """A figure with a row of panels for each model; turned round where a row does not fit.

    Args:
        n_rows: models.
        n_panels: of each.
        tall: inches of each panel.
        least: inches that one needs across.
        more: inches beside them, of a legend.

    Returns:
        The figure and its panels, (row, panel) however they stand.
    """
    shape = (n_rows, n_panels)
    across = width()
    if n_rows * n_panels * tall + more > TALLEST and n_rows * least > across:
        across = BOTH  # in one column they would be taller than a page
    fits = n_panels * least <= across + 1e-6
    if not fits:
        shape = (n_panels, n_rows) if n_rows * least <= across else (n_rows * n_panels, 1)
    figure = Figure(figsize=(across, shape[0] * tall + more), layout="constrained")
    panels = figure.subplots(*shape, squeeze=False)
    if not fits and shape == (n_panels, n_rows):
        panels = panels.T
    return figure, panels.reshape(n_rows, n_panels)


def labelled(
    figure: Figure, panels: Iterable[Axes], names: float = 0.0, numbers: float = NUMBERS
) -> None:
    """Gives panels their letters, and breaks what is longer than they are.

    Args:
        figure: of which constrained layout takes care.
        panels: in the order of the letters; a single one has none.
        names: inches that names of rows take on the left.
        numbers: inches that numbers and a label take on the left of each panel.
    """
    panels = list(panels)
    figure_width, figure_height = figure.get_size_inches()
    for axes, letter in zip(panels, letters(len(panels)), strict=True):
        place = axes.get_subplotspec()
        grid = place.get_gridspec() if place else None
        wide = (figure_width - names) / (grid.ncols if grid else 1)
        tall = figure_height / (grid.nrows if grid else 1)
        title = axes.get_title(loc="left")
        if title or letter:
            axes.set_title(broken(f"{letter}{title}", wide - numbers, TITLE * BOLD))
        axes.set_xlabel(broken(axes.get_xlabel(), wide - numbers, SMALL * LETTER))
        axes.set_ylabel(broken(axes.get_ylabel(), tall - 0.5, SMALL * LETTER))


def powers() -> Formatter:
    """Writes the ticks of a logarithmic axis: all of it as large as other text, and as text.

    Of an axis on which nothing above 0 is drawn they are without numbers.

    Example:
        >>> powers()(1e-6), powers()(10.0), powers()(0.0)
        ('10⁻⁶', '10¹', '')
    """

    def power(value: float, _: int | None = None) -> str:
        return f"10{str(round(math.log10(value))).translate(SUPERSCRIPT)}" if value > 0 else ""

    return FuncFormatter(power)


def decades(panels: Iterable[Axes], axis: str = "y") -> None:
    """Gives logarithmic axes ticks at powers of ten, as text, two of them at least."""
    for axes in panels:
        low, high = (math.log10(end) for end in getattr(axes, f"get_{axis}lim")())
        if math.floor(high) - math.ceil(low) < 1:
            getattr(axes, f"set_{axis}lim")(10 ** math.floor(low), 10 ** math.ceil(high))
        ticks = getattr(axes, f"{axis}axis")
        ticks.set_major_formatter(powers())
        ticks.set_minor_formatter(NullFormatter())


def only_first_of_each_line(panels: Iterable[Axes]) -> None:
    """Leaves what is the same in all panels of a row, numbers and label, to the left ones."""
    for axes in panels:
        place = axes.get_subplotspec()
        if place is not None and not place.is_first_col():
            axes.tick_params(axis="y", labelleft=False)
            axes.set_ylabel("")


def letters(count: int) -> list[str]:
    """What stands before the titles of panels.

    Example:
        >>> letters(3), letters(1)
        (['(a) ', '(b) ', '(c) '], [''])
    """
    if count < 2:
        return [""] * count
    first = ["", *ascii_lowercase]
    return [f"({first[i // 26]}{ascii_lowercase[i % 26]}) " for i in range(count)]


def broken(text: str, inches: float, letter: float) -> str:
    """Text on as many lines as it needs, none of them a word or two; its own line breaks stay.

    Args:
        text: one line or more.
        inches: that there are for a line.
        letter: inches of one.

    Example:
        >>> broken("accuracy as frames go", 2.0, 0.1)
        'accuracy as\\nframes go'
    """
    room = max(LEAST_LETTERS, int(inches / letter))
    return "\n".join("\n".join(_balanced(line, room)) for line in text.split("\n"))


def _balanced(line: str, room: int) -> list[str]:
    """Its parts, shorter where the last would hold little. room: letters of one."""
    parts = wrap(line, room, break_long_words=False)
    shorter = parts
    while len(shorter) > 1 and len(shorter[-1]) < room / 3 and room > LEAST_LETTERS:
        room -= 1
        shorter = wrap(line, room, break_long_words=False)
        if len(shorter) > len(parts):
            return parts
    return shorter or [""]


def equal(panels: Iterable[Axes], axis: str) -> None:
    """Gives panels that are compared one scale. axis: "x" or "y"."""
    panels = list(panels)
    ends = np.array([getattr(axes, f"get_{axis}lim")() for axes in panels])
    low, high = float(ends.min()), float(ends.max())
    for axes in panels:
        getattr(axes, f"set_{axis}lim")(low, high)


def ticks_at(axes: Axes, values: Iterable[float]) -> None:
    """Ticks of the x axis at those values that its limits hold and that have room, as plain numbers.

    Args:
        axes: in a grid of its figure, with its limits and its scale.
        values: in any order; of two that stand too near the greater is left out.
    """
    low, high = axes.get_xlim()
    place = axes.get_subplotspec()
    n_columns = place.get_gridspec().ncols if place else 1
    figure = axes.get_figure(root=True)
    assert figure is not None
    across = figure.get_figwidth() / n_columns - 1.5 * NUMBERS
    to_places = axes.transScale.transform
    first, last = (to_places((end, 1.0))[0] for end in (low, high))
    kept: list[float] = []
    end = -math.inf  # of the text before, inches
    for value in sorted(value for value in values if low <= value <= high):
        middle = across * (to_places((value, 1.0))[0] - first) / (last - first)
        half = len(f"{value:g}") * SMALL * LETTER / 2
        if middle - half > end + APART:
            kept.append(value)
            end = middle + half
    axes.set_xticks(kept, [f"{value:g}" for value in kept])
    axes.set_xticks([], minor=True)


def legend(figure: Figure, *panels: Axes, turned: bool = False) -> None:
    """One legend for all panels, below them: it hides nothing.

    Args:
        panels: whose lines are named, each name once.
        turned: whether what is drawn last is named first.
    """
    named: dict[str, Any] = {}
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    if not named:
        return
    names = list(named)[::-1] if turned else list(named)
    # so many that they fit side by side
    longest = max(len(name) for name in names) * SMALL * LETTER + 0.5
    across = max(1, min(len(names), int(figure.get_size_inches()[0] / longest)))
    handles = [named[name] for name in names]
    figure.legend(handles, names, loc="outside lower center", ncols=across, handlelength=HANDLE)
