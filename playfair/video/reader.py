"""video → frames: count a clip's frames and decode the ones that are needed, with PyAV on one thread.

Something-Something clips are VP9 in WebM, which holds no frame count and mostly one key frame, so both
functions walk the stream. One thread per decoder: the data workers are the parallelism. Every way in which a
file can disappoint ends in a `VideoError` that names the file and the reason.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

EBML, SEGMENT, UNKNOWN_SIZE = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", (1 << 56) - 1


class VideoError(ValueError):
    """A clip that is missing, is not a video, is cut short, or does not have the frames that were asked for.

    >>> raise VideoError("clip.webm: the file is empty")
    Traceback (most recent call last):
        ...
    playfair.video.reader.VideoError: clip.webm: the file is empty
    """


class MissingFrameError(VideoError):
    """A clip that holds fewer frames than were asked for."""


def count_frames(path: str | Path) -> int:
    """Number of frames in a clip, from its packets: nothing is decoded.

    The container's own count is not read: WebM has none, and elsewhere it may be wrong. Raises VideoError.

    >>> count_frames("20bn-something-something-v2/1.webm")  # doctest: +SKIP
    42
    """
    with opened(path) as (container, stream):
        n_frames = sum(
            1 for packet in container.demux(stream) if packet.size and not packet.is_discard
        )
    if n_frames == 0:
        raise VideoError(f"{path}: no video frame in the file; fetch the clip again")
    return n_frames


def decode(
    path: str | Path,
    indices: Sequence[int] | NDArray[np.integer] | None = None,
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The frames at `indices` (all of them when None), in that order, duplicates included, as RGB.

    Decoding stops after the last frame needed, and only needed frames are converted, straight to
    `size=(height, width)` when it is given (swscale's bilinear filter, which averages when it shrinks).
    Returns `(frame, height, width, 3) uint8`. Raises VideoError.

    >>> decode("20bn-something-something-v2/1.webm", [30, 2, 2], size=(64, 64)).shape  # doctest: +SKIP
    (3, 64, 64, 3)
    """
    wanted = None if indices is None else [int(index) for index in indices]
    if wanted is not None and min(wanted, default=0) < 0:
        raise VideoError(f"{path}: frame {min(wanted)} was asked for; frames count from 0")
    pictures: dict[int, NDArray[np.uint8]] = {}
    n_seen = 0
    with opened(path) as (container, stream):
        height, width = size or (stream.height, stream.width)
        last = None if wanted is None else max(wanted, default=0)
        needed = None if wanted is None else set(wanted)
        for frame in container.decode(stream):
            if needed is None or n_seen in needed:
                picture = frame.to_ndarray(format="rgb24", width=width, height=height)
                pictures[n_seen] = picture.astype(np.uint8, copy=False)
            n_seen += 1
            if last is not None and n_seen > last:
                break
    if wanted is None:
        wanted = list(range(n_seen))
        if not wanted:
            raise VideoError(f"{path}: no frame could be decoded; fetch the clip again")
    elif wanted and max(wanted) >= n_seen:
        raise MissingFrameError(
            f"{path}: frame {max(wanted)} was asked for, the clip has {n_seen} (0 to {n_seen - 1})"
        )
    frames = np.empty((len(wanted), height, width, 3), np.uint8)
    for row, index in enumerate(wanted):
        frames[row] = pictures[index]
    return frames


def sample_frames(
    path: str | Path,
    choose: Callable[[int], NDArray[np.integer]],
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The frames whose indices `choose` takes from the clip's number of frames.

    That is the number of packets. Where some hold no frame of their own (VP8 has frames that are never shown; damage),
    everything is decoded and `choose` asked again with what there is. Returns and raises as `decode`.

    >>> sample_frames("20bn-something-something-v2/1.webm", lambda n: np.arange(0, n, 8)).shape  # doctest: +SKIP
    (6, 240, 427, 3)
    """
    try:
        return decode(path, choose(count_frames(path)), size)
    except MissingFrameError:
        frames = decode(path, None, size)
        return frames[choose(len(frames))]


def require_whole(broken: Iterable[str]) -> None:
    """Raises VideoError, with what to type, where there are reasons why clips could not be decoded."""
    if reasons := sorted(broken):
        raise VideoError(
            f"{reasons[0]}\nStopped, as dataset.broken=fail asks. What was finished is kept. Mend the clip, or type "
            "dataset.broken=skip to leave such clips out. experiment=doctor experiment.full=true lists all of them."
        )


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; whatever goes wrong inside becomes a VideoError."""
    path = Path(path)
    if not path.is_file():
        raise VideoError(f"{path}: no such file; is the dataset unpacked completely?")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty; fetch the clip again")
    if missing := _missing_bytes(path):
        raise VideoError(
            f"{path}: the last {missing:,} bytes of the file are missing; fetch the clip again"
        )
    try:
        with av.open(
            str(path), metadata_errors="replace"
        ) as container:  # damaged names are no reason to stop
            if not container.streams.video:
                raise VideoError(f"{path}: the file holds no video stream")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise VideoError(f"{path}: the video's codec is unknown; fetch the clip again")
            stream.codec_context.thread_count = 1
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoError(
            f"{path}: cannot be decoded as video ({reason}); fetch the clip again"
        ) from error


def _missing_bytes(path: Path) -> int:
    """How many bytes a WebM/Matroska file lacks of the size its header declares; 0 for other formats.

    FFmpeg reads a clip that was cut short without complaint: with a tenth of its bytes gone, 16 of 24 frames
    came back as if they were all. Layout (RFC 8794): identifier, size, EBML header; identifier, size, Segment
    = the rest.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.startswith(EBML):
        return 0
    size, position = _read_size(start, 4)
    position += size
    if start[position : position + 4] != SEGMENT:
        return 0
    size, position = _read_size(start, position + 4)
    return 0 if size == UNKNOWN_SIZE else max(0, position + size - path.stat().st_size)


def _read_size(data: bytes, position: int) -> tuple[int, int]:
    """An EBML number and the position after it: the leading zeros of its first byte tell its length."""
    if position >= len(data) or data[position] == 0:
        return 0, position
    length = 9 - data[position].bit_length()
    value = int.from_bytes(data[position : position + length]) & ((1 << 7 * length) - 1)
    return value, position + length
