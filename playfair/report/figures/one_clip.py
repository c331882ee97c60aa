"""One clip in one picture: its film strip, ESVs of the top classes, scores, and frames taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.heat_map import shortened
from playfair.report.figures.sheet import BOTH
from playfair.report.figures.strip_layout import Page, bar_limits, page_of
from playfair.report.figures.strips import fitted
from playfair.report.look import (
    DISTRACTING,
    SMALL,
    SUPPORTING,
    TITLE,
    ZERO,
    element_name,
    model_name,
    score,
    style,
)

# inches
WIDTH = BOTH  # there is no room for it in one column
LEFT = 1.65  # of the classes' names
RIGHT = 0.1
TOP = 0.34  # of the clip's title
TALLEST = 1.5  # of a frame
BARS = 0.52  # of one class's row
MODEL = 0.26  # of a model's name above its rows
NUMBERS = 0.5  # below the last row
PRIOR = 0.22  # of the word beside the prior's line
PANEL = 1.5  # of scores, and of frames taken away
GAP = 0.62  # between panels, for their labels

HALF = 0.47  # of a frame's width, in frames
NAME = 1.3  # inches of a class's name
ON_BAR = 46  # letters of it on its score
WINNER = 32  # in a title
SHOWN_SCORES = 5
BAR = "#c9d3e0"
HEADING: dict[str, Any] = {"fontsize": TITLE, "fontweight": "bold"}
ORDERS = {
    "supporting": ("highest ESVs first", SUPPORTING, "-"),
    "distracting": ("lowest ESVs first", DISTRACTING, "--"),
}


@dataclass(frozen=True)
class ModelView:
    """What one model says of the clip.

    Attributes:
        esv: (element, class), probability.
        stderr: the same, or None.
        score: (class,), probability.
        prior: (class,), probability.
        removed: order of removal → (left, class), scores with 0 … n elements left.
        classes: whose ESVs are drawn, the highest score first.
    """

    esv: np.ndarray
    stderr: np.ndarray | None
    score: np.ndarray
    prior: np.ndarray
    removed: Mapping[str, np.ndarray]
    classes: Sequence[int]


@dataclass(frozen=True)
class ClipView:
    """What is drawn of a clip.

    Attributes:
        title: its name and length.
        frames: (element, height, width, 3) uint8; of several frames, one below the other.
        frame_index: (element, part), indices in the clip.
        seconds: (element,), when each element's first frame is shown; NaN without a clock.
        class_names: by class index.
        models: name → what it says.
    """

    title: str
    frames: np.ndarray
    frame_index: np.ndarray
    seconds: np.ndarray
    class_names: Sequence[str]
    models: Mapping[str, ModelView]


def one_clip_figure(clip: ClipView) -> Figure:
    """Every bar stands under its frame; all bars share one scale."""
    n_elements, tall, wide, _ = clip.frames.shape
    across = WIDTH - LEFT - RIGHT
    picture = min(across / n_elements * 2 * HALF * tall / wide, TALLEST)
    rows = sum(MODEL + BARS * len(view.classes) for view in clip.models.values())
    panels = len(clip.models) * (PANEL + GAP)
    drawn = [view.esv[:, view.classes].ravel() for view in clip.models.values()]
    limits = bar_limits(np.concatenate(drawn))
    with style():
        sheet = page_of(WIDTH, TOP + picture + 0.06 + rows + NUMBERS + panels)
        sheet.text(0.02, 0.04, clip.title, fontsize=TITLE + 1, fontweight="bold")
        film = sheet.axes(LEFT, TOP, across, picture)
        _film(film, clip.frames, picture, across)
        parts = clip.frame_index.shape[1]
        for part in range(1, parts):  # between the frames of an element
            film.axhline(part / parts, color="white", linewidth=2)
        top = TOP + picture + 0.06
        for name, view in clip.models.items():
            sheet.text(0.02, top + 0.07, model_name(name), fontsize=TITLE, fontweight="bold")
            sheet.text(WIDTH - RIGHT, top + 0.09, "ESV, probability", ha="right", color=ZERO)
            top += MODEL
            for label in view.classes:
                axes = sheet.axes(LEFT, top, across, BARS - 0.08)
                _bars(axes, view, label, limits)
                _class_label(sheet, top, clip.class_names[label], view.score[label])
                top += BARS
        _frame_numbers(axes, clip)
        top += NUMBERS
        for name, view in clip.models.items():
            sheet.text(0.02, top, f"{model_name(name)}: highest scores", **HEADING)
            _scores(sheet.axes(0.08, top + 0.22, 3.1, PANEL - 0.22), view, clip.class_names)
            winner = clip.class_names[view.classes[0]]
            heading = f"Score of “{shortened(winner, WINNER)}”"
            sheet.text(3.75, top, heading, **HEADING)
            single = clip.frame_index.shape[1] == 1
            across = WIDTH - 3.75 - RIGHT - PRIOR
            axes = sheet.axes(3.75, top + 0.38, across, PANEL - 0.38)
            _removal(axes, view, "frames left" if single else "elements left")
            top += PANEL + GAP
    return sheet.figure


def _film(axes: Axes, frames: np.ndarray, picture: float, across: float) -> None:
    """The frames in a row, in their own proportions."""
    n_elements, tall, wide, _ = frames.shape
    half = min(HALF, picture * wide / tall / across * n_elements / 2)
    for place, frame in enumerate(frames):
        extent = (place - half, place + half, 0, 1)
        axes.imshow(frame, extent=extent, aspect="auto", interpolation="antialiased")
    axes.set(xlim=(-0.5, n_elements - 0.5), ylim=(0, 1))
    axes.axis("off")


def _bars(axes: Axes, view: ModelView, label: int, limits: tuple[float, float]) -> None:
    """What each element adds to the score of one class."""
    esv = view.esv[:, label]
    colours = [SUPPORTING if value > 0 else DISTRACTING for value in esv]
    error = None if view.stderr is None else 1.96 * view.stderr[:, label]
    axes.bar(range(len(esv)), esv, 0.8, color=colours, yerr=error, error_kw={"linewidth": 0.8})
    axes.axhline(0, color="0.3", linewidth=0.6)
    axes.set(xlim=(-0.5, len(esv) - 0.5), ylim=limits, xticks=[])
    axes.yaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    axes.tick_params(axis="y", labelsize=SMALL, length=2, pad=1)
    axes.spines["bottom"].set_visible(False)


def _class_label(sheet: Page, top: float, name: str, said: float) -> None:
    """Whose bars these are, on the left of them."""
    words = fitted([name], NAME, 2)
    lines = words.split("\n")
    sheet.text(0.02, top, words, fontsize=SMALL)
    sheet.text(0.02, top + 0.13 * len(lines), f"score {score(said)}", fontsize=SMALL, color=ZERO)


def _frame_numbers(axes: Axes, clip: ClipView) -> None:
    """Below the last row of bars, which frames these are and when they are shown."""
    n_elements = len(clip.frames)
    names = [
        f"{element_name(held)}\n{moment:.2f} s" if np.isfinite(moment) else element_name(held)
        for held, moment in zip(clip.frame_index.tolist(), clip.seconds, strict=True)
    ]
    every = -(-n_elements // 12)
    axes.set_xticks(range(0, n_elements, every), names[::every], fontsize=SMALL)
    axes.tick_params(axis="x", length=0, pad=2)
    one = clip.frame_index.shape[1] == 1
    what = "frame of the clip" if one else "frames of the clip"
    when = "its time" if one else "the first one's time"
    axes.annotate(
        f"{what}\n{when}" if np.isfinite(clip.seconds).any() else what,
        (0, 0),
        (-5, -3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL,
        ha="right",
        va="top",
        color=ZERO,
    )


def _scores(axes: Axes, view: ModelView, names: Sequence[str]) -> None:
    """The highest scores, each with its class's name on it and the prior as a mark."""
    highest = np.argsort(-view.score, kind="stable")[:SHOWN_SCORES]
    axes.barh(range(len(highest)), view.score[highest], 0.86, color=BAR)
    for place, label in enumerate(highest):
        axes.plot([view.prior[label]] * 2, [place + 0.26, place + 0.43], color="0.1", linewidth=1.1)
        words = shortened(names[label], ON_BAR)
        axes.text(0.012, place, words, fontsize=SMALL, va="center", parse_math=False)
        axes.text(1.0, place, score(view.score[label]), fontsize=SMALL, va="center", ha="right")
    axes.set(xlim=(0, 1), ylim=(max(len(highest), 3) - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=SMALL)
    axes.set_xlabel("score; tick: prior", fontsize=SMALL, labelpad=1)
    axes.spines["left"].set_visible(False)


def _removal(axes: Axes, view: ModelView, left: str) -> None:
    """The winner's score against what is left, from the whole clip on the left to none."""
    label = view.classes[0]
    for name, (title, colour, line) in ORDERS.items():
        scores = view.removed[name][:, label]
        axes.plot(
            range(len(scores)), scores, line, color=colour, marker="o", markersize=3, label=title
        )
    n_elements = len(view.esv)
    axes.axhline(view.prior[label], color=ZERO, linewidth=0.6, linestyle=":")
    axes.annotate(
        "prior",
        (1, view.prior[label]),
        (2, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=SMALL,
        va="center",
        color=ZERO,
        annotation_clip=False,
    )
    axes.set(xlim=(n_elements + 0.3, -0.3), ylim=(0, 1.05))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=SMALL)
    axes.set_xlabel(left, fontsize=SMALL, labelpad=1)
    axes.set_ylabel("score", fontsize=SMALL, labelpad=2)
    axes.legend(
        fontsize=SMALL,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        handlelength=2.2,
        borderaxespad=0.1,
        borderpad=0.1,
    )
