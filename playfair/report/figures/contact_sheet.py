"""A contact sheet: clips with their labels, for the eye to find what no check does."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from playfair.report.figures.sheet import LETTER, columns, side_by_side
from playfair.report.look import SMALL, style

# inches of a clip
LEAST = 2.2
TALL = 1.0

# of a clip's title
LINES = 2
EDGE = 0.1  # inches beside it


@dataclass(frozen=True)
class Contact:
    """One clip.

    Attributes:
        title: what is written about it.
        frames: a few of its frames, (frame, height, width, 3) uint8.
    """

    title: str
    frames: np.ndarray


def contact_sheet(contacts: Sequence[Contact]) -> Figure:
    """Each clip's frames side by side under its label, on a grid."""
    with style():
        figure, panels = side_by_side(len(contacts), tall=TALL, least=LEAST, more=0)
        across = figure.get_figwidth() / columns(len(contacts), LEAST)
        letters = int((across - EDGE) / (SMALL * LETTER))
        for axes, contact in zip(panels, contacts, strict=True):
            axes.axis("off")
            axes.imshow(np.concatenate(_framed(contact.frames), axis=1))
            lines = textwrap.wrap(contact.title, letters, max_lines=LINES, placeholder=" …")
            axes.set_title("\n".join(lines), fontsize=SMALL, fontweight="normal", parse_math=False)
    return figure


def _framed(frames: np.ndarray) -> list[np.ndarray]:
    """The frames with a white gap between them."""
    gap = np.full((frames.shape[1], max(1, frames.shape[2] // 40), 3), 255, np.uint8)
    framed = []
    for frame in frames:
        framed += [frame, gap]
    return framed[:-1]
