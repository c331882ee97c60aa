"""How a picture is turned before it is shown: phones store it as the sensor saw it."""

import struct
from typing import NamedTuple

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type
from numpy.typing import NDArray


def _unnamed(kind: type[Type], number: int) -> Type:
    """A kind of side data that FFmpeg knows and PyAV does not, such as a photograph's EXIF (31)."""
    member = object.__new__(kind)
    member._name_ = f"KIND_{number}"
    member._value_ = number  # type: ignore[assignment]
    return member


# without it PyAV reads no side data at all of a frame that has such a kind
Type._missing_ = classmethod(_unnamed)  # type: ignore[assignment]


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
