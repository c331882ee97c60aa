"""Film strips: clips as pictures, with what every frame contributes below."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING, model_name, style
from playfair.result import Strip


def strips_figure(strips: list[Strip]) -> Figure:
    """Film strips: frames with their ESVs below, one row of bars per model; the decisive interval above.

    All bars share one scale, so that heights can be compared between clips and models. Every bar stands under its
    frame: the axes are placed in inches, with the same horizontal extent for pictures and bars.
    """
    models, columns = list(strips[0].esvs), len(strips[0].frames)
    shown = np.concatenate([esv for strip in strips for esv in strip.esvs.values()])
    largest = 1.1 * max(float(np.abs(shown).max()), 1e-3)
    limits = (
        min(1.1 * float(shown.min()), -0.2 * largest),
        max(1.1 * float(shown.max()), 0.2 * largest),
    )
    cell, bars, left, right, title, gap = 0.85, 0.55, 0.95, 2.3, 0.32, 0.28  # inches
    pictures = [cell * strip.frames.shape[1] / strip.frames.shape[2] for strip in strips]
    heights = [title + tall + len(models) * bars + gap for tall in pictures]
    width, height = left + columns * cell + right, sum(heights)
    with style():
        figure = Figure(figsize=(width, height))

        def axes(top: float, tall: float) -> Axes:
            return figure.add_axes(
                (left / width, 1 - (top + tall) / height, columns * cell / width, tall / height)
            )

        top = 0.0
        for strip, tall, total in zip(strips, pictures, heights, strict=True):
            _film(axes(top + title, tall), strip)
            for row, name in enumerate(models):
                below = axes(top + title + tall + 0.06 + row * bars, bars - 0.1)
                _bars(below, strip, name, limits)
                if row == len(models) - 1:
                    below.set_xticks(range(columns), [str(i) for i in strip.frame_index])
                    below.text(
                        1.01,
                        -0.06,
                        "frame of the clip",
                        transform=below.transAxes,
                        fontsize=7,
                        va="top",
                    )
            top += total
    return figure


def _film(axes: Axes, strip: Strip) -> None:
    columns = len(strip.frames)
    for i, frame in enumerate(strip.frames):
        axes.imshow(
            frame, extent=(i - 0.47, i + 0.47, 0.03, 0.97), aspect="auto", interpolation="nearest"
        )
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(0, 1))
    if strip.evidence is not None:
        start, stop = strip.evidence
        inside = np.flatnonzero((strip.frame_index >= start) & (strip.frame_index < stop))
        if len(inside):
            ends = [inside[0] - 0.47, inside[-1] + 0.47]
            axes.plot(
                ends,
                [1.04] * 2,
                color=EVIDENCE,
                linewidth=3.5,
                solid_capstyle="butt",
                clip_on=False,
            )
    axes.set_title(strip.title, fontsize=8, pad=7)
    axes.axis("off")


def _bars(axes: Axes, strip: Strip, name: str, limits: tuple[float, float]) -> None:
    esv = strip.esvs[name]
    axes.bar(
        range(len(esv)), esv, 0.8, color=[SUPPORTING if value > 0 else DISTRACTING for value in esv]
    )
    axes.axhline(0, color="0.3", linewidth=0.6)
    axes.set_ylabel("ESV", fontsize=6)
    axes.set(xlim=(-0.5, len(esv) - 0.5), ylim=limits, xticks=[])
    axes.text(
        -0.085,
        0.5,
        model_name(name),
        transform=axes.transAxes,
        ha="right",
        va="center",
        fontweight="bold",
    )
    axes.text(1.01, 0.5, strip.notes[name], transform=axes.transAxes, fontsize=7, va="center")
    axes.tick_params(axis="x", length=0, labelsize=7)
    axes.tick_params(axis="y", labelsize=6)
    axes.spines["bottom"].set_visible(False)
