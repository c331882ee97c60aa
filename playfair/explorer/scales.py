"""Scales that all models on a page share, so that what looks larger is larger."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playfair.explorer.esvs_figure import WIDTH_95
from playfair.explorer.explained import Clip
from playfair.explorer.plot import padded

Limits = tuple[float, float]


@dataclass(frozen=True)
class Scales:
    """What full height, width or colour means.

    Args:
        esvs: limits of the axis of ESVs.
        steps: limits of the waterfall's axis.
        strongest: the ESV of a frame's edge in full colour.
        score: of a bar of full width.
        interaction: of a cell in full colour.
    """

    esvs: Limits
    steps: Limits
    strongest: float
    score: float
    interaction: float


def scales_of(clips: Sequence[Clip], classes: Sequence[int], pairs: Sequence[np.ndarray]) -> Scales:
    """The scales of one clip as some models see it.

    Args:
        clips: one for each model.
        classes: whose ESVs are plotted, the first also as waterfall.
        pairs: interactions of those models that have them, each (element, element).
    """
    strongest = max(float(np.abs(clip.esv[:, classes]).max()) for clip in clips)
    score = max(float(clip.score.max()) for clip in clips)
    interaction = max((float(np.nanmax(np.abs(values))) for values in pairs), default=0.0)
    return Scales(
        esvs=_esv_limits(clips, classes),
        steps=_step_limits(clips, classes[0]),
        strongest=strongest or 1.0,
        score=score,
        interaction=interaction or 1.0,
    )


def _esv_limits(clips: Sequence[Clip], classes: Sequence[int]) -> Limits:
    lowest = 0.0
    highest = 0.0
    for clip in clips:
        esv = clip.esv[:, classes]
        width = np.zeros_like(esv) if clip.stderr is None else WIDTH_95 * clip.stderr[:, classes]
        lowest = min(lowest, float((esv - width).min()))
        highest = max(highest, float((esv + width).max()))
    return padded(lowest, highest)


def _step_limits(clips: Sequence[Clip], label: int) -> Limits:
    steps = [np.cumsum([clip.prior[label], *clip.esv[:, label]]) for clip in clips]
    low, high = padded(float(np.min(steps)), float(np.max(steps)))
    # What a distracting frame takes away is written below its bar.
    return min(low, -0.1 * high), high
