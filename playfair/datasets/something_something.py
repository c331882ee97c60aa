"""Something-Something v2, laid out as it ships, or as it is often kept.

<root>/20bn-something-something-v2/<uid>.webm   or where else `clip_places` finds them
<root>/labels/*.json   or where else `label_files` finds them
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.clip_files import media_type_of
from playfair.datasets.clip_places import (
    CLIP_ENDING,
    VIDEO_FOLDER,
    clip_name,
    clip_path,
    clip_places,
    holds_clips,
)
from playfair.datasets.dataset import (
    SPLIT_NAMES,
    DatasetError,
    PathError,
    Split,
    SplitName,
    UnknownSplitError,
)
from playfair.datasets.label_files import DOCTOR, examples, label_file
from playfair.datasets.labels import (
    labels_identity,
    read_class_names,
    read_evidence,
    read_prior,
    read_split,
)
from playfair.datasets.twins import time_reversed_twins

LAYOUT = (
    f"expected {VIDEO_FOLDER}/<id>{CLIP_ENDING} and labels/{{labels,train,validation}}.json in it"
)


class FolderError(PathError):
    """A folder that is not there, or holds no dataset."""


class MissingClipsError(DatasetError):
    """Clips with a label and without a video.

    Attributes:
        root: the dataset's folder.
        split: whose clips they are.
        uids: the clips without a video.
        n_clips: how many clips the split has.
    """

    def __init__(self, root: Path, split: SplitName, uids: list[str], n_clips: int) -> None:
        super().__init__(root, split, uids, n_clips)
        self.root = root
        self.split = split
        self.uids = uids
        self.n_clips = n_clips

    def __str__(self) -> str:
        path = label_file(self.root, self.split)
        n_missing = len(self.uids)
        return (
            f"{self.root / VIDEO_FOLDER}: {n_missing:,} of the {self.n_clips:,} clips in "
            f"{path.name} {'lacks' if n_missing == 1 else 'lack'} a video ({examples(self.uids)}); "
            f"unpack the videos completely, or take these clips out of {path}. {DOCTOR}"
        )


@dataclass(frozen=True)
class SomethingSomething:
    """A dataset's folder, as a `Dataset`. Made by `open_dataset`; labels are read when asked for.

    Attributes:
        root: the folder.
        class_names: the name of every class, by class index.
        videos: whether the clips must be there; labels suffice where features are imported.
        name: what its outputs are filed under.
    """

    root: Path
    class_names: tuple[str, ...]
    videos: bool = True
    name: str = "something_something_v2"
    _places: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def split(self, name: SplitName) -> Split:
        """The clips of a split, in the order of its label file.

        Raises:
            UnknownSplitError: the name is not "train", "validation" or "test".
            DatasetError: the labels are bad, or videos are missing.
        """
        if name not in SPLIT_NAMES:
            raise UnknownSplitError(name)
        split = read_split(self.root, name, self.class_names)
        if self.videos:
            self._require_clips(split, name)
        return split

    def _require_clips(self, split: Split, name: SplitName) -> None:
        # One pass over the folder: 200,000 separate looks take seconds.
        uids = split.uids.tolist()
        places = clip_places(self.root, uids)
        self._places.update(places)
        missing = [uid for uid in uids if uid not in places]
        if missing:
            raise MissingClipsError(self.root, name, missing, len(split))

    def prior(self) -> NDArray[np.float64]:
        """Training-set class frequencies, what a model knows without any frame: (class,)."""
        return read_prior(self.root, self.class_names)

    def clip(self, uid: str) -> Path:
        """Where the clip's video is."""
        if not self._places and not clip_path(self.root, uid).exists():
            # one look at all folders, whatever is found
            self._places.update({uid: f"{VIDEO_FOLDER}/{clip_name(uid)}", **clip_places(self.root)})
        place = self._places.get(uid)
        return clip_path(self.root, uid) if place is None else self.root / place

    def media_type(self, uid: str) -> str:
        """What a browser is told that the clip is."""
        return media_type_of(self.clip(uid).name)

    def evidence(self) -> dict[str, tuple[int, int]]:
        """The frames [start, stop) that decide a clip's class, by uid; {} where it is not known."""
        return read_evidence(self.root)

    def twins(self) -> NDArray[np.int64]:
        """Each class's twin by the words of their names, or -1: (class,)."""
        return time_reversed_twins(self.class_names)

    def identity(self) -> str:
        """Which data this is, wherever it lies: SHA-256 of what labels and evidence say."""
        return labels_identity(self.root)


def open_dataset(root: str | Path, videos: bool = True) -> SomethingSomething:
    """Open a folder that is laid out as Something-Something v2 ships.

    Args:
        root: the folder.
        videos: whether the clips must be there too.

    Returns:
        The dataset.

    Raises:
        FolderError: there is no such folder, or no videos in it.
        DatasetError: the labels file is missing or bad.

    Example:
        dataset = open_dataset("ssv2")
        dataset.class_names[dataset.split("validation").targets[0]]
    """
    root = Path(root)
    name_it = "Name the dataset's folder with dataset.root=FOLDER"
    if not root.is_dir():
        raise FolderError(root, f"no such folder; {LAYOUT}. {name_it}")
    if not any(root.iterdir()):
        raise FolderError(root, f"the folder is empty; {LAYOUT}. {name_it}")
    if videos and not holds_clips(root):
        unpack = f"Unpack the clips to {root / VIDEO_FOLDER}"
        raise FolderError(root, f"no videos; {LAYOUT}. {unpack}. {DOCTOR}")
    return SomethingSomething(root, read_class_names(root), videos)
