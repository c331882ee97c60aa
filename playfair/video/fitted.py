"""Frames as a checkpoint wants them: the shorter side resized, and the centre cut out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.video.reader import opened, sample_frames


def sample_fitted(
    path: str | Path,
    choose: Callable[[int], NDArray[np.integer]],
    *,
    short_side: int | None = None,
    size: tuple[int, int] | None = None,
    crop: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The frames that are chosen, resized and cropped.

    Args:
        path: the clip's file.
        choose: number of frames → indices.
        short_side: pixels of the shorter side, the other in proportion; or `size`.
        size: (height, width), whatever the proportions; None: as they are stored.
        crop: (height, width) of what is cut out of the centre.

    Returns:
        (frame, height, width, 3) uint8, RGB.

    Raises:
        VideoError: the file cannot be read.
        ValueError: the crop is larger than the picture.
    """
    if short_side is not None:
        with opened(path) as (_, stream):
            size = in_proportion(stream.height, stream.width, short_side)
    frames = sample_frames(path, choose, size)
    return frames if crop is None else centre(frames, crop)


def in_proportion(height: int, width: int, short_side: int) -> tuple[int, int]:
    """(height, width) with so short a shorter side; the other is rounded down, as transformers does.

    >>> in_proportion(240, 427, 224)
    (224, 398)
    """
    if height <= width:
        return short_side, int(short_side * width / height)
    return int(short_side * height / width), short_side


def centre(frames: NDArray[np.uint8], crop: tuple[int, int]) -> NDArray[np.uint8]:
    """The middle of every frame.

    Raises:
        ValueError: it is larger than the frames.

    >>> centre(np.zeros((1, 8, 12, 3), np.uint8), (4, 4)).shape
    (1, 4, 4, 3)
    """
    height, width = frames.shape[1:3]
    if crop[0] > height or crop[1] > width:
        raise ValueError(
            f"A crop of {crop[0]} × {crop[1]} is larger than the picture, {height} × {width}; the "
            "checkpoint's preprocessor_config.json resizes to less than it crops."
        )
    top = (height - crop[0]) // 2
    left = (width - crop[1]) // 2
    return frames[:, top : top + crop[0], left : left + crop[1]]
