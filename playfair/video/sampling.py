"""Which frames of a clip a model sees: one per equal segment, at its centre or anywhere in it.

Segment i of a clip with T frames and n segments is [i·T/n, (i+1)·T/n) (Wang et al. 2016, TSN; the
paper takes the centres). Segments need T ≥ n; a shorter clip is an error unless `short="repeat"`
asks to repeat frames.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Short = Literal["raise", "repeat"]


def segment_centres(n_available: int, n_frames: int, short: Short = "raise") -> NDArray[np.int64]:
    """The frame at the centre of each of equal segments: floor((i + 0.5)·T/n).

    Args:
        n_available: frames of the clip, T.
        n_frames: segments, n.
        short: what to do with a clip of fewer frames.

    Returns:
        (frame,), from 0, strictly increasing for T ≥ n.

    Raises:
        ValueError: the clip is shorter and frames are not to be repeated.

    Example:
        >>> segment_centres(40, 8).tolist()
        [2, 7, 12, 17, 22, 27, 32, 37]
        >>> segment_centres(3, 4, short="repeat").tolist()
        [0, 1, 1, 2]
    """
    _check_lengths(n_available, n_frames, short)
    segment = np.arange(n_frames, dtype=np.int64)
    # In whole numbers there is no rounding error at any length.
    return (2 * segment + 1) * n_available // (2 * n_frames)


def random_in_segments(
    n_available: int, n_frames: int, rng: np.random.Generator, short: Short = "raise"
) -> NDArray[np.int64]:
    """One frame drawn uniformly from each of equal segments, for training.

    Segment borders are rounded down to whole frames, so that the segments share the clip out
    without overlap: no frame is drawn twice, and every frame can be drawn.

    Args:
        n_available: frames of the clip, T.
        n_frames: segments, n.
        rng: where they are drawn from.
        short: what to do with a clip of fewer frames.

    Returns:
        (frame,), from 0, strictly increasing for T ≥ n.

    Raises:
        ValueError: the clip is shorter and frames are not to be repeated.

    Example:
        >>> random_in_segments(8, 8, np.random.default_rng(0)).tolist()
        [0, 1, 2, 3, 4, 5, 6, 7]
    """
    _check_lengths(n_available, n_frames, short)
    borders = np.arange(n_frames + 1, dtype=np.int64) * n_available // n_frames
    start = borders[:-1]
    # A segment of a clip that is too short may be empty: then it repeats the frame it begins at.
    stop = np.maximum(borders[1:], start + 1)
    return rng.integers(start, stop)


def _check_lengths(n_available: int, n_frames: int, short: str) -> None:
    if n_available < 1 or n_frames < 1:
        raise ValueError(
            f"expected at least one frame, got a clip of {n_available} frames and "
            f"n_frames={n_frames}"
        )
    if short not in ("raise", "repeat"):
        raise ValueError(f'expected short="raise" or short="repeat", got short={short!r}')
    if n_available < n_frames and short == "raise":
        available = "1 frame" if n_available == 1 else f"{n_available} frames"
        raise ValueError(
            f"the clip has {available}, n_frames={n_frames} needs at least as many: leave the clip "
            f'out, take n_frames={n_available} or fewer, or repeat frames with short="repeat"'
        )
