"""A folder of pictures as one clip: in the order of the numbers in their names."""

import re
from itertools import pairwise
from pathlib import Path

from playfair.video.errors import VideoError
from playfair.video.segment import Segment

# How a picture's file begins → FFmpeg's reader of one picture. Left to guess by name and content,
# FFmpeg takes many for its reader of numbered series, which would open other files.
SIGNATURES = {
    b"\xff\xd8\xff": "jpeg_pipe",
    b"\x89PNG": "png_pipe",
    b"BM": "bmp_pipe",
    b"II*\0": "tiff_pipe",
    b"MM\0*": "tiff_pipe",
    b"RIFF": "webp_pipe",
    b"P6": "ppm_pipe",
    b"P3": "ppm_pipe",
    b"P5": "pgm_pipe",
    b"P2": "pgm_pipe",
}
ENDINGS = {".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def is_folder(path: str | Path | Segment) -> bool:
    """Whether a clip is a folder of pictures."""
    return Path(path).is_dir()


def picture_format(file: Path) -> str | None:
    """FFmpeg's name of the format of a picture's file; None for a video, or for FFmpeg to find out.

    By what the file begins with: what is called .jpg may hold a PNG.
    """
    if file.suffix.lower() not in ENDINGS:
        return None
    with file.open("rb") as opened_file:
        beginning = opened_file.read(4)
    for signature, name in SIGNATURES.items():
        if beginning.startswith(signature):
            return name
    return None


def pictures_of(path: str | Path | Segment) -> list[Path]:
    """The clip's pictures; files that are none are passed over.

    Raises:
        VideoError: there are none, or a number is missing or there twice.
    """
    folder = Path(path)
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() in ENDINGS]
    except OSError as error:
        raise VideoError(f"{path}: the folder cannot be read ({error.strerror})") from error
    files = sorted((file for file in files if not file.name.startswith(".")), key=in_order)
    if not files:
        raise VideoError(
            f"{path}: the folder holds no picture ({', '.join(sorted(ENDINGS))}); is the dataset "
            "unpacked completely?"
        )
    _require_one_series(folder, files)
    return files if not isinstance(path, Segment) else _part(path, files)


def in_order(file: Path) -> tuple[list[str | int], str]:
    """What pictures are sorted by: numbers as numbers.

    >>> sorted([Path("img_10.jpg"), Path("img_9.jpg")], key=in_order)[0].name
    'img_9.jpg'
    """
    parts: list[str | int] = list(re.split(r"(\d+)", file.stem))
    # words and numbers take turns, so that like is compared with like
    parts[1::2] = [int(number) for number in parts[1::2]]
    return parts, file.name


def _require_one_series(folder: Path, files: list[Path]) -> None:
    """Raises VideoError where a number is there twice, or some of them are not."""
    last_numbers = [re.findall(r"\d+", file.stem)[-1:] for file in files]
    if not all(last_numbers):  # named, not numbered
        return
    numbers = [int(number) for (number,) in last_numbers]
    first_of: dict[int, Path] = {}
    for number, file in zip(numbers, files, strict=True):
        if number in first_of:
            raise VideoError(
                f"{folder}: two pictures of number {number}, {first_of[number].name} and "
                f"{file.name}; put those of each series into a folder of their own"
            )
        first_of[number] = file
    steps = [after - before for before, after in pairwise(numbers)]
    usual = min(steps, default=1)
    if usual < 1:  # the last number does not count the pictures
        return
    for place, step in enumerate(steps):
        if step > usual:
            missing = "a picture is" if step == 2 * usual else f"{step // usual - 1} pictures are"
            raise VideoError(
                f"{folder}: {missing} missing between {files[place].name} and "
                f"{files[place + 1].name}; fetch the clip again, or number its pictures without "
                "gaps"
            )


def _part(segment: Segment, files: list[Path]) -> list[Path]:
    if segment.unit == "second":
        raise VideoError(
            f"{segment}: a folder of pictures has no clock; give the segment in frames (unit=frame)"
        )
    part = files[int(segment.start) : int(segment.stop)]
    if not part:
        n_pictures = "1 picture" if len(files) == 1 else f"{len(files)} pictures"
        raise VideoError(f"{segment}: the segment lies behind the folder's {n_pictures}")
    return part
