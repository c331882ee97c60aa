"""Clips and pictures of their frames, as URLs name them; nothing else of the disk."""

import io
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

import numpy as np
from PIL import Image

from playfair.explorer.errors import NotThereError
from playfair.video.packets import origin_of, reel_of
from playfair.video.reader import Clip, decode, frame_times
from playfair.video.webm import PICTURES_A_SECOND

HEIGHT = 120  # pixels of a frame in the film strip
MAX_FRAMES = 200  # of one film strip: a JPEG holds 65,535 columns
WIDEST = 65_000  # pixels of a film strip


@lru_cache(maxsize=512)
def shape(clip: Clip) -> tuple[int, int]:
    """Height and width of a clip's frames as they are shown: upright.

    Raises:
        VideoError: it cannot be read.
    """
    height, width = decode(clip, [0]).shape[1:3]
    return height, width


@lru_cache(maxsize=512)
def moments(clip: Clip) -> tuple[float, ...]:
    """When each frame of a clip is shown, and when the last one ends: seconds on its file's clock.

    Times are read, not computed from a rate. Without a clock, as in a folder of pictures, they are
    those of a clip that is converted from it.

    Raises:
        VideoError: it cannot be read.
    """
    times = frame_times(clip)
    if np.isnan(times).any():
        times = np.arange(len(times)) / PICTURES_A_SECOND
    last = times[-1] - times[-2] if len(times) > 1 else 1 / PICTURES_A_SECOND
    return (*times.tolist(), float(times[-1] + last))


@lru_cache(maxsize=512)
def start(clip: Clip) -> float:
    """What a clip's file counts its first picture from, in seconds: some players do so too.

    Raises:
        VideoError: it cannot be read.
    """
    with reel_of(clip) as reel:
        return float(origin_of(reel.container, reel.stream))


def middles(clip: Clip, frames: np.ndarray) -> list[float]:
    """A moment at which each of some frames is shown: half of its time after it has come.

    Raises:
        VideoError: the clip cannot be read.

    Example:
        middles(file, np.array([0, 8]))    # [0.042, 0.708] of 12 frames a second
    """
    times = np.array(moments(clip))
    begins = np.clip(frames, 0, len(times) - 2)  # of a clip that was cut short since
    return ((times[begins] + times[begins + 1]) / 2).round(4).tolist()


def begins(clip: Clip, frames: np.ndarray) -> list[float]:
    """When each of some frames comes, on its file's clock: what a player says that it shows.

    Raises:
        VideoError: the clip cannot be read.
    """
    times = np.array(moments(clip))
    return times[np.clip(frames, 0, len(times) - 2)].round(4).tolist()


@lru_cache(maxsize=64)
def strip(clip: Clip, frames: tuple[int, ...]) -> bytes:
    """Frames side by side as one JPEG of HEIGHT pixels: one request, one pass over the clip.

    Raises:
        NotThereError: there are none, or too many.
        VideoError: the clip has no such frames.
    """
    if not frames or len(frames) > MAX_FRAMES:
        raise NotThereError(f"Expected 1 to {MAX_FRAMES} frames, got {len(frames)}.")

    def fitted(height: int, width: int) -> tuple[int, int]:
        most = max(1, WIDEST // len(frames))
        return HEIGHT, min(most, max(1, round(width * HEIGHT / height)))

    picture = np.concatenate(list(decode(clip, frames, fitted)), axis=1)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return file.getvalue()


def few(frames: np.ndarray, most: int) -> np.ndarray:
    """Some of a clip's frames, at equal distances.

    >>> few(np.array([1, 6, 12, 18, 24]), 3).tolist()
    [1, 12, 24]
    """
    places = np.linspace(0, len(frames) - 1, min(most, len(frames)))
    return frames[places.round().astype(int)]


def clip_url(key: str, uid: str) -> str:
    """Where the page finds a clip of a store, from where the page is: it may be behind a proxy.

    >>> clip_url("mine/trn-8-frames-3f2a91c0", "a folder/12.mp4")
    'clips/mine/trn-8-frames-3f2a91c0/a%20folder%2F12.mp4'
    """
    return f"clips/{quote(key)}/{quote(uid, safe='')}"


def converted_url(key: str, uid: str) -> str:
    """Where it finds the clip as it was converted; asked by POST, it says how far that is."""
    return f"converted/{quote(key)}/{quote(uid, safe='')}"


def strip_url(key: str, uid: str, frames: np.ndarray) -> str:
    """Where it finds frames of that clip, side by side."""
    listed = ",".join(map(str, frames))
    return f"strips/{quote(key)}/{quote(uid, safe='')}?frames={listed}"


def scores_url(key: str, uid: str, classes: Sequence[int]) -> str:
    """Where it asks for the scores of the clip's coalitions."""
    listed = ",".join(map(str, classes))
    return f"scores/{quote(key)}/{quote(uid, safe='')}?classes={listed}"
