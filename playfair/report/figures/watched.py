"""ESVs of a few clips as bars: what W&B shows while a model learns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from playfair.report.look import DISTRACTING, SUPPORTING, style


def watched_figure(esv: np.ndarray, class_names: Sequence[str]) -> Figure:
    """A panel per clip, one scale for all.

    Args:
        esv: (video, frame), probability, of the class that is named.
        class_names: one for each clip.
    """
    with style():
        figure = Figure(figsize=(2.4 * len(esv), 1.8), layout="constrained")
        panels = figure.subplots(1, len(esv), sharey=True, squeeze=False)[0]
        for axes, bars, name in zip(panels, esv, class_names, strict=True):
            axes.bar(range(len(bars)), bars, color=np.where(bars > 0, SUPPORTING, DISTRACTING))
            axes.axhline(0, color="0.4", linewidth=0.6)
            axes.set_title(name[:32], fontsize=7)
            axes.set_xlabel("frame")
        panels[0].set_ylabel("ESV of the true class")
    return figure
