"""A clip's compressed pictures: from which on they can be decoded, which are shown, and when."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from av import FFmpegError
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from playfair.video.container import opened
from playfair.video.errors import VideoError
from playfair.video.segment import Segment

REORDERED = 32  # packets by which decoding and showing may differ: H.264 and HEVC allow 16
UNSTAMPED = {"h264", "hevc", "m4v", "mpegvideo", "obu", "vc1"}  # bare streams
USUAL_RATE = 25  # FFmpeg's, where a file says none
SHOWN_IN_VP8 = 0x10  # of a packet's first byte (RFC 6386, 9.1)


class Window(NamedTuple):
    """The part of a stream that is the clip.

    Attributes:
        first, end: time stamps [first, end) in the stream's ticks; or, where the file has none,
            places in the order of showing. None: without bound.
        stamped: whether they are time stamps.
    """

    first: int | None = None
    end: int | None = None
    stamped: bool = True

    def holds(self, place: int | None) -> bool:
        """Whether a picture at this place is the clip's; one at no place is that of a whole video."""
        if place is None:
            return self.first is None and self.end is None
        return (self.first is None or place >= self.first) and not self.ends_before(place)

    def ends_before(self, place: int | None) -> bool:
        """Whether a picture at this place is shown after the clip."""
        return self.end is not None and place is not None and place >= self.end


class Reel(NamedTuple):
    """An open clip.

    Attributes:
        container, stream: the file, and its pictures'.
        packets: from the key frame on that its first picture needs.
        window: which of the pictures are the clip's.
    """

    container: InputContainer
    stream: VideoStream
    packets: Iterator[Packet]
    window: Window


@contextmanager
def reel_of(path: str | Path | Segment) -> Iterator[Reel]:
    """A clip, opened where it begins.

    Raises:
        VideoError: it cannot be read, or its segment lies outside the video.
    """
    window = window_of(path) if isinstance(path, Segment) else Window()
    if window.stamped and window.first is not None:
        with opened(path) as (container, stream):
            sought = _sought(container, stream, window.first)
            if sought is not None:
                yield Reel(container, stream, sought, window)
                return
    with opened(path) as (container, stream):
        yield Reel(container, stream, from_key_frame(container.demux(stream)), window)


def is_shown(packet: Packet) -> bool:
    """Whether a packet holds a picture that is shown.

    An edit list cuts some off, and VP8 has pictures that others are only predicted from.
    """
    if not packet.size or packet.is_discard:
        return False
    if packet.stream.codec_context.name in ("vp8", "libvpx"):
        return bool(memoryview(packet)[0] & SHOWN_IN_VP8)
    return True


def walked(reel: Reel) -> Iterator[tuple[Packet, bool]]:
    """The packets that a clip's pictures need, in the order of decoding.

    Yields:
        A packet, and whether it holds a picture of the clip.
    """
    window = reel.window
    place = 0
    for packet in reel.packets:
        if not packet.size:  # tells a decoder that there are no more
            continue
        # shown when it is decoded, at the earliest
        if window.stamped and window.ends_before(packet.dts):
            return
        if not is_shown(packet):
            yield packet, False
            continue
        yield packet, window.holds(packet.pts if window.stamped else place)
        place += 1


def from_key_frame(packets: Iterable[Packet]) -> Iterator[Packet]:
    """Without those before the first key frame, which nothing can be made of.

    A file without any, as some formats do not mark them, is left whole.
    """
    before: list[Packet] | None = []
    for packet in packets:
        if before is None or (packet.is_keyframe and packet.size):
            before = None
            yield packet
        else:
            before.append(packet)
    yield from before or ()


def _sought(container: InputContainer, stream: VideoStream, first: int) -> Iterator[Packet] | None:
    """Packets from a key frame on that is shown at `first` or before; None: from the beginning.

    Containers look for a time of decoding, which is before that of showing: it may take a second
    step back.
    """
    step = max(1, round(1 / stream.time_base)) if stream.time_base else 1
    beginning = stream.start_time or 0
    where = first
    while where > beginning:
        try:
            container.seek(where, stream=stream)
            packets = from_key_frame(container.demux(stream))
            key = next(packets, None)
        except FFmpegError:
            return None
        if key is not None and key.is_keyframe and key.pts is not None and key.pts <= first:
            return _and_then(key, packets)
        where -= step
        step *= 2
    return None


def _and_then(packet: Packet, packets: Iterator[Packet]) -> Iterator[Packet]:
    yield packet
    yield from packets


def window_of(segment: Segment) -> Window:
    """The stamps of a part of a video; nothing is decoded.

    Raises:
        VideoError: no picture lies in it.
    """
    if segment.unit == "frame":
        return _window_of_frames(segment)
    with opened(segment) as (container, stream):
        if is_stamped(container, stream):
            first = first_stamp(container, stream, segment.start)
            return Window(first, first_stamp(container, stream, segment.stop))
        rate = float(stream.average_rate or USUAL_RATE)
    return Window(_ceiling(segment.start * rate), _ceiling(segment.stop * rate), False)


def _window_of_frames(segment: Segment) -> Window:
    start = int(segment.start)
    stop = int(segment.stop)
    stamps = []
    with opened(segment) as (container, stream):
        if not is_stamped(container, stream):
            return Window(start, stop, False)
        for packet in from_key_frame(container.demux(stream)):
            if is_shown(packet):
                stamps.append(packet.pts)
            if len(stamps) > stop + REORDERED:
                break
    if any(stamp is None for stamp in stamps):
        return Window(start, stop, False)
    stamps.sort()
    if len(stamps) <= start:
        n_frames = "1 frame" if len(stamps) == 1 else f"{len(stamps)} frames"
        raise VideoError(f"{segment}: the segment lies behind the video's end, after {n_frames}")
    return Window(stamps[start], stamps[stop] if stop < len(stamps) else None)


def is_stamped(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the format says when pictures are shown.

    Bare streams do not, and AVI says only when they are decoded, which differs where some are
    predicted from later ones.
    """
    if container.format.name in UNSTAMPED or not stream.time_base:
        return False
    return not (container.format.name == "avi" and stream.codec_context.has_b_frames)


def _ceiling(number: float) -> int:
    return -int(-number // 1)


def origin_of(container: InputContainer, stream: VideoStream) -> Fraction:
    """Where the video's clock begins, in seconds of the file's: with the earliest of its streams.

    Players and the ffmpeg command count from there; MPEG-TS rarely begins at 0.
    """
    origin = Fraction(container.start_time or 0, 1_000_000)
    if stream.start_time is not None and stream.time_base is not None:
        own = stream.start_time * stream.time_base
        if abs(own - origin) < Fraction(1, 1_000_000):  # the same, before it was rounded
            return own
    return origin


def seconds_at(stamp: int, container: InputContainer, stream: VideoStream) -> float:
    """When a picture is shown, on the video's clock."""
    assert stream.time_base is not None
    return float(stamp * stream.time_base - origin_of(container, stream))


def first_stamp(container: InputContainer, stream: VideoStream, moment: float) -> int:
    """The least time stamp that is not before a moment on the video's clock."""
    assert stream.time_base is not None
    stamp = int((Fraction(moment) + origin_of(container, stream)) / stream.time_base) - 2
    while seconds_at(stamp, container, stream) < moment:
        stamp += 1
    return stamp
