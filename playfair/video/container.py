"""Opening a file as video: any container that holds its pictures itself, and nothing else.

On one thread: the data workers are the parallelism. Every way in which a file can disappoint ends
in a `VideoError` that names the file and the reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from playfair.video.errors import VideoError
from playfair.video.matroska import missing_bytes
from playfair.video.pictures import picture_format
from playfair.video.segment import Segment

MOST_PIXELS = 1 << 26  # of a picture: 8K video has half as many
MOST_OF_POINTER = 1 << 10  # bytes; Git LFS's have 130
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


@contextmanager
def opened(path: str | Path | Segment) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its video stream; whatever goes wrong inside becomes a VideoError.

    Of several streams, that which the ffmpeg command takes: the largest picture, where none is the
    default; a cover picture never. A link is followed to the file that it leads to; a list of other
    files is not.
    """
    file = Path(path)
    try:
        _require_whole_file(file)
        format_of_picture = picture_format(file)
        with _opened(path, format_of_picture) as container:
            stream = _best_stream(container)
            if stream is None:
                raise VideoError(f"{path}: the file holds no video stream")
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
            if format_of_picture == "jpeg_pipe":  # cut short, it would be grey from there on
                context.options |= {"err_detect": "explode"}
            yield container, stream
    except (av.FFmpegError, OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise VideoError(
            f"{path}: cannot be decoded as video ({reason}); fetch the clip again"
        ) from error


def _opened(path: str | Path | Segment, format_of_picture: str | None) -> InputContainer:
    try:
        # "file:" before it, so that no name is taken for an address
        return av.open(
            f"file:{Path(path)}",
            format=format_of_picture,
            metadata_errors="replace",
            options=_options(),
        )
    except av.ArgumentError as error:
        raise VideoError(
            f"{path}: cannot be decoded as video (no video format, or a list of other files, which "
            "is not followed); fetch the clip again"
        ) from error


def _best_stream(container: InputContainer) -> VideoStream | None:
    """As fftools' choose_video: pixels, and as much as five million of them for the default."""
    best = None
    highest = -1
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        score = 0
        if stream.codec_context is not None:  # whose codec is known
            is_default = bool(stream.disposition & Disposition.default)
            score = stream.width * stream.height + 5_000_000 * is_default
        if score > highest:
            best = stream
            highest = score
    return best


def _require_whole_file(path: Path) -> None:
    """Raises VideoError for a file that is not there or not whole, OSError for one not readable."""
    if not path.is_file():
        there = path.exists() or path.is_symlink()
        lack = "no regular file, nor a link to one" if there else "no such file"
        raise VideoError(f"{path}: {lack}; is the dataset unpacked completely?")
    n_bytes = path.stat().st_size
    if n_bytes == 0:
        raise VideoError(f"{path}: the file is empty; fetch the clip again")
    if n_bytes < MOST_OF_POINTER and path.read_bytes().startswith(b"version https://git-lfs"):
        raise VideoError(
            f"{path}: the pointer of Git LFS in the clip's place; type git lfs pull in its repository"
        )
    if n_missing := missing_bytes(path):
        missing = (
            "byte of the file is" if n_missing == 1 else f"{n_missing:,} bytes of the file are"
        )
        raise VideoError(f"{path}: the last {missing} missing; fetch the clip again")


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
