"""What lies in a dataset's folder, as it is: read without complaint, for the doctor to judge."""

import os
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from playfair.datasets.something_something import VIDEO_FOLDER, read_json

LABEL_FILES = ("labels", "train", "validation", "test")
EARLIER = "something-something-v2-"
_PART = re.compile(
    rf"{VIDEO_FOLDER}-?(\d\d)(\.zip|\.tgz|\.tar\.gz)?|{VIDEO_FOLDER}\.(zip|tgz|tar\.gz|tar)"
)


@dataclass(frozen=True)
class Inventory:
    """A folder's contents; made by `take_inventory`."""

    root: Path
    exists: bool
    labels: dict[str, Path]  # of LABEL_FILES, those that are there: the one that is read
    contents: dict[str, Any]  # what they hold
    unreadable: dict[str, str]  # or why it cannot be told
    generations: frozenset[str]  # of file names: "labels/*.json", "something-something-v2-*.json"
    videos: dict[str, tuple[int, int]]  # uid → size in bytes, time of change in ns
    others: list[str]  # names of other files beside the videos
    archives: list[Path]  # of labels
    parts: list[Path]  # of the videos' archive
    elsewhere: dict[Path, int]  # folders with videos or label files that are not read, and how many

    def path(self, uid: str) -> Path:
        return self.root / VIDEO_FOLDER / f"{uid}.webm"


def take_inventory(root: Path) -> Inventory:
    """Looks at every name once; 220,847 clips take 1.5 s, their labels 1 s."""
    empty = Inventory(root, root.is_dir(), {}, {}, {}, frozenset(), {}, [], [], [], {})
    if not empty.exists:
        return empty
    generations = set()
    for name in LABEL_FILES:
        for candidate in (
            f"labels/{name}.json",
            f"labels/{EARLIER}{name}.json",
            f"{EARLIER}{name}.json",
        ):
            if (root / candidate).is_file():
                generations.add(
                    "something-something-v2-*.json" if EARLIER in candidate else "labels/*.json"
                )
                empty.labels.setdefault(name, root / candidate)
    for name, path in empty.labels.items():
        try:
            empty.contents[name] = read_json(path)
        except (ValueError, OSError) as error:
            empty.unreadable[name] = str(error)
    _look_around(empty)
    videos = root / VIDEO_FOLDER
    if videos.is_dir():
        with os.scandir(videos) as entries:
            for entry in entries:
                stem, ending = os.path.splitext(entry.name)
                if ending != ".webm" or entry.is_dir():
                    empty.others.append(entry.name)
                elif status := _status(entry):
                    empty.videos[stem] = (status.st_size, status.st_mtime_ns)
    return Inventory(**{**vars(empty), "generations": frozenset(generations)})


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:  # a link that leads nowhere: no video
        return None


def _look_around(found: Inventory) -> None:
    """Archives, and what lies in the wrong place, two folders deep."""
    expected = {found.root / VIDEO_FOLDER, *(path.parent for path in found.labels.values())}
    counts: Counter[Path] = Counter()
    for folder in (found.root, *_folders(found.root)):
        if folder == found.root / VIDEO_FOLDER:
            continue
        for entry in os.scandir(folder):
            path = Path(entry.path)
            if _PART.fullmatch(entry.name) and entry.is_file():
                found.parts.append(path)
            elif path.suffix == ".zip" and "label" in entry.name:
                found.archives.append(path)
            elif folder not in expected and (
                path.suffix == ".webm" or entry.name.removeprefix(EARLIER) in _NAMES
            ):
                counts[folder] += 1
    found.parts.sort()
    found.elsewhere.update(counts)


_NAMES = {f"{name}.json" for name in LABEL_FILES}


def _folders(root: Path) -> list[Path]:
    below = [path for path in root.iterdir() if path.is_dir()]
    small = [path for path in below if path != root / VIDEO_FOLDER]
    # a few of each: there may be a folder of extracted frames for every clip
    nested = [path for folder in small for path in islice(folder.iterdir(), 50) if path.is_dir()]
    inner = root / VIDEO_FOLDER / VIDEO_FOLDER  # unpacked into its own folder once more
    return [*below, *nested, *([inner] if inner.is_dir() else [])]
