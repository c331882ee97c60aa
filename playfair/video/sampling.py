"""Which frames of a clip a model sees: one per equal segment, at its centre or anywhere in it.

Segment i of a clip with T frames and n segments is [i·T/n, (i+1)·T/n) (Wang et al. 2016, TSN; the paper takes
the centres). Segments need T >= n; a shorter clip is an error unless `short="repeat"` asks to repeat frames.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Short = Literal["raise", "repeat"]


def segment_centres(n_available: int, n_frames: int, short: Short = "raise") -> NDArray[np.int64]:
    """The frame at the centre of each of `n_frames` equal segments: floor((i + 0.5)·T/n).

    Returns `(frame,) int64`, 0-based, strictly increasing for T >= n. Raises ValueError for a clip shorter
    than n_frames unless `short="repeat"`.

    >>> segment_centres(40, 8).tolist()
    [2, 7, 12, 17, 22, 27, 32, 37]
    >>> segment_centres(3, 4, short="repeat").tolist()
    [0, 1, 1, 2]
    """
    _check_lengths(n_available, n_frames, short)
    segment = np.arange(n_frames, dtype=np.int64)
    return (
        (2 * segment + 1) * n_available // (2 * n_frames)
    )  # whole numbers: no rounding error at any length


def random_in_segments(
    n_available: int, n_frames: int, rng: np.random.Generator, short: Short = "raise"
) -> NDArray[np.int64]:
    """One frame drawn uniformly from each of `n_frames` equal segments, for training.

    Segment borders are rounded down to whole frames, so that the segments share the clip out without overlap:
    no frame is drawn twice, and every frame can be drawn. Returns `(frame,) int64`, strictly increasing for T
    >= n. Raises as `segment_centres`.

    >>> random_in_segments(8, 8, np.random.default_rng(0)).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    _check_lengths(n_available, n_frames, short)
    borders = np.arange(n_frames + 1, dtype=np.int64) * n_available // n_frames
    return rng.integers(borders[:-1], np.maximum(borders[1:], borders[:-1] + 1))


def _check_lengths(n_available: int, n_frames: int, short: str) -> None:
    if n_available < 1 or n_frames < 1:
        raise ValueError(
            f"expected at least one frame, got a clip of {n_available} frames and n_frames={n_frames}"
        )
    if short not in ("raise", "repeat"):
        raise ValueError(f'expected short="raise" or short="repeat", got short={short!r}')
    if n_available < n_frames and short == "raise":
        raise ValueError(
            f"the clip has {n_available} frames, n_frames={n_frames} needs at least as many: leave the clip "
            f'out, take n_frames={n_available} or fewer, or repeat frames with short="repeat"'
        )
