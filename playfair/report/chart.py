"""Lines as a chart of the page: where everything stands in it, in its own units."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.interactive import Lines
from playfair.report.look import decimal, number

# of the chart's own units; it is scaled to the page's width
WIDTH = 640
HEIGHT = 300
LEFT = 64
RIGHT = 12
TOP = 12
BOTTOM = 44


class Tick(NamedTuple):
    """A place on an axis and what is written there."""

    at: float
    text: str


class Trace(NamedTuple):
    """A line.

    Attributes:
        name: of the model or method.
        colour: its own.
        is_solid: or dotted.
        path: its points, as SVG writes them.
        band: the outline of its 95 % interval, or "".
        values: at each of the chart's x, what is read there; "" where it has none.
    """

    name: str
    colour: str
    is_solid: bool
    path: str
    band: str
    values: list[str]


class Chart(NamedTuple):
    """What the template draws.

    Attributes:
        title: what it is of, where there are several.
        titles: of the axes.
        x_ticks, y_ticks: with where they stand.
        stops: every x that a line has, with where it stands.
        traces: the lines.
    """

    title: str
    titles: tuple[str, str]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    stops: list[Tick]
    traces: list[Trace]


class Scale(NamedTuple):
    """From values to places: the ends of both."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """Where a value stands.

        Example:
            >>> Scale(0, 1, 100, 0).at(0.25)
            75.0
        """
        share = (value - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)


def chart(lines: Lines) -> Chart:
    """The chart of some lines; rows without a value are left out."""
    low, high = lines.ends
    drawn = [
        (name, colour, is_solid, rows.dropna(subset=[lines.y]).sort_values(lines.x))
        for name, colour, is_solid, rows in lines.each()
    ]
    values = pd.concat([rows[[lines.y, low, high]].stack() for *_, rows in drawn])
    places = sorted({float(x) for *_, rows in drawn for x in rows[lines.x]})
    y_ends = _ends([*values.tolist(), 0.0])
    across = Scale(*_ends(places), LEFT, WIDTH - RIGHT)
    up = Scale(*y_ends, HEIGHT - BOTTOM, TOP)
    traces = []
    for name, colour, is_solid, rows in drawn:
        by_place = {float(row[lines.x]): row for row in rows.to_dict("records")}
        upper = [(across.at(x), up.at(row[high])) for x, row in by_place.items()]
        lower = [(across.at(x), up.at(row[low])) for x, row in by_place.items()]
        has_band = len(upper) > 1 and rows[[low, high]].notna().all(axis=None)
        traces.append(
            Trace(
                name,
                colour,
                is_solid,
                _points([(across.at(x), up.at(row[lines.y])) for x, row in by_place.items()]),
                _points([*upper, *reversed(lower)]) if has_band else "",
                [
                    decimal(by_place[x][lines.y], by_place[x][low], by_place[x][high])
                    if x in by_place
                    else ""
                    for x in places
                ],
            )
        )
    return Chart(
        lines.name,
        lines.titles,
        [Tick(across.at(x), _short(x)) for x in _round_numbers(across)],
        [Tick(up.at(y), _short(y)) for y in _round_numbers(up)],
        [Tick(across.at(x), number(x)) for x in places],
        traces,
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The least and the largest of them, apart."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low = min(finite)
    high = max(finite)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _round_numbers(scale: Scale) -> list[float]:
    """Round numbers between a scale's ends."""
    ticks = MaxNLocator(6).tick_values(scale.low, scale.high)
    room = 1e-9 * (scale.high - scale.low)
    return [round(float(t), 12) for t in ticks if scale.low - room <= t <= scale.high + room]


def _short(value: float) -> str:
    """A round number without zeros that say nothing."""
    return f"{value:g}".replace("-", "−")


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
