"""video → frames: count a clip's frames and decode the ones that are needed.

With PyAV, any file that FFmpeg reads, on one thread: the data workers are the parallelism.
Something-Something's clips are VP9 in WebM, which holds no frame count and mostly one key frame, so
the stream is walked. Every way in which a file can disappoint ends in a `VideoError` that names the
file and the reason.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from playfair.video.matroska import missing_bytes

MOST_PIXELS = 1 << 26  # of a picture: 8K video has half as many
MOST_BYTES = 1 << 32  # of a clip's frames, decoded all at once
# Formats that name other files or devices; a clip of another's could name what the user may read.
LISTS = {
    "avisynth",
    "concat",
    "dash",
    "hls",
    "image2",
    "imf",
    "lavfi",
    "rtp",
    "rtsp",
    "sap",
    "sdp",
    "vapoursynth",
    "webm_dash_manifest",
}


class VideoError(ValueError):
    """A clip that is missing, is no video, is cut short, or lacks frames that were asked for.

    Example:
        >>> raise VideoError("clip.webm: the file is empty")
        Traceback (most recent call last):
            ...
        playfair.video.reader.VideoError: clip.webm: the file is empty
    """


class MissingFrameError(VideoError):
    """A clip that holds fewer frames than were asked for."""


def count_frames(path: str | Path) -> int:
    """Number of frames in a clip, from its packets: nothing is decoded.

    The container's own count is not read: WebM has none, and elsewhere it may be wrong.

    Args:
        path: the clip's file.

    Returns:
        How many packets hold a picture that is shown.

    Raises:
        VideoError: the file has none, or cannot be read.

    Example:
        count_frames(dataset.clip("78687"))   # 42
    """
    n_frames = 0
    with opened(path) as (container, stream):
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                n_frames += 1
    if n_frames == 0:
        raise VideoError(f"{path}: no video frame in the file; fetch the clip again")
    return n_frames


def decode(
    path: str | Path,
    indices: Sequence[int] | NDArray[np.integer] | None = None,
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The frames at some indices, or all of them.

    Decoding stops after the last frame needed, and only needed frames are converted, straight to
    the size that is asked for (swscale's bilinear filter, which averages when it shrinks).

    Args:
        path: the clip's file.
        indices: of frames, from 0, in any order and as often as you like; None: all.
        size: (height, width), pixels; None: the stream's.

    Returns:
        (frame, height, width, 3) uint8, RGB, in the order of the indices.

    Raises:
        VideoError: the file cannot be read.
        MissingFrameError: it has fewer frames.

    Example:
        decode(dataset.clip("78687"), [30, 2, 2], size=(64, 64)).shape   # (3, 64, 64, 3)
    """
    if indices is None:
        return _decode_all(path, size)
    wanted = [int(index) for index in indices]
    if min(wanted, default=0) < 0:
        raise VideoError(f"{path}: frame {min(wanted)} was asked for; frames count from 0")
    last = max(wanted, default=0)
    pictures: dict[int, NDArray[np.uint8]] = {}
    n_decoded = 0
    with opened(path) as (container, stream):
        height, width = size or (stream.height, stream.width)
        needed = set(wanted)
        for frame in container.decode(stream):
            if n_decoded in needed:
                pictures[n_decoded] = _rgb(frame, height, width)
            n_decoded += 1
            if n_decoded > last:
                break
    if wanted and last >= n_decoded:
        raise MissingFrameError(
            f"{path}: frame {last} was asked for, the clip has {n_decoded} (0 to {n_decoded - 1})"
        )
    frames = np.empty((len(wanted), height, width, 3), np.uint8)
    for row, index in enumerate(wanted):
        frames[row] = pictures[index]
    return frames


def _decode_all(path: str | Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    pictures: list[NDArray[np.uint8]] = []
    with opened(path) as (container, stream):
        height, width = size or (stream.height, stream.width)
        most = MOST_BYTES // max(1, 3 * height * width)
        for frame in container.decode(stream):
            if len(pictures) == most:
                raise VideoError(
                    f"{path}: more than {most:,} frames of {width}×{height}, which take over "
                    f"{MOST_BYTES >> 30} GB; cut the clip into shorter ones"
                )
            pictures.append(_rgb(frame, height, width))
    if not pictures:
        raise VideoError(f"{path}: no frame could be decoded; fetch the clip again")
    return np.stack(pictures)


def _rgb(frame: av.VideoFrame, height: int, width: int) -> NDArray[np.uint8]:
    picture = frame.to_ndarray(format="rgb24", width=width, height=height)
    return picture.astype(np.uint8, copy=False)


def sample_frames(
    path: str | Path,
    choose: Callable[[int], NDArray[np.integer]],
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The frames that are chosen once the clip's length is known.

    The length is the number of packets. Where some hold no frame of their own (VP8 has frames that
    are never shown; damage), everything is decoded and `choose` asked again with what there is.

    Args:
        path: the clip's file.
        choose: number of frames → indices.
        size: (height, width), pixels; None: the stream's.

    Returns:
        (frame, height, width, 3) uint8, RGB.

    Raises:
        VideoError: the file cannot be read.

    Example:
        sample_frames(dataset.clip("78687"), lambda n: np.arange(0, n, 8)).shape
        # (6, 240, 427, 3)
    """
    try:
        return decode(path, choose(count_frames(path)), size)
    except MissingFrameError:
        frames = decode(path, None, size)
        return frames[choose(len(frames))]


def require_whole(reasons: Iterable[str]) -> None:
    """Raise VideoError, with what to type, if there are reasons why clips cannot be decoded."""
    first = min(reasons, default="")
    if first:
        raise VideoError(
            f"{first}\nStopped, as dataset.broken=fail asks. What was finished is kept. Mend the "
            "clip, or type dataset.broken=skip to leave such clips out. experiment=doctor "
            "experiment.full=true lists all of them."
        )


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream; whatever goes wrong inside becomes a VideoError.

    A link is followed to the file that it leads to; a list of other files is not.
    """
    path = Path(path)
    try:
        _require_whole_file(path)
        # "file:" before it, so that no name is taken for an address
        with av.open(f"file:{path}", metadata_errors="replace", options=_options()) as container:
            if not container.streams.video:
                raise VideoError(f"{path}: the file holds no video stream")
            stream = container.streams.video[0]
            context = stream.codec_context
            if context is None:
                raise VideoError(f"{path}: the video's codec is unknown; fetch the clip again")
            if stream.width * stream.height > MOST_PIXELS:
                raise VideoError(
                    f"{path}: a picture of {stream.width}×{stream.height} was declared, more than "
                    f"{MOST_PIXELS:,} pixels; resize the clip, or fetch it again"
                )
            context.thread_count = 1
            # of later pictures of the stream, which may be larger than it declares
            context.options = {"max_pixels": str(MOST_PIXELS)}
            yield container, stream
    except av.ArgumentError as error:
        raise VideoError(
            f"{path}: cannot be decoded as video (no video format, or a list of other files, which "
            "is not followed); fetch the clip again"
        ) from error
    except (av.FFmpegError, OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise VideoError(
            f"{path}: cannot be decoded as video ({reason}); fetch the clip again"
        ) from error


def _require_whole_file(path: Path) -> None:
    """Raises VideoError for a file that is not there or not whole, OSError for one not readable."""
    if not path.is_file():
        there = path.exists() or path.is_symlink()
        lack = "no regular file, nor a link to one" if there else "no such file"
        raise VideoError(f"{path}: {lack}; is the dataset unpacked completely?")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty; fetch the clip again")
    if n_bytes := missing_bytes(path):
        raise VideoError(
            f"{path}: the last {n_bytes:,} bytes of the file are missing; fetch the clip again"
        )


@cache
def _options() -> dict[str, str]:
    """What FFmpeg may open: this file alone, in any format that holds its pictures itself."""
    formats = []
    for name in sorted(av.formats_available - LISTS):
        try:
            av.ContainerFormat(name, "r")
        except ValueError:  # one that is only written
            continue
        formats.append(name)
    return {"format_whitelist": ",".join(formats), "protocol_whitelist": "file"}
