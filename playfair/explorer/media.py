"""Clips and pictures of their frames, as URLs name them; nothing else of the disk."""

import io
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import av
import numpy as np
from PIL import Image

from playfair.explorer.errors import NotThereError
from playfair.video.reader import VideoError, decode

HEIGHT = 120  # pixels of a frame in the film strip
MAX_FRAMES = 200  # of one film strip: a JPEG holds 65,535 columns
USUAL_RATE = 12.0  # frames per second, where a clip does not say


@lru_cache(maxsize=512)
def shape_and_rate(path: Path) -> tuple[int, int, float]:
    """Height, width and frames per second of a clip, as its header says.

    Raises:
        VideoError: it cannot be read.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            return stream.height, stream.width, float(stream.average_rate or USUAL_RATE)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise VideoError(f"Clip {path.stem} cannot be decoded as video.") from error


@lru_cache(maxsize=64)
def strip(path: Path, frames: tuple[int, ...]) -> bytes:
    """Frames side by side as one JPEG of HEIGHT pixels: one request, one pass over the clip.

    Raises:
        NotThereError: there are none, or too many.
        VideoError: the clip has no such frames.
    """
    if not frames or len(frames) > MAX_FRAMES:
        raise NotThereError(f"Expected 1 to {MAX_FRAMES} frames, got {len(frames)}.")
    height, width, _ = shape_and_rate(path)
    size = (HEIGHT, max(1, round(width * HEIGHT / height)))
    picture = np.concatenate(list(decode(path, frames, size)), axis=1)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return file.getvalue()


def clip_url(key: str, uid: str) -> str:
    """Where the page finds a clip of a store, from where the page is: it may be behind a proxy.

    >>> clip_url("mine/trn-8-frames-3f2a91c0", "a folder/12.mp4")
    'clips/mine/trn-8-frames-3f2a91c0/a%20folder%2F12.mp4'
    """
    return f"clips/{quote(key)}/{quote(uid, safe='')}"


def strip_url(key: str, uid: str, frames: np.ndarray) -> str:
    """Where it finds frames of that clip, side by side."""
    listed = ",".join(map(str, frames))
    return f"strips/{quote(key)}/{quote(uid, safe='')}?frames={listed}"
