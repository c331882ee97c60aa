"""Film strips: clips as pictures, with what every frame contributes below."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import (
    DISTRACTING,
    EVIDENCE,
    SUPPORTING,
    element_name,
    model_name,
    style,
)
from playfair.result import Strip

# inches
CELL = 0.85  # of one frame
BARS = 0.55  # of one model's row
LEFT = 0.95  # of the models' names
RIGHT = 2.3  # of what they predict
TITLE = 0.32
GAP = 0.28

HALF = 0.47  # of a frame's width, in frames: what is left is the gap between two


class Page(NamedTuple):
    """A figure, on which axes are placed in inches from the top."""

    figure: Figure
    width: float
    height: float
    columns: int

    def axes(self, top: float, height: float) -> Axes:
        """Axes as wide as all frames, whatever they show."""
        left = LEFT / self.width
        bottom = 1 - (top + height) / self.height
        across = self.columns * CELL / self.width
        return self.figure.add_axes((left, bottom, across, height / self.height))


def strips_figure(strips: Sequence[Strip]) -> Figure:
    """Frames with their ESVs below, one row of bars per model; the decisive interval above.

    All bars share one scale, so that heights can be compared between clips and models. Every bar
    stands under its frame: pictures and bars have the same horizontal extent.
    """
    models = list(strips[0].esvs)
    columns = len(strips[0].frames)
    limits = _limits(strips)
    pictures = [CELL * strip.frames.shape[1] / strip.frames.shape[2] for strip in strips]
    heights = [TITLE + picture + len(models) * BARS + GAP for picture in pictures]
    width = LEFT + columns * CELL + RIGHT
    with style():
        figure = Figure(figsize=(width, sum(heights)))
        page = Page(figure, width, sum(heights), columns)
        top = 0.0
        for strip, picture, height in zip(strips, pictures, heights, strict=True):
            _film(page.axes(top + TITLE, picture), strip)
            below = top + TITLE + picture + 0.06
            for row, name in enumerate(models):
                axes = page.axes(below + row * BARS, BARS - 0.1)
                _bars(axes, strip, name, limits)
            _frame_numbers(axes, strip)
            top += height
    return figure


def _limits(strips: Sequence[Strip]) -> tuple[float, float]:
    """The ends of the bars' common axis, with room for a bar of either sign."""
    esvs = np.concatenate([esv for strip in strips for esv in strip.esvs.values()])
    largest = 1.1 * max(float(np.abs(esvs).max()), 1e-3)
    low = min(1.1 * float(esvs.min()), -0.2 * largest)
    high = max(1.1 * float(esvs.max()), 0.2 * largest)
    return low, high


def _film(axes: Axes, strip: Strip) -> None:
    for i, frame in enumerate(strip.frames):
        extent = (i - HALF, i + HALF, 0.03, 0.97)
        axes.imshow(frame, extent=extent, aspect="auto", interpolation="nearest")
    axes.set(xlim=(-0.5, len(strip.frames) - 0.5), ylim=(0, 1))
    if strip.evidence is not None:
        _mark_evidence(axes, strip.frame_index, strip.evidence)
    axes.set_title(strip.title, fontsize=8, pad=7)
    axes.axis("off")


def _mark_evidence(axes: Axes, frame_index: np.ndarray, evidence: tuple[int, int]) -> None:
    """A line above the frames inside the decisive interval."""
    start, stop = evidence
    frames = frame_index.reshape(len(frame_index), -1)
    inside = np.flatnonzero(((frames >= start) & (frames < stop)).any(1))
    if not len(inside):
        return
    ends = [inside[0] - HALF, inside[-1] + HALF]
    axes.plot(
        ends,
        [1.04, 1.04],
        color=EVIDENCE,
        linewidth=3.5,
        solid_capstyle="butt",
        clip_on=False,
    )


def _bars(axes: Axes, strip: Strip, name: str, limits: tuple[float, float]) -> None:
    """One model's ESVs, its name on the left and what it predicts on the right."""
    esv = strip.esvs[name]
    colours = [SUPPORTING if value > 0 else DISTRACTING for value in esv]
    axes.bar(range(len(esv)), esv, 0.8, color=colours)
    axes.axhline(0, color="0.3", linewidth=0.6)
    axes.set_ylabel("ESV", fontsize=6)
    axes.set(xlim=(-0.5, len(esv) - 0.5), ylim=limits, xticks=[])
    axes.annotate(
        model_name(name),
        (0, 0.5),
        (-36, 0),  # points, however narrow the strip is
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontweight="bold",
    )
    axes.text(1.01, 0.5, strip.notes[name], transform=axes.transAxes, fontsize=7, va="center")
    axes.tick_params(axis="x", length=0, labelsize=7)
    axes.tick_params(axis="y", labelsize=6)
    axes.spines["bottom"].set_visible(False)


def _frame_numbers(axes: Axes, strip: Strip) -> None:
    """Below the last row of bars, which frames of the clip these are.

    A model may have bars of other elements of the same frames.
    """
    n_elements = len(strip.frames)
    names = [element_name(held) for held in strip.frame_index.reshape(n_elements, -1).tolist()]
    axes.set_xticks(np.linspace(*middles(axes, n_elements), n_elements), names)
    title = "frame of the clip" if strip.frame_index.ndim == 1 else "frames of the clip"
    axes.text(1.01, -0.06, title, transform=axes.transAxes, fontsize=7, va="top")


def middles(axes: Axes, n_elements: int) -> tuple[float, float]:
    """Where the first and the last picture have their middle, on axes of any number of bars."""
    left, right = axes.get_xlim()
    half = (right - left) / (2 * n_elements)
    return left + half, right - half
