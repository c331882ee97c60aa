"""Film strips: clips as pictures, with what every frame contributes below."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.heat_map import shortened
from playfair.report.figures.sheet import BOLD, LETTER, TALLEST
from playfair.report.figures.strip_layout import (
    BARS,
    EDGE,
    LEFT,
    LEGEND,
    LINE,
    NUMBERS,
    Page,
    Row,
    bar_limits,
    page_of,
    pages_of,
    room_across,
    room_beside,
    shape_of,
)
from playfair.report.look import (
    DISTRACTING,
    EVIDENCE,
    SMALL,
    SUPPORTING,
    TITLE,
    element_name,
    model_name,
    style,
    width,
)
from playfair.result import Strip

LINES = 4  # of what a model says beside its bars
LONGEST = 24  # letters of its name above them, beside which its score has room
HALF = 0.47  # of a frame's width, in frames: what is left is the gap between two


def strips_figure(strips: Sequence[Strip], limits: tuple[float, float] | None = None) -> Figure:
    """Frames with their ESVs below, one row of bars per model; the decisive interval above.

    All bars share one scale, so that heights can be compared between clips and models. Every bar
    stands under its frame: pictures and bars have the same horizontal extent.

    Args:
        strips: at least one, of the same models.
        limits: the ends of that scale; None: what the strips' bars need.
    """
    limits = limits or _limits(strips)
    across = room_across()
    shapes = [shape_of(strip) for strip in strips]
    with style():
        height = sum(shape.height for shape in shapes) + LEGEND
        page = page_of(width(), height)
        top = 0.0
        for strip, shape in zip(strips, shapes, strict=True):
            title = "\n".join(shape.title)
            page.text(EDGE, top + 0.03, title, fontsize=TITLE, fontweight="bold")
            top += shape.heading
            for row in shape.rows:
                _film(page.axes(LEFT, top, across, shape.picture), strip, row)
                top += shape.picture + 0.04
                for name in strip.esvs:
                    note = strip.notes[name] if row.start == 0 else ""
                    _said(page, top, model_name(name), note)
                    axes = page.axes(LEFT, top + shape.words, across, BARS - 0.08)
                    _bars(axes, strip, name, limits, row)
                    top += shape.words + BARS
                _frame_numbers(axes, strip, row)
                top += NUMBERS - 0.04
        _legend(page.figure, any(strip.evidence is not None for strip in strips))
    return page.figure


def strips_figures(strips: Sequence[Strip]) -> list[Figure]:
    """The same on as many figures as it takes for each to fit a page: one scale over all.

    Args:
        strips: at least one, of the same models.
    """
    limits = _limits(strips)
    heights = [shape_of(strip).height for strip in strips]
    pages = pages_of(heights, TALLEST - LEGEND)
    return [strips_figure(strips[page.start : page.stop], limits) for page in pages]


def _limits(strips: Sequence[Strip]) -> tuple[float, float]:
    return bar_limits(np.concatenate([esv for strip in strips for esv in strip.esvs.values()]))


def _film(axes: Axes, strip: Strip, row: Row) -> None:
    for i in range(row.start, row.stop):
        extent = (i - HALF, i + HALF, 0.0, 1.0)
        axes.imshow(strip.frames[i], extent=extent, aspect="auto", interpolation="nearest")
    axes.set(xlim=(row.start - 0.5, row.start + row.across - 0.5), ylim=(0, 1))
    if strip.evidence is not None:
        _mark_evidence(axes, strip.frame_index, strip.evidence, row)
    axes.axis("off")


def _mark_evidence(
    axes: Axes, frame_index: np.ndarray, evidence: tuple[int, int], row: Row
) -> None:
    """A line above the frames inside the decisive interval."""
    start, stop = evidence
    frames = frame_index.reshape(len(frame_index), -1)
    decisive = np.asarray(((frames >= start) & (frames < stop)).any(1))
    inside = np.flatnonzero(decisive[row.start : row.stop]) + row.start
    if not len(inside):
        return
    ends = [inside[0] - HALF, inside[-1] + HALF]
    axes.plot(
        ends,
        [1.05, 1.05],
        color=EVIDENCE,
        linewidth=3,
        solid_capstyle="butt",
        clip_on=False,
    )


def _said(page: Page, top: float, name: str, note: str) -> None:
    """A model's name and what it says of the clip: beside its bars, or in a line above them."""
    right = room_beside()
    if right > EDGE:
        left = page.width - right + 0.08
        room = right - 0.1
        lines = textwrap.wrap(name, int(room / (SMALL * BOLD)), max_lines=2, placeholder="…")
        page.text(left, top, "\n".join(lines), fontweight="bold")
        words = note.split("\n")
        beside = len(name) + len(words[0]) + 2
        if len(words) > 1 and beside * SMALL * BOLD < room:  # the score goes with the name
            page.text(left + (len(name) + 1.5) * SMALL * BOLD, top, words.pop(0))
        page.text(left, top + LINE * len(lines), fitted(words, room, LINES - len(lines)))
        return
    name = shortened(name, LONGEST)
    page.text(LEFT, top, name, fontweight="bold")
    left = LEFT + (len(name) + 2) * SMALL * BOLD
    score, *says = note.split("\n")
    letters = int((page.width - left - EDGE) / (SMALL * LETTER)) - len(score) - len(", ")
    page.text(left, top, ", ".join([score, *(shortened(words, letters) for words in says)]))


def fitted(words: Sequence[str], room: float, most: int) -> str:
    """Words on as many lines as there may be; what is too long loses some of its middle.

    Args:
        words: of lines, or of more than fit on one.
        room: inches of a line.
        most: lines.

    Example:
        >>> print(fitted(["score 0.41", "says: Turning something counter-clockwise"], 1.2, 3))
        score 0.41
        says: Turning sth
        counter-clockwise
    """
    letters = int(room / (SMALL * LETTER))
    lines: list[str] = []
    for place, text in enumerate(words):
        free = most - len(lines) - (len(words) - place - 1)  # a line for each that comes
        parts = textwrap.wrap(text, letters)
        longest = len(text)
        while len(parts) > max(free, 1) and longest > 9:
            longest -= 1
            parts = textwrap.wrap(shortened(text, longest), letters)
        lines += parts
    return "\n".join(lines[:most])


def _bars(axes: Axes, strip: Strip, name: str, limits: tuple[float, float], row: Row) -> None:
    """One model's ESVs."""
    esv = strip.esvs[name]
    start, stop, across = row.part(len(strip.frames), len(esv))
    shown = esv[start:stop]
    colours = [SUPPORTING if value > 0 else DISTRACTING for value in shown]
    axes.bar(range(start, stop), shown, 0.8, color=colours)
    axes.axhline(0, color="0.3", linewidth=0.6)
    axes.set_ylabel("ESV")
    axes.set(xlim=(start - 0.5, start + across - 0.5), ylim=limits, xticks=[])
    axes.yaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)


def _frame_numbers(axes: Axes, strip: Strip, row: Row) -> None:
    """Below the last row of bars, which frames of the clip these are."""
    n_elements = len(strip.frames)
    held = strip.frame_index.reshape(n_elements, -1).tolist()[row.start : row.stop]
    first, last = middles(axes, row.across)
    places = np.linspace(first, last, row.across)[: len(held)]
    axes.set_xticks(places, [element_name(frames) for frames in held])
    axes.set_xlabel("frame of the clip" if strip.frame_index.ndim == 1 else "frames of the clip")


def middles(axes: Axes, n_elements: int) -> tuple[float, float]:
    """Where the first and the last picture have their middle, on axes of any number of bars."""
    left, right = axes.get_xlim()
    half = (right - left) / (2 * n_elements)
    return left + half, right - half


def _legend(figure: Figure, has_evidence: bool) -> None:
    handles: list[Patch | Line2D] = [
        Patch(color=SUPPORTING, label="supporting"),
        Patch(color=DISTRACTING, label="distracting"),
    ]
    if has_evidence:
        handles.append(Line2D([], [], color=EVIDENCE, linewidth=3, label="decisive interval"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), borderaxespad=0.1)
