"""Where the pictures, bars and words of film strips go: pages, rows and shapes, in inches."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.sheet import BOLD
from playfair.report.look import TITLE, width
from playfair.result import Strip

# inches
CELL = 0.62  # of a frame, at least: a strip of more than fit goes on below
FEWEST = 4  # places of a row: the picture of a clip of one frame is no poster
BARS = 0.5  # of one model's row
WORDS = 0.15  # of a line
LEFT = 0.45  # of the bars' numbers
RIGHT = 1.3  # of what models say, where there is room beside the bars
EDGE = 0.05
HEADING = 0.24  # of a clip's title, and of the line over its decisive frames
LINE = 0.125  # more of a title
NUMBERS = 0.3  # below the last bars
LEGEND = 0.22


class Page(NamedTuple):
    """A figure, on which axes are placed in inches from the top."""

    figure: Figure
    width: float
    height: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes of so many inches."""
        bottom = self.height - top - height
        place = (
            left / self.width,
            bottom / self.height,
            width / self.width,
            height / self.height,
        )
        return self.figure.add_axes(place)

    def text(self, left: float, top: float, words: str, **look: Any) -> None:
        """Words whose upper left corner is there."""
        place = (left / self.width, 1 - top / self.height)
        self.figure.text(*place, words, va="top", parse_math=False, **look)


def page_of(width: float, height: float) -> Page:
    """A page of so many inches, empty."""
    return Page(Figure(figsize=(width, height)), width, height)


def bar_limits(esvs: np.ndarray) -> tuple[float, float]:
    """The ends of an axis that all bars have in common, with room for one of either sign.

    Args:
        esvs: of any shape, probability.

    Example:
        >>> low, high = bar_limits(np.array([0.1, 0.5]))
        >>> round(low, 3), round(high, 3)
        (-0.11, 0.55)
    """
    largest = 1.1 * max(float(np.abs(esvs).max()), 1e-3)
    low = min(1.1 * float(esvs.min()), -0.2 * largest)
    high = max(1.1 * float(esvs.max()), 0.2 * largest)
    return low, high


class Row(NamedTuple):
    """The elements of a strip from `start` on, as many as stand side by side."""

    start: int
    stop: int
    across: int

    def part(self, n_elements: int, n_bars: int) -> tuple[int, int, float]:
        """Which bars stand below these pictures, and how many a row has room for.

        A model may have bars of other elements of the same frames.
        """
        scale = n_bars / n_elements
        return round(self.start * scale), round(self.stop * scale), self.across * scale


class Shape(NamedTuple):
    """Where a strip's pictures and words go.

    Attributes:
        rows: of its elements.
        picture: inches of the height of one.
        title: its lines.
        words: inches of a line above each model's bars.
        n_models: how many have bars.
    """

    rows: list[Row]
    picture: float
    title: list[str]
    words: float
    n_models: int

    @property
    def heading(self) -> float:
        """Inches of what stands above the pictures."""
        return HEADING + LINE * (len(self.title) - 1)

    @property
    def height(self) -> float:
        """Inches of all of it."""
        row = self.picture + self.n_models * (BARS + self.words) + NUMBERS
        return self.heading + len(self.rows) * row


def pages_of(heights: Sequence[float], most: float) -> list[range]:
    """Which follow each other on a page: as few pages as they need, about equally full.

    Args:
        heights: of what is placed; what is higher than a page has one of its own.
        most: of a page.

    Example:
        >>> pages_of([2.2] * 6, 8.8), pages_of([2.2] * 3, 8.8), pages_of([9.0, 2.0], 8.8)
        ([range(0, 3), range(3, 6)], [range(0, 3)], [range(0, 1), range(1, 2)])
    """
    n_pages = math.ceil(sum(heights) / most)
    while True:
        of_page = math.ceil(len(heights) / n_pages)
        starts = range(0, len(heights), of_page)
        pages = [range(start, min(start + of_page, len(heights))) for start in starts]
        fits = all(sum(heights[place] for place in page) <= most for page in pages)
        if fits or of_page == 1:
            return pages
        n_pages += 1


def room_beside() -> float:
    """Inches beside the bars: room for what models say, or an edge."""
    return RIGHT if width() - LEFT - RIGHT > 5 * CELL else EDGE


def room_across() -> float:
    """Inches of all pictures of a row."""
    return width() - LEFT - room_beside()


def shape_of(strip: Strip) -> Shape:
    """Where a strip's pictures and words go."""
    rows = list(rows_of(len(strip.frames), room_across()))
    picture = room_across() / rows[0].across * strip.frames.shape[1] / strip.frames.shape[2]
    words = 0.0 if room_beside() == RIGHT else WORDS
    return Shape(rows, picture, title_lines(strip.title), words, len(strip.esvs))


def rows_of(n_elements: int, across: float) -> Iterator[Row]:
    """The rows of a strip, as long as each other. across: inches that there are.

    Example:
        >>> [(row.start, row.stop) for row in rows_of(16, across=5.2)]
        [(0, 8), (8, 16)]
        >>> list(rows_of(1, across=5.2))
        [Row(start=0, stop=1, across=4)]
    """
    n_rows = math.ceil(n_elements / max(1, int(across / CELL)))
    of_row = math.ceil(n_elements / n_rows)
    for start in range(0, n_elements, of_row):
        yield Row(start, min(start + of_row, n_elements), max(of_row, FEWEST))


def title_lines(title: str) -> list[str]:
    """On one line, or on two."""
    room = int((width() - 2 * EDGE) / (TITLE * BOLD))
    return textwrap.wrap(title, room, max_lines=2, placeholder=" …") or [title]
