"""The dataset's clips and pictures of their frames, and nothing else of the disk."""

import io
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from PIL import Image

from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.video.reader import VideoError, decode

HEIGHT = 120  # pixels of a frame in the film strip
MAX_FRAMES = 200  # of one film strip: a JPEG holds 65,535 columns


def clip_file(catalogue: Catalogue, dataset: str, uid: str) -> Path:
    """The clip's file. Raises Unknown where there is none in the dataset's folder: links out of it lead nowhere."""
    if dataset not in {study.split("/")[0] for study in catalogue.studies()}:
        raise Unknown(f"There is no dataset {dataset} with ESVs.")
    try:
        root = catalogue.dataset(dataset).root
    except ValueError as error:
        raise Unknown(str(error)) from error
    folder = (root / VIDEO_FOLDER).resolve()
    try:
        path = (folder / f"{uid}.webm").resolve()
        there = path.parent == folder and path.is_file()
    except (ValueError, OSError):  # no name that a file could have
        there = False
    if not there:
        raise Unknown(f"There is no clip {uid} in {dataset}.")
    return path


@lru_cache(maxsize=512)
def shape_and_rate(path: Path) -> tuple[int, int, float]:
    """Height, width and frames per second of a clip, as its header says. Raises VideoError."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            return stream.height, stream.width, float(stream.average_rate or 12)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise VideoError(f"Clip {path.stem} cannot be decoded as video.") from error


@lru_cache(maxsize=64)
def strip(path: Path, frames: tuple[int, ...]) -> bytes:
    """The frames side by side as one JPEG of HEIGHT pixels: one request, one pass over the clip."""
    if not frames or len(frames) > MAX_FRAMES:
        raise Unknown(f"Expected 1 to {MAX_FRAMES} frames, got {len(frames)}.")
    height, width, _ = shape_and_rate(path)
    size = (HEIGHT, max(1, round(width * HEIGHT / height)))
    picture = np.concatenate(list(decode(path, frames, size)), axis=1)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=80)
    return out.getvalue()


def clip_url(dataset: str, uid: str) -> str:
    return f"/clips/{dataset}/{uid}.webm"


def strip_url(dataset: str, uid: str, frames: np.ndarray) -> str:
    return f"/strips/{dataset}/{uid}.jpg?frames={','.join(map(str, frames))}"
