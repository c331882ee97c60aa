"""Packets → pictures, in the order in which they are shown."""

from collections.abc import Iterator
from pathlib import Path

from av import FFmpegError, VideoFrame
from av.packet import Packet

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
    window = reel.window
    for number, frame in enumerate(_decoded(reel, path)):
        place = frame.pts if window.stamped else number
        if window.ends_before(place):
            return
        if window.holds(place):
            yield frame


def _decoded(reel: Reel, path: str | Path | Segment) -> Iterator[VideoFrame]:
    has_key_frame = False
    try:
        for packet in reel.packets:
            has_key_frame |= packet.is_keyframe
            if packet.size:
                yield from pictures_of(packet)
        yield from reel.stream.decode(None)
    except FFmpegError as error:
        if has_key_frame:
            raise
        raise VideoError(
            f"{path}: no key frame in it, which decoding could begin with: the clip was cut "
            "without being encoded again; cut it anew with an encoder"
        ) from error


def pictures_of(packet: Packet) -> list[VideoFrame]:
    """What a packet completes; the one place where something is decoded."""
    return packet.decode()  # type: ignore[return-value]
