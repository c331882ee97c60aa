"""ESVs of a few clips as bars: what W&B shows while a model learns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from playfair.report.figures.sheet import LETTER, broken, side_by_side
from playfair.report.look import DISTRACTING, SMALL, SUPPORTING, style

PANEL = 1.65  # inches of a clip
PICTURES = 0.3  # of its height, where there are any


def watched_figure(
    esv: np.ndarray, class_names: Sequence[str], frames: np.ndarray | None = None
) -> Figure:
    """A panel per clip, one scale for all, each frame over its bar.

    Args:
        esv: (video, frame), probability, of the class that is named.
        class_names: one for each clip.
        frames: (video, frame, height, width, 3) uint8; None: bars alone.
    """
    with style():
        tall = 1.5 if frames is None else 1.9
        figure, panels = side_by_side(len(esv), tall=tall, least=PANEL, more=0)
        across = figure.get_size_inches()[0] / len({axes.get_position().x0 for axes in panels})
        for video, (axes, name) in enumerate(zip(panels, class_names, strict=True)):
            bars = esv[video]
            axes.bar(range(len(bars)), bars, color=np.where(bars > 0, SUPPORTING, DISTRACTING))
            axes.axhline(0, color="0.4", linewidth=0.6)
            title = broken(name, across - 0.4, SMALL * LETTER)
            axes.set_title(title, fontsize=SMALL, fontweight="normal", parse_math=False)
            axes.set(xlabel="frame", ylabel="ESV of the true class", xlim=(-0.5, len(bars) - 0.5))
            axes.set_ylim(*_limits(esv, 0.0 if frames is None else PICTURES))
            if frames is not None:
                pictures = axes.inset_axes((0, 1 - PICTURES, 1, PICTURES))
                pictures.imshow(np.concatenate(list(frames[video]), axis=1), aspect="auto")
                pictures.axis("off")
    return figure


def _limits(esv: np.ndarray, above: float) -> tuple[float, float]:
    """The ends of the bars' common axis. above: what share of it pictures take."""
    largest = max(float(np.abs(esv).max()), 1e-3)
    low = min(float(esv.min()), 0.0) - 0.05 * largest
    high = max(float(esv.max()), 0.0) + 0.05 * largest
    return low, low + (high - low) / (1 - above)
