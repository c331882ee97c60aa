"""Any clip → a WebM that browsers play: small, upright, and every frame at its own time."""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

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
MOST_FRAMES = 3000  # two minutes of 25 pictures a second
MOST_SECONDS = 120.0  # that converting may take
PICTURES_A_SECOND = 12  # of a folder, which has no clock
MILLISECOND = Fraction(1, 1000)
# one thread and the least effort: 250 frames of 360 lines a second
OPTIONS = {
    "crf": "28",
    "b": "0",
    "cpu-used": "8",
    "deadline": "realtime",
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
    told: Callable[[int], None] = lambda n_frames: None,
) -> int:
    """Writes a clip, or as much of it as may be, as a WebM.

    Frame i lies at its time in the clip less the first frame's.

    Args:
        clip: a file, a folder of pictures, or a part of either.
        file: where it is written to, whole or not at all.
        most_frames: later ones are left out.
        most_seconds: that it may take.
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
    last = -1
    origin = 0.0
    try:
        with av.open(str(part), "w", format="webm") as container:
            stream = container.add_stream("libvpx-vp9", rate=PICTURES_A_SECOND, options=OPTIONS)
            for seconds, picture in timed_pictures(clip):
                if n_frames == 0:
                    origin = seconds
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                    stream.codec_context.time_base = MILLISECOND
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                last = max(last + 1, round(1000 * (seconds - origin)))
                frame.pts = last
                frame.time_base = MILLISECOND
                container.mux(stream.encode(frame))
                n_frames += 1
                told(n_frames)
                if n_frames == most_frames:
                    break
                if time.monotonic() > deadline:
                    frames = "1 frame was" if n_frames == 1 else f"{n_frames} frames were"
                    raise TooLongError(
                        f"{clip}: only {frames} converted in {most_seconds:.0f} s; cut the clip "
                        "into shorter ones, or convert it with ffmpeg"
                    )
            if n_frames == 0:
                raise VideoError(f"{clip}: no frame could be decoded; fetch the clip again")
            container.mux(stream.encode(None))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return n_frames


def timed_pictures(clip: Clip) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """A clip's pictures one after the other, with the second at which each is shown."""
    if is_folder(clip):
        files = pictures_of(clip)
        size = decode(files[0], [0], small).shape[1:3]
        for place, file in enumerate(files):
            yield place / PICTURES_A_SECOND, decode(file, [0], (size[0], size[1]))[0]
        return
    with reel_of(clip) as reel:
        convert = None
        rate = float(reel.stream.average_rate or PICTURES_A_SECOND)
        for place, frame in enumerate(pictures_in(reel, clip)):
            if convert is None:
                convert, _ = conversion(frame, small)
            seconds = place / rate
            if frame.pts is not None:
                seconds = seconds_at(frame.pts, reel.container, reel.stream)
            yield seconds, convert(frame)


def small(height: int, width: int) -> tuple[int, int]:
    """So large that it can be looked at: even, as colours are stored in pairs.

    >>> small(1080, 1921), small(101, 101)
    ((360, 640), (100, 100))
    """
    scale = min(1.0, HEIGHT / height)
    return max(2, round(height * scale) // 2 * 2), max(2, round(width * scale) // 2 * 2)
