"""An answer as a picture: a bar for each element, below what it looks like."""

import logging
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from playfair.answers.table import array, name_of, videos_of
from playfair.report.look import DISTRACTING, SUPPORTING, score
from playfair.shapley.attribution import Attribution

log = logging.getLogger("playfair")

TALL = 1.1  # inches of a picture


def bars(answer: Attribution, frames: Any, video: int, label: int | None, most: int) -> Figure:
    """The figure; arguments as of `Attribution.plot`.

    Raises:
        ValueError: there are other pictures than elements.
    """
    label = answer.predicted(video) if label is None else label
    esv = array(answer.esv[video, :, label])
    n_elements = len(esv)
    wide = max(4.0, min(16.0, 0.9 * n_elements))
    figure = Figure(figsize=(wide, 2.6 + (0 if frames is None else TALL)), layout="constrained")
    if frames is None:
        plot = figure.subplots()
    else:
        pictures = as_pictures(frames, n_elements)
        strip, plot = figure.subplots(2, 1, height_ratios=[TALL, 2.6])
        shown = np.unique(np.linspace(0, n_elements - 1, min(most, n_elements)).round().astype(int))
        strip.imshow(np.concatenate(list(pictures[shown]), axis=1), aspect="auto")
        strip.set_axis_off()
    colours = [SUPPORTING if value > 0 else DISTRACTING for value in esv]
    error = None if answer.stderr is None else 1.96 * array(answer.stderr[video, :, label])
    plot.bar(np.arange(n_elements), esv, color=colours, yerr=error)
    plot.axhline(0, color="0.3", linewidth=0.8)
    plot.set_xlim(-0.5, n_elements - 0.5)
    plot.set_xlabel("element")
    plot.set_ylabel("ESV, probability" if answer.prior_from != "empty mask" else "value")
    whole = score(answer.score[video, label].item())
    plot.set_title(f"{videos_of(answer)[video]}: {name_of(answer, label)}, score {whole}")
    return figure


def as_pictures(frames: Any, n_elements: int) -> np.ndarray:
    """(element, height, width, 3) uint8 of pictures in any of the usual forms.

    Args:
        frames: of one video; uint8, or floating in [0, 1]; channels last or first.
        n_elements: how many there should be.

    Raises:
        ValueError: they are of another shape.

    Example:
        >>> as_pictures(np.zeros((2, 3, 8, 9), np.float32), 2).shape
        (2, 8, 9, 3)
    """
    pictures = array(frames) if isinstance(frames, Tensor) else np.asarray(frames)
    if pictures.ndim == 4 and pictures.shape[-1] != 3 and pictures.shape[1] == 3:
        pictures = np.moveaxis(pictures, 1, -1)
    if pictures.ndim != 4 or pictures.shape[-1] != 3 or len(pictures) != n_elements:
        raise ValueError(
            f"frames must be (element, height, width, 3) with {n_elements} elements, got "
            f"{pictures.shape}"
        )
    if pictures.dtype == np.uint8:
        return pictures
    return (within_0_and_1(pictures) * 255).round().astype(np.uint8)


def within_0_and_1(pictures: np.ndarray) -> np.ndarray:
    """Pictures whose values lie elsewhere, as normalised ones do, stretched to [0, 1].

    Raises:
        ValueError: some are no numbers.

    Example:
        >>> within_0_and_1(np.array([0.2, 1.0])), within_0_and_1(np.array([-2.0, 2.0]))
        (array([0.2, 1. ]), array([0., 1.]))
    """
    values = pictures.astype(np.float64)
    low = float(values.min())
    high = float(values.max())
    if not np.isfinite(low + high):
        raise ValueError("frames hold NaN or infinity; expected uint8, or numbers in [0, 1]")
    if low >= 0 and high <= 1:
        return values
    log.warning(
        "frames lie between %.3g and %.3g instead of 0 and 1: they are drawn stretched to these. "
        "For their own colours undo the normalisation: frames * std + mean",
        low,
        high,
    )
    return (values - low) / max(high - low, 1e-12)
