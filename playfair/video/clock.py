"""When the frames of a clip are shown, and whether that makes a difference."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

ROUNDING_SECONDS = 0.002  # of stamps: those of WebM are whole milliseconds
ROUNDING_TICKS = 2
UNEVEN = 0.45  # of the mean time of a frame: one that was dropped moves others by half of it


class ClipLength(int):
    """A clip's number of frames; where their rate varies, it knows when each is shown.

    A number wherever one is expected: what chooses frames by their number alone may do so.

    Attributes:
        moments: when each frame begins, and where the last ends: (frame + 1,) whole ticks; None
            where the rate is constant.
    """

    moments: NDArray[np.int64] | None

    def __new__(cls, n_frames: int, moments: NDArray[np.int64] | None = None) -> Self:
        length = super().__new__(cls, n_frames)
        length.moments = moments
        return length


def clip_length(stamps: Sequence[int | None], last_duration: int | None, tick: float) -> ClipLength:
    """Of a clip with frames at these times.

    Args:
        stamps: when each frame is shown, in ticks; in any order.
        last_duration: ticks for which the last is shown; None: as long as the mean of the others.
        tick: seconds.
    """
    n_frames = len(stamps)
    if n_frames < 3 or None in stamps:
        return ClipLength(n_frames)
    begins = np.sort(np.array(stamps, dtype=np.int64))
    mean = (begins[-1] - begins[0]) / (n_frames - 1)
    even = begins[0] + mean * np.arange(n_frames)
    rounding = max(ROUNDING_TICKS, ROUNDING_SECONDS / tick)
    if np.abs(begins - even).max() <= min(rounding, UNEVEN * mean):
        return ClipLength(n_frames)
    end = begins[-1] + max(1, last_duration or round(mean))
    return ClipLength(n_frames, np.append(begins, end))
