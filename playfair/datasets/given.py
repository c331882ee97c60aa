"""Clips that are named one by one: files, patterns, folders of pictures, parts of longer videos."""

import difflib
import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playfair.datasets.clip_files import ending_of, is_picture, is_video
from playfair.datasets.dataset import UNKNOWN_CLASS, DatasetError, Split
from playfair.video.container import opened
from playfair.video.segment import Segment

Place = Path | Segment
LATE = 1e6  # later than any video ends, in seconds and in frames
KEYS = ("path", "start", "stop", "unit")
HOW = "clip=FILE, clip='FOLDER/*.mp4', a folder of pictures, or clip='{path: FILE, start: 3, stop: 7}'"


class GivenClipError(DatasetError):
    """What was named is no clip: what was expected, what came, and what to type."""


@dataclass(frozen=True)
class GivenClips:
    """What reading needs of a dataset: clips by name; their classes are not known.

    Attributes:
        places: by name.
    """

    places: Mapping[str, Place]

    def clip(self, uid: str) -> Place:
        """Where a clip is."""
        return self.places[uid]

    @property
    def given(self) -> Split:
        """All of them."""
        targets = np.full(len(self.places), UNKNOWN_CLASS)
        return Split("given", np.array(list(self.places)), targets)


def given_clips(named: Any, start: float | None = None, stop: float | None = None) -> GivenClips:
    """The clips that somebody has named.

    Args:
        named: a file, a pattern with *, a folder of pictures, a mapping of path, start, stop and
            unit, or a list of these.
        start: second at which each of them begins in its file; None: at its beginning.
        stop: second at which it ends; None: at its end.

    Raises:
        GivenClipError: there is nothing by such a name.

    Example:
        given_clips("holiday/*.mp4").places    # {"beach": Path("holiday/beach.mp4"), …}
    """
    several = isinstance(named, Sequence) and not isinstance(named, str)
    places: list[Place] = []
    for one in named if several else [named]:
        places += _places(one, start, stop)
    if not places:
        raise GivenClipError(f"Expected a clip, got {named!r}. Type {HOW}.")
    return GivenClips(dict(zip(_names(places), places, strict=True)))


def _places(named: Any, start: float | None, stop: float | None) -> list[Place]:
    """One file, or all of a pattern; each from `start` to `stop`."""
    unit = "second"
    if isinstance(named, Mapping):
        if "path" not in named or (unknown := set(named) - set(KEYS)):
            came = ", ".join(sorted(map(str, unknown))) if "path" in named else "no path"
            raise GivenClipError(
                f"Expected path, start and stop of a clip, got {came}. Type {HOW}."
            )
        start = _moment(named.get("start"), "start", start)
        stop = _moment(named.get("stop"), "stop", stop)
        unit = named.get("unit", unit)
        if unit not in ("second", "frame"):
            raise GivenClipError(f"Expected a clip's unit to be second or frame, got {unit!r}.")
        named = named["path"]
    if named is None:
        raise GivenClipError(f"Expected a clip, got none. Type {HOW}.")
    if not isinstance(named, str | Path) or not str(named):
        raise GivenClipError(f"Expected the path of a clip, got {named!r}. Type {HOW}.")
    files = _files(str(named))
    start = _moment(start, "start", None)
    stop = _moment(stop, "stop", None)
    if start is None and stop is None:
        return list(files)
    begin = 0.0 if start is None else start
    ends = [_end_of(file, unit, begin) if stop is None else stop for file in files]
    try:
        return [Segment(file, begin, end, unit) for file, end in zip(files, ends, strict=True)]  # type: ignore[arg-type]
    except ValueError as error:
        raise GivenClipError(f"{error}. Type {HOW}.") from error


def _end_of(file: Path, unit: str, begin: float) -> float:
    """A second, or frame, that is no longer part of a file.

    Raises:
        GivenClipError: the file ends before `begin`.
    """
    if unit == "frame" or file.is_dir():
        return LATE
    with opened(file) as (container, _):
        if container.duration is None:
            return LATE
        end = container.duration / 1e6
    if begin >= end + 1:
        raise GivenClipError(f"{file}: start={begin:g} is behind the video's end, at {end:.1f} s.")
    return end + 1


def _moment(value: Any, name: str, otherwise: float | None) -> float | None:
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GivenClipError(f"Expected {name} to be a number, got {name}={value!r}.")
    return float(value)


def _files(named: str) -> list[Path]:
    """What lies at a path; of a pattern that is no path itself, all that matches."""
    path = Path(named)
    if not path.exists() and named.startswith("~/"):  # which a shell leaves as it is behind a =
        path = path.expanduser()
    if path.is_dir():
        return [_folder(path)]
    if path.exists():
        return [path]
    if glob.has_magic(named):
        matches = sorted(Path(match) for match in glob.glob(str(path)))
        files = [match for match in matches if match.is_file()]
        if not files:
            raise GivenClipError(
                f"No file is like clip={named}{_where(path)}. Type {HOW}; between quotation marks, "
                "or the shell takes a * for its own."
            )
        return files
    meant = f" For several type clip='[{named}]'." if "," in named else _meant(path)
    raise GivenClipError(f"There is no clip={named}{_where(path)}.{meant} Type {HOW}.")


def _folder(path: Path) -> Path:
    """A folder of pictures; of videos it is told how to name them."""
    names = [entry.name for entry in path.iterdir() if entry.is_file()]
    if any(map(is_picture, names)):
        return path
    videos = sorted(ending_of(name) for name in names if is_video(name))
    if videos:
        many = "1 video" if len(videos) == 1 else f"{len(videos)} videos"
        raise GivenClipError(
            f"Expected a file or a folder of pictures, got {path} with {many}. Type "
            f"clip='{path}/*{videos[0]}'."
        )
    raise GivenClipError(f"Expected a folder of pictures, got {path}, which has none. Type {HOW}.")


def _where(path: Path) -> str:
    """From where a relative path was looked for."""
    return "" if path.is_absolute() else f" in {Path.cwd()}"


def _meant(path: Path) -> str:
    """The file beside it whose name is nearest."""
    if not path.parent.is_dir():
        return f" There is no folder {path.parent} either."
    names = [entry.name for entry in path.parent.iterdir()]
    near = difflib.get_close_matches(path.name, names, 1)
    return f" Did you mean {path.parent / near[0]}?" if near else ""


def _names(places: Sequence[Place]) -> list[str]:
    """Files' names without endings, whole paths where these are not unique; a segment's with its time.

    >>> _names([Path("a/walk.mp4"), Segment(Path("b/day.mkv"), 3, 7)])
    ['walk', 'day 3-7 s']
    """
    for name in (_stem, clip_name):
        names = [name(place) for place in places]
        if len(set(names)) == len(names):
            return names
    raise GivenClipError(f"The same clip was named twice: {_twice(names)}. Name each once.")


def _stem(place: Place) -> str:
    path = Path(place)
    return (path.name if path.is_dir() else path.stem) + _part(place)


def clip_name(place: Place) -> str:
    """A clip's file, and which part of it.

    >>> clip_name(Segment(Path("day.mkv"), 3, 7))
    'day.mkv 3-7 s'
    """
    return str(Path(place)) + _part(place)


def _part(place: Place) -> str:
    """Which part of its file a clip is."""
    if not isinstance(place, Segment):
        return ""
    end = "" if place.stop == LATE else f"{place.stop:.5g}"
    return f" {place.start:.5g}-{end} {'s' if place.unit == 'second' else 'frames'}"


def _twice(names: Sequence[str]) -> str:
    return next(name for name in names if list(names).count(name) > 1)
