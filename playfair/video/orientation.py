"""How a picture is turned before it is shown: phones store it as the sensor saw it."""

import struct
from typing import Any, NamedTuple

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type
from numpy.typing import NDArray


def _unknown_kind(cls: Any, value: object) -> Any:
    """A kind of side data that FFmpeg has, and PyAV no name for: EXIF's, for one."""
    kind = object.__new__(cls)
    kind._name_ = f"UNKNOWN_{value}"
    kind._value_ = value
    return kind


# without it, no side data can be read of a picture that has one of these
Type._missing_ = classmethod(_unknown_kind)  # type: ignore[assignment]


class Orientation(NamedTuple):
    """What is done to a stored picture, in this order.

    Attributes:
        transposed: whether rows become columns.
        rows_flipped: whether it is then turned upside down.
        columns_flipped: whether its left and right are then swapped.
    """

    transposed: bool = False
    rows_flipped: bool = False
    columns_flipped: bool = False


def orientation_of(frame: VideoFrame) -> Orientation:
    """As the container's display matrix, or a JPEG's orientation, says.

    Quarter turns and mirror images, as players and the ffmpeg command show them; a matrix of any
    other angle is left alone.
    """
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if matrix is None:
        return Orientation()
    # Row vectors: a point (x, y) is shown at (a·x + c·y, b·x + d·y); 16.16 fixed point.
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    if a == d == 0 and b and c:
        return Orientation(True, rows_flipped=b < 0, columns_flipped=c < 0)
    if b == c == 0 and a and d:
        return Orientation(False, rows_flipped=d < 0, columns_flipped=a < 0)
    return Orientation()


def turned(picture: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    """A picture (height, width, 3) as it is to be shown.

    >>> turned(np.arange(6).reshape(2, 3, 1), Orientation(True, rows_flipped=True))[:, :, 0].tolist()
    [[2, 5], [1, 4], [0, 3]]
    """
    if orientation.transposed:
        picture = picture.swapaxes(0, 1)
    if orientation.rows_flipped:
        picture = picture[::-1]
    if orientation.columns_flipped:
        picture = picture[:, ::-1]
    return picture
