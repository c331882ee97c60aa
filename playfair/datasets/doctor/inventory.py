"""What lies in a dataset's folder, as it is: read without complaint, for the doctor to judge."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from playfair.datasets.clip_files import is_video
from playfair.datasets.clip_places import VIDEO_FOLDER, clip_path, clip_places
from playfair.datasets.label_files import EARLIER, LABEL_FILES, label_places, read_json

_PART = re.compile(
    rf"{VIDEO_FOLDER}-?(\d\d)(\.zip|\.tgz|\.tar\.gz)?|{VIDEO_FOLDER}\.(zip|tgz|tar\.gz|tar)"
)
_LABEL_NAMES = {f"{name}.json" for name in LABEL_FILES}
# Looked into for each folder: there may be a folder of extracted frames for every clip.
_MOST_NESTED = 50


@dataclass(frozen=True)
class Inventory:
    """A folder's contents; made by `take_inventory`.

    Attributes:
        root: the folder.
        exists: whether it is there.
        labels: of LABEL_FILES, those that are there: where the one lies that is read.
        contents: what they hold.
        unreadable: or why it cannot be told.
        generations: of file names: "labels/*.json", "something-something-v2-*.json".
        videos: size in bytes and time of change in ns, by uid.
        places: their paths from the root on, by uid.
        others: names of other files beside the videos.
        archives: of labels.
        parts: of the videos' archive.
        elsewhere: folders with label files that are not read, and how many.
    """

    root: Path
    exists: bool = True
    labels: dict[str, Path] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    generations: set[str] = field(default_factory=set)
    videos: dict[str, tuple[int, int]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    parts: list[Path] = field(default_factory=list)
    elsewhere: Counter[Path] = field(default_factory=Counter)

    def path(self, uid: str) -> Path:
        """Where a clip's video is."""
        place = self.places.get(uid)
        return clip_path(self.root, uid) if place is None else self.root / place


def take_inventory(root: Path) -> Inventory:
    """Look at every name once: 220,847 clips take 1.5 s, their labels 1 s.

    Args:
        root: the dataset's folder, whatever is in it.

    Returns:
        What is there.
    """
    inventory = Inventory(root, exists=root.is_dir())
    if inventory.exists:
        _read_labels(inventory)
        _look_around(inventory)
        _list_videos(inventory)
    return inventory


def _read_labels(inventory: Inventory) -> None:
    for name in LABEL_FILES:
        for place in label_places(name):
            if (inventory.root / place).is_file():
                generation = f"{EARLIER}*.json" if EARLIER in place else "labels/*.json"
                inventory.generations.add(generation)
                inventory.labels.setdefault(name, inventory.root / place)
    for name, path in inventory.labels.items():
        try:
            inventory.contents[name] = read_json(path)
        except (ValueError, OSError) as error:
            inventory.unreadable[name] = str(error)


def _list_videos(inventory: Inventory) -> None:
    for uid, place in clip_places(inventory.root).items():
        try:
            status = os.stat(inventory.root / place)
        except OSError:  # a link that leads nowhere: no video
            continue
        inventory.places[uid] = place
        inventory.videos[uid] = (status.st_size, status.st_mtime_ns)
    folder = inventory.root / VIDEO_FOLDER
    if folder.is_dir():
        with os.scandir(folder) as entries:
            inventory.others.extend(
                entry.name for entry in entries if not is_video(entry.name) and entry.is_file()
            )


def _look_around(inventory: Inventory) -> None:
    """Archives, and what lies in the wrong place, two folders deep."""
    videos = inventory.root / VIDEO_FOLDER
    right = {videos, *(path.parent for path in inventory.labels.values())}
    for folder in (inventory.root, *_folders(inventory.root)):
        if folder == videos:
            continue
        for entry in os.scandir(folder):
            path = Path(entry.path)
            if _PART.fullmatch(entry.name) and entry.is_file():
                inventory.parts.append(path)
            elif path.suffix == ".zip" and "label" in entry.name:
                inventory.archives.append(path)
            elif folder not in right and path.name.removeprefix(EARLIER) in _LABEL_NAMES:
                inventory.elsewhere[folder] += 1
    inventory.parts.sort()


def _folders(root: Path) -> Iterator[Path]:
    """Those in the folder and in these, but for the videos' own, which holds 220,847 files."""
    videos = root / VIDEO_FOLDER
    folders = [path for path in root.iterdir() if path.is_dir()]
    yield from folders
    for folder in folders:
        if folder != videos:
            nested = islice(folder.iterdir(), _MOST_NESTED)
            yield from (path for path in nested if path.is_dir())
    inner = videos / VIDEO_FOLDER  # unpacked into its own folder once more
    if inner.is_dir():
        yield inner


def entries_of(inventory: Inventory, split: str) -> list[dict[str, Any]]:
    """What a split's file says of each clip; what makes no sense is left out."""
    content = inventory.contents.get(split)
    if not isinstance(content, list):
        return []
    return [entry for entry in content if isinstance(entry, dict)]


def split_ids(inventory: Inventory, split: str) -> list[str]:
    """The ids that a split's file gives, in its order."""
    return [str(entry["id"]) for entry in entries_of(inventory, split) if "id" in entry]


def labels_of(inventory: Inventory) -> dict[str, str]:
    """What is written about each clip, by id: its label, or its template."""
    labels = {}
    for split in ("train", "validation"):
        for entry in entries_of(inventory, split):
            if "id" in entry:
                labels[str(entry["id"])] = str(entry.get("label") or entry.get("template"))
    return labels
