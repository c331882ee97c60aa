"""Decoded pictures → RGB of one size, upright."""

from collections.abc import Callable

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from playfair.video.orientation import orientation_of, turned

# height and width of the pictures, or what makes them of the stored ones'; None: the stored ones'
Size = tuple[int, int] | Callable[[int, int], tuple[int, int]] | None
Convert = Callable[[VideoFrame], NDArray[np.uint8]]


def conversion(first: VideoFrame, size: Size) -> tuple[Convert, tuple[int, int]]:
    """What turns a clip's pictures into arrays, one way for all.

    swscale's bilinear filter, which averages when it shrinks. One converter keeps its tables from
    picture to picture.

    Args:
        first: the clip's first picture, which says how all are turned.
        size: (height, width), pixels, as shown.

    Returns:
        picture → (height, width, 3) uint8, RGB; and its height and width.
    """
    orientation = orientation_of(first)
    height, width = first.height, first.width
    if orientation.transposed:
        height, width = width, height
    if size is not None:
        height, width = size(height, width) if callable(size) else size
    stored = (width, height) if orientation.transposed else (height, width)
    reformatter = VideoReformatter()

    def convert(frame: VideoFrame) -> NDArray[np.uint8]:
        rgb = reformatter.reformat(frame, stored[1], stored[0], "rgb24", threads=1)
        picture = rgb.to_ndarray().astype(np.uint8, copy=False)
        return turned(picture, orientation)

    return convert, (height, width)
