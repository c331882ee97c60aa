"""Any clip → a WebM that browsers play: small, upright, and every frame at its own time."""

import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from playfair.video.conversion import conversion
from playfair.video.decoding import pictures_in
from playfair.video.errors import VideoError
from playfair.video.packets import reel_of, seconds_at
from playfair.video.pictures import is_folder, pictures_of
from playfair.video.reader import Clip, decode

HEIGHT = 360  # pixels, at most
WIDTH = 1280  # the same
MOST_FRAMES = 3000  # two minutes of 25 pictures a second
MOST_SECONDS = 120.0  # that converting may take
MOST_BYTES = 1 << 27  # of what is written: pictures of noise take 100 KB each
PICTURES_A_SECOND = 12  # of a folder, which has no clock
MILLISECOND = Fraction(1, 1000)
# one thread and the least effort: 250 frames of 360 lines a second
OPTIONS = {
    "crf": "28",
    "b": "0",
    "cpu-used": "8",
    "deadline": "realtime",
    "lag-in-frames": "0",  # each picture is written before the next is read
    "g": "24",
    "threads": "1",
}


class TooLongError(VideoError):
    """Converting a clip took longer than it may."""


def write_webm(
    clip: Clip,
    file: Path,
    *,
    most_frames: int = MOST_FRAMES,
    most_seconds: float = MOST_SECONDS,
    most_bytes: int = MOST_BYTES,
    told: Callable[[int], None] = lambda n_frames: None,
) -> int:
    """Writes a clip, or as much of it as may be, as a WebM.

    Frame i lies at its time in the clip less the first frame's.

    Args:
        clip: a file, a folder of pictures, or a part of either.
        file: where it is written to, whole or not at all.
        most_frames: later ones are left out.
        most_seconds: that it may take.
        most_bytes: that are written; later frames are left out.
        told: of the number of frames that are done.

    Returns:
        Frames that were written.

    Raises:
        VideoError: the clip cannot be read, or not within the time.
        OSError: the file cannot be written.
    """
    deadline = time.monotonic() + most_seconds
    part = file.with_suffix(".part")
    n_frames = 0
    n_bytes = 0
    last = -1
    origin = 0.0
    try:
        with av.open(str(part), "w", format="webm") as container:
            stream = container.add_stream("libvpx-vp9", rate=PICTURES_A_SECOND, options=OPTIONS)
            for seconds, picture in timed_pictures(clip, deadline):
                if n_frames == 0:
                    origin = seconds
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                    stream.codec_context.time_base = MILLISECOND
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                last = max(last + 1, round(1000 * (seconds - origin)))
                frame.pts = last
                frame.time_base = MILLISECOND
                packets = stream.encode(frame)
                n_bytes += sum(packet.size for packet in packets)
                container.mux(packets)
                n_frames += 1
                told(n_frames)
                if n_frames == most_frames or n_bytes > most_bytes:
                    break
            if n_frames == 0:
                raise VideoError(f"{clip}: no frame could be decoded; fetch the clip again")
            container.mux(stream.encode(None))
        part.replace(file)
    except TooLongError as error:
        frames = "1 frame was" if n_frames == 1 else f"{n_frames} frames were"
        raise TooLongError(
            f"{clip}: only {frames} converted in {most_seconds:.0f} s; cut the clip into shorter "
            "ones, or convert it with ffmpeg"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return n_frames


def timed_pictures(clip: Clip, deadline: float) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """A clip's pictures one after the other, with the second at which each is shown.

    Raises:
        TooLongError: time.monotonic() has come to the deadline.
    """
    if is_folder(clip):
        files = pictures_of(clip)
        size = decode(files[0], [0], small).shape[1:3]
        for place, file in enumerate(_until(deadline, files)):
            yield place / PICTURES_A_SECOND, decode(file, [0], (size[0], size[1]))[0]
        return
    with reel_of(clip) as reel:
        convert = None
        rate = float(reel.stream.average_rate or PICTURES_A_SECOND)
        # of packets: a part may have many before its first picture
        reel = reel._replace(packets=_until(deadline, reel.packets))
        for place, frame in enumerate(pictures_in(reel, clip)):
            if convert is None:
                convert, _ = conversion(frame, small)
            seconds = place / rate
            if frame.pts is not None:
                seconds = seconds_at(frame.pts, reel.container, reel.stream)
            yield seconds, convert(frame)


def _until(deadline: float, things: Iterable[Any]) -> Iterator[Any]:
    for thing in things:
        if time.monotonic() >= deadline:
            raise TooLongError
        yield thing


def small(height: int, width: int) -> tuple[int, int]:
    """So large that it can be looked at: even, as colours are stored in pairs.

    >>> small(1080, 1921), small(101, 101), small(2, 60_000)
    ((360, 640), (100, 100), (2, 1280))
    """
    scale = min(1.0, HEIGHT / height, WIDTH / width)
    return max(2, round(height * scale) // 2 * 2), max(2, round(width * scale) // 2 * 2)
