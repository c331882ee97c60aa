"""Packets → pictures, in the order in which they are shown."""

from collections.abc import Iterator
from pathlib import Path

from av import FFmpegError, VideoFrame

from playfair.video.errors import VideoError
from playfair.video.packets import Reel
from playfair.video.segment import Segment


def pictures_in(reel: Reel, path: str | Path | Segment) -> Iterator[VideoFrame]:
    """The clip's pictures, each decoded when it is asked for.

    Args:
        reel: the clip, opened.
        path: its name, for messages.

    Raises:
        VideoError: the video cannot be decoded since no packet holds a whole picture.
        FFmpegError: something else is wrong with it.
    """
    first, end, stamped = reel.window
    place = 0
    for frame in _decoded(reel, path):
        where = frame.pts if stamped else place
        place += 1
        if end is not None and where >= end:
            return
        if first is None or where >= first:
            yield frame


def _decoded(reel: Reel, path: str | Path | Segment) -> Iterator[VideoFrame]:
    has_key_frame = False
    try:
        for packet in reel.packets:
            has_key_frame |= packet.is_keyframe
            if packet.size:
                yield from packet.decode()
        yield from reel.stream.decode(None)
    except FFmpegError as error:
        if has_key_frame:
            raise
        raise VideoError(
            f"{path}: no key frame in it, which decoding could begin with: the clip was cut "
            "without being encoded again; cut it anew with an encoder"
        ) from error
