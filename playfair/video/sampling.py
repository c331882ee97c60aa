"""Which frames of a clip a model sees: one per equal segment, at its centre or anywhere in it.

Segment i of a clip with T frames and n segments is [i·T/n, (i+1)·T/n) (Wang et al. 2016, TSN; the
paper takes the centres). Segments need T ≥ n; a shorter clip is an error unless `short="repeat"`
asks to repeat frames.

Where a clip's rate varies, its length is a `ClipLength` and segments are equal parts of its time: a
moment stands for the frame that is shown then, and a frame that is shown for long may stand for
several.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playfair.video.clock import ClipLength

Short = Literal["raise", "repeat"]
CENTRE = (1, 2)


def segment_centres(
    n_available: int, n_frames: int, short: Short = "raise", at: tuple[int, int] = CENTRE
) -> NDArray[np.int64]:
    """The frame at the centre of each of equal segments: floor((i + 0.5)·T/n).

    Args:
        n_available: frames of the clip, T; a `ClipLength` where their rate varies.
        n_frames: segments, n.
        short: what to do with a clip of fewer frames.
        at: another place p/q in each segment, as (p, q): floor((i + p/q)·T/n).

    Returns:
        (frame,), from 0, strictly increasing for T ≥ n.

    Raises:
        ValueError: the clip is shorter and frames are not to be repeated.

    Example:
        >>> segment_centres(40, 8).tolist()
        [2, 7, 12, 17, 22, 27, 32, 37]
        >>> segment_centres(40, 4, at=(1, 6)).tolist()
        [1, 11, 21, 31]
        >>> segment_centres(3, 4, short="repeat").tolist()
        [0, 1, 1, 2]
    """
    _check_lengths(n_available, n_frames, short)
    part, parts = at
    segment = np.arange(n_frames, dtype=np.int64)
    moments = moments_of(n_available)
    if moments is not None:
        since = parts * segment + part  # qn times the time since the first
        return shown_at(
            parts * n_frames * (moments - moments[0]), since * (moments[-1] - moments[0])
        )
    # In whole numbers there is no rounding error at any length.
    return (parts * segment + part) * n_available // (parts * n_frames)


def random_in_segments(
    n_available: int, n_frames: int, rng: np.random.Generator, short: Short = "raise"
) -> NDArray[np.int64]:
    """One frame drawn uniformly from each of equal segments, for training.

    Segment borders are rounded down to whole frames, so that the segments share the clip out
    without overlap: no frame is drawn twice, and every frame can be drawn.

    Args:
        n_available: frames of the clip, T; a `ClipLength` where their rate varies.
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
    moments = moments_of(n_available)
    if moments is not None:
        ticks = np.arange(n_frames + 1, dtype=np.int64) * (moments[-1] - moments[0]) // n_frames
        drawn = rng.integers(ticks[:-1], np.maximum(ticks[1:], ticks[:-1] + 1))
        return shown_at(moments - moments[0], drawn)
    borders = np.arange(n_frames + 1, dtype=np.int64) * n_available // n_frames
    start = borders[:-1]
    # A segment of a clip that is too short may be empty: then it repeats the frame it begins at.
    stop = np.maximum(borders[1:], start + 1)
    return rng.integers(start, stop)


def moments_of(n_available: int) -> NDArray[np.int64] | None:
    """When each frame begins, and where the last ends; None where the rate is constant."""
    return n_available.moments if isinstance(n_available, ClipLength) else None


def shown_at(moments: NDArray[np.int64], when: NDArray[np.int64]) -> NDArray[np.int64]:
    """The frames that are shown then.

    >>> shown_at(np.array([0, 10, 90, 100]), np.array([12, 89, 90])).tolist()
    [1, 1, 2]
    """
    shown = np.searchsorted(moments, when, side="right") - 1
    return np.clip(shown, 0, len(moments) - 2).astype(np.int64)


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
