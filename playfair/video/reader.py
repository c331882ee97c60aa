"""video → frames: count a clip's frames and decode the ones that are needed.

A clip is a file that FFmpeg reads, a folder of pictures, or a segment of either. Files are read
with PyAV. Something-Something's clips are VP9 in WebM, which holds no frame count and mostly one
key frame, so the stream is walked.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from av import VideoFrame
from av.packet import Packet
from numpy.typing import NDArray

from playfair.video.clock import ClipLength, clip_length
from playfair.video.container import opened
from playfair.video.conversion import Size, conversion
from playfair.video.decoding import pictures_in
from playfair.video.errors import MissingFrameError, VideoError, require_whole
from playfair.video.packets import Reel, is_stamped, reel_of, seconds_at, walked
from playfair.video.pictures import is_folder, pictures_of
from playfair.video.segment import Segment

__all__ = [
    "Clip",
    "MissingFrameError",
    "VideoError",
    "count_frames",
    "decode",
    "decode_timed",
    "frame_times",
    "opened",
    "require_whole",
    "sample_frames",
]

Clip = str | Path | Segment
Choose = Callable[[ClipLength], NDArray[np.integer]]

MOST_BYTES = 1 << 32  # of a clip's frames, decoded all at once
MOST_HELD = 1 << 26  # bytes of packets between counting and decoding


def count_frames(path: Clip) -> int:
    """Number of frames in a clip, from its packets: nothing is decoded.

    The container's own count is not read: WebM has none, and elsewhere it may be wrong.

    Args:
        path: the clip's file, folder of pictures, or segment.

    Returns:
        How many packets hold a picture that is shown.

    Raises:
        VideoError: it has none, or cannot be read.

    Example:
        count_frames(dataset.clip("78687"))   # 42
    """
    if is_folder(path):
        return len(pictures_of(path))
    with reel_of(path) as reel:
        n_frames = sum(is_of_clip for _, is_of_clip in walked(reel))
    if n_frames == 0:
        raise VideoError(f"{path}: {_lack(path)}")
    return n_frames


def _lack(path: Clip) -> str:
    if isinstance(path, Segment):
        return "no video frame lies in the segment; does the video end before it?"
    return "no video frame in the file; fetch the clip again"


def frame_times(path: Clip) -> NDArray[np.float64]:
    """When each frame of a clip is shown; nothing is decoded.

    Args:
        path: the clip.

    Returns:
        (frame,) seconds on the video's clock, which a player shows; of a segment, too. NaN where
        there is no clock: of a folder of pictures, and of a file that does not say when its
        pictures are shown (bare streams; AVI with B-frames).

    Raises:
        VideoError: the clip cannot be read.

    Example:
        frame_times(dataset.clip("78687"))[:3]   # array([0.   , 0.083, 0.167])
    """
    if is_folder(path):
        return np.full(len(pictures_of(path)), np.nan)
    times = []
    with reel_of(path) as reel:
        has_clock = is_stamped(reel.container, reel.stream)
        for packet, is_of_clip in walked(reel):
            if is_of_clip and has_clock and packet.pts is not None:
                times.append(seconds_at(packet.pts, reel.container, reel.stream))
            elif is_of_clip:
                times.append(np.nan)
    return np.sort(np.array(times, dtype=np.float64))


def decode(
    path: Clip,
    indices: Sequence[int] | NDArray[np.integer] | None = None,
    size: Size = None,
) -> NDArray[np.uint8]:
    """The frames at some indices, or all of them.

    Decoding stops after the last frame needed, and only needed frames are converted, straight to
    the size that is asked for (swscale's bilinear filter, which averages when it shrinks). Pictures
    are turned as the file says that they are shown.

    Args:
        path: the clip's file, folder of pictures, or segment.
        indices: of frames, from 0, in any order and as often as you like; None: all.
        size: (height, width), pixels; or what makes them of the clip's own; None: the clip's own.

    Returns:
        (frame, height, width, 3) uint8, RGB, in the order of the indices.

    Raises:
        VideoError: the clip cannot be read.
        MissingFrameError: it has fewer frames.

    Example:
        decode(dataset.clip("78687"), [30, 2, 2], size=(64, 64)).shape   # (3, 64, 64, 3)
    """
    if indices is None:
        return decode_timed(path, size)[0]
    wanted = _wanted(path, indices)
    if is_folder(path):
        return _of_pictures(path, wanted, size)
    with reel_of(path) as reel:
        return _picked(path, pictures_in(reel, path), wanted, size)


def decode_timed(
    path: Clip,
    size: Size = None,
    cut: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = lambda frames: frames,
) -> tuple[NDArray[np.uint8], ClipLength]:
    """All frames, and how many they are: with their times where the rate varies.

    Args:
        path: the clip's file, folder of pictures, or segment.
        size: as of `decode`.
        cut: what is kept of each, (1, height, width, 3): done while decoding, it bounds the memory.

    Returns:
        (frame, height, width, 3) uint8, RGB; and their number.

    Raises:
        VideoError: the clip cannot be read, or is too long.
    """
    if is_folder(path):
        n_pictures = len(pictures_of(path))
        return cut(_of_pictures(path, range(n_pictures), size)), ClipLength(n_pictures)
    pictures: list[NDArray[np.uint8]] = []
    stamps: list[int | None] = []
    duration = None
    with reel_of(path) as reel:
        has_clock = is_stamped(reel.container, reel.stream)
        for frame in pictures_in(reel, path):
            if not pictures:
                convert, (height, width) = conversion(frame, size)
                most = MOST_BYTES // max(1, 3 * height * width)
            if len(pictures) == most:
                raise VideoError(
                    f"{path}: more than {most:,} frames of {width}×{height}, which take over "
                    f"{MOST_BYTES >> 30} GB; cut the clip into shorter ones"
                )
            pictures.append(cut(convert(frame)[None])[0])
            stamps.append(frame.pts if has_clock else None)
            duration = frame.duration
        if not pictures:
            raise VideoError(f"{path}: {_lack(path)}")
        length = clip_length(stamps, duration, float(reel.stream.time_base or 1))
    return np.stack(pictures), length


def sample_frames(path: Clip, choose: Choose, size: Size = None) -> NDArray[np.uint8]:
    """The frames that are chosen once the clip's length is known.

    The length is the number of packets, which are kept while they are counted, so that the file is
    walked once. Where some hold no frame of their own (damage, pictures that are never shown),
    everything is decoded and `choose` asked again with what there is.

    Args:
        path: the clip's file, folder of pictures, or segment.
        choose: number of frames → indices; a `ClipLength`, which knows their times where the rate
            varies.
        size: as of `decode`.

    Returns:
        (frame, height, width, 3) uint8, RGB.

    Raises:
        VideoError: the clip cannot be read.

    Example:
        sample_frames(dataset.clip("78687"), lambda n: np.arange(0, n, 8)).shape
        # (6, 240, 427, 3)
    """
    if is_folder(path):
        return decode(path, choose(ClipLength(len(pictures_of(path)))), size)
    try:
        with reel_of(path) as reel:
            length, packets = _counted(reel)
            if length == 0:
                raise VideoError(f"{path}: {_lack(path)}")
            wanted = _wanted(path, choose(length))
            if packets is not None:
                held = reel._replace(packets=iter(packets))
                return _picked(path, pictures_in(held, path), wanted, size)
        return decode(path, wanted, size)
    except MissingFrameError:
        frames, length = decode_timed(path, size)
        return frames[choose(length)]


def _counted(reel: Reel) -> tuple[ClipLength, list[Packet] | None]:
    """The clip's length, and its packets, to be decoded next; None where these are too many."""
    packets: list[Packet] | None = []
    n_bytes = 0
    stamps = []
    duration = None
    latest = None
    has_clock = is_stamped(reel.container, reel.stream)
    for packet, is_of_clip in walked(reel):
        n_bytes += packet.size
        if n_bytes > MOST_HELD:
            packets = None
        if packets is not None:
            packets.append(packet)
        if is_of_clip:
            stamps.append(packet.pts if has_clock else None)
            if latest is None or (packet.pts is not None and packet.pts >= latest):
                latest = packet.pts
                duration = packet.duration
    return clip_length(stamps, duration, float(reel.stream.time_base or 1)), packets


def _wanted(path: Clip, indices: Sequence[int] | NDArray[np.integer]) -> list[int]:
    wanted = [int(index) for index in indices]
    if min(wanted, default=0) < 0:
        raise VideoError(f"{path}: frame {min(wanted)} was asked for; frames count from 0")
    return wanted


def _picked(
    path: Clip, pictures: Iterator[VideoFrame], wanted: Sequence[int], size: Size
) -> NDArray[np.uint8]:
    """The wanted ones of a clip's pictures; those after the last of them are not decoded."""
    needed = set(wanted)
    last = max(needed, default=0)
    converted: dict[int, NDArray[np.uint8]] = {}
    n_decoded = 0
    for frame in pictures:
        if n_decoded == 0:
            convert, (height, width) = conversion(frame, size)
        if n_decoded in needed:
            converted[n_decoded] = convert(frame)
        n_decoded += 1
        if n_decoded > last:
            break
    if n_decoded <= last:
        has = (
            f"the clip has {n_decoded} (0 to {n_decoded - 1})" if n_decoded else "the clip has none"
        )
        raise MissingFrameError(f"{path}: frame {last} was asked for, {has}")
    frames = np.empty((len(wanted), height, width, 3), np.uint8)
    for row, index in enumerate(wanted):
        frames[row] = converted[index]
    return frames


def _of_pictures(path: Clip, wanted: Sequence[int], size: Size) -> NDArray[np.uint8]:
    """The wanted pictures of a folder, all of the first one's size where none is asked for."""
    files = pictures_of(path)
    last = max(wanted, default=0)
    if last >= len(files):
        raise MissingFrameError(
            f"{path}: frame {last} was asked for, the clip has {len(files)} (0 to {len(files) - 1})"
        )
    if size is None or callable(size):
        first = decode(files[0], [0], size)
        size = first.shape[1:3]
    frames = np.empty((len(wanted), *size, 3), np.uint8)
    for row, index in enumerate(wanted):
        frames[row] = decode(files[index], [0], size)[0]
    return frames
