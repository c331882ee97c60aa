"""An HDF5 file of features, opened without trusting it.

HDF5 can name bytes of any other file as its own: external storage, virtual datasets and links to
other files would let a file of features read what the user may read. All of them are refused, sizes
are bounded before anything is read, and whatever the library says of a damaged file is told with
the file's name. It is read by a process of its own, as some damaged files let the library loop for
ever, or take all memory. No lock is asked for: the file is only read, and some file systems have
none.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from playfair.steps.reader_process import ReaderError, apart

MOST_MEMORY = 4 << 30  # bytes, for whoever reads the file
MOST_SECONDS = 120.0  # for the clips of a block
MOST_CLIPS = 10_000_000
MOST_BYTES = 1 << 28  # of a clip's features: 30,000 frames of 2,048 numbers
MOST_CHUNK = 1 << 30  # bytes of a chunk, which is read as a whole
MOST_LETTERS = 200  # of a clip's id
OTHERS_WORDS = (
    OSError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
)  # in which h5py and numpy say that a file is damaged
EXPECTED = (
    "expected groups train and validation, each with features (and their attribute feature_dim), "
    "labels and uids"
)


class FeaturesFileError(ValueError):
    """A file of features that cannot be read, or should not be.

    Attributes:
        file: which.
        why: what was expected and what came.
    """

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(file, why)
        self.file = file
        self.why = why

    def __str__(self) -> str:
        return f"{self.file}{self.why}"


@dataclass(frozen=True)
class FeaturesOfSplit:
    """The features of a split's clips, read when they are asked for.

    Attributes:
        dim: the length of one frame's features.
        uids: of all clips, "" where there is none.
        labels: (clip,), class indices; None where they are not known.
        read: clips → each one's (frame, feature).
    """

    dim: int
    uids: list[str]
    labels: np.ndarray | None
    read: Callable[[Sequence[int]], list[np.ndarray]]


@contextmanager
def opened(file: Path) -> Iterator[Mapping[str, FeaturesOfSplit]]:
    """The splits that a file has features of, by name.

    Raises:
        FeaturesFileError: there are none, or the file is damaged or reaches for others.

    Example:
        with opened(Path("trn.hdf")) as splits:
            splits["validation"].read([0, 1])
    """
    reader = _Reader(file)
    with apart(reader.answer, n_bytes=MOST_MEMORY, seconds=MOST_SECONDS) as process:

        def ask(name: str, clips: Sequence[int]) -> Any:
            try:
                return process((name, [int(clip) for clip in clips]))
            except ReaderError as error:
                raise FeaturesFileError(file, f" is damaged ({error}). Fetch it again.") from error

        yield {
            name: FeaturesOfSplit(dim, uids, labels, partial(ask, name))
            for name, (dim, uids, labels) in ask("", []).items()
        }


class _Reader:
    """What the process that reads a file does; nothing of the file is open before it is asked."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.splits: dict[str, _Split] = {}

    def answer(self, question: tuple[str, list[int]]) -> Any:
        """What the file has of each split, for the question ("", []); clips' rows for another."""
        name, clips = question
        with _telling(self.file):
            if name:
                return [self.splits[name].rows(clip) for clip in clips]
            self.splits = _open(self.file)
            return {
                name: (split.dim, split.uids, split.labels) for name, split in self.splits.items()
            }


@dataclass(frozen=True)
class _Split:
    file: Path
    features: h5py.Dataset
    dim: int
    uids: list[str]
    labels: np.ndarray | None

    def rows(self, clip: int) -> np.ndarray:
        """The features of a clip: (frame, feature)."""
        numbers = np.asarray(self.features[clip])
        if numbers.size % self.dim or numbers.nbytes > MOST_BYTES:
            raise FeaturesFileError(
                self.file,
                f": clip {self.uids[clip]} has {numbers.size:,} numbers, which are no rows of "
                f"feature_dim={self.dim:,} numbers of at most {MOST_BYTES >> 20} MB together.",
            )
        return numbers.reshape(-1, self.dim)


def _open(file: Path) -> dict[str, _Split]:
    try:
        root = h5py.File(file, "r", locking=False)
    except OTHERS_WORDS as error:
        raise FeaturesFileError(
            file,
            f" is not a readable HDF5 file ({_first_line(error)}). Name one that "
            "extract_features.py wrote.",
        ) from error
    names = list(root)
    groups = {name: _inside(file, root, name) for name in names}
    if not groups or not all(_is_of_features(file, node) for node in groups.values()):
        raise FeaturesFileError(file, f": {EXPECTED}, got {names}.")
    return {name: _split_in(file, name, group) for name, group in groups.items()}


def _split_in(file: Path, name: str, group: h5py.Group) -> _Split:
    features = _inside(file, group, "features")
    uids = _inside(file, group, "uids")
    dim = np.asarray(features.attrs["feature_dim"])
    if dim.size != 1 or dim.dtype.kind not in "iu" or int(dim.item()) < 1:
        raise FeaturesFileError(
            file, f": expected feature_dim of {name} to be a whole number of at least 1, got {dim}."
        )
    _require_numbers(file, name, features)
    n_clips = int(features.shape[0])
    if uids.shape != (n_clips,):
        raise FeaturesFileError(
            file, f": {n_clips:,} clips of {name} have features, and uids are {uids.shape}."
        )
    labels = None
    if "labels" in group:
        labels = _labels(file, name, _inside(file, group, "labels"), n_clips)
    return _Split(file, features, int(dim.item()), _texts(file, name, uids), labels)


def _require_numbers(file: Path, name: str, features: h5py.Dataset) -> None:
    """That features are floats of a bounded size, by what the file declares."""
    vector = h5py.check_vlen_dtype(features.dtype)
    dtype = features.dtype if vector is None else np.dtype(vector)
    n_axes = len(features.shape or ())
    right_axes = n_axes == 1 if vector is not None else n_axes in (2, 3)
    if dtype.kind != "f" or not right_axes:
        raise FeaturesFileError(
            file,
            f": expected features of {name} to be (clip,) of float vectors, or (clip, frame, "
            f"feature) of floats, got {features.shape} of {features.dtype}.",
        )
    n_bytes = math.prod(features.shape[1:]) * dtype.itemsize
    if features.shape[0] > MOST_CLIPS or n_bytes > MOST_BYTES:
        raise FeaturesFileError(
            file,
            f": features of {name} declare {features.shape}: expected at most {MOST_CLIPS:,} "
            f"clips, of at most {MOST_BYTES >> 20} MB each.",
        )


def _texts(file: Path, name: str, uids: h5py.Dataset) -> list[str]:
    if h5py.check_string_dtype(uids.dtype) is None or uids.dtype.itemsize > MOST_LETTERS:
        raise FeaturesFileError(
            file, f": expected uids of {name} to be text, as the dataset's are, got {uids.dtype}."
        )
    texts: list[str] = []
    # a few at a time: many may share one that is long, and each is read anew
    for start in range(0, len(uids), 256):
        texts += [str(uid) for uid in uids.asstr()[start : start + 256]]
        if max(map(len, texts[start:])) > MOST_LETTERS:
            raise FeaturesFileError(file, f": a uid of {name} has more than {MOST_LETTERS} letters")
    return texts


def _labels(file: Path, name: str, labels: h5py.Group, n_clips: int) -> np.ndarray | None:
    if not isinstance(labels, h5py.Group):
        raise FeaturesFileError(file, f": expected labels of {name} to be a group.")
    names = [label for label in ("action", "label") if label in labels]
    if not names:
        return None
    indices = _inside(file, labels, names[0])
    if indices.shape != (n_clips,) or indices.dtype.kind not in "iu":
        raise FeaturesFileError(
            file,
            f": expected labels of {name} to be {n_clips:,} whole numbers, got {indices.shape} of "
            f"{indices.dtype}.",
        )
    return np.asarray(indices[:])


def _is_of_features(file: Path, group: h5py.Group | h5py.Dataset) -> bool:
    if not isinstance(group, h5py.Group) or not {"features", "uids"} <= group.keys():
        return False
    features = _inside(file, group, "features")
    return isinstance(features, h5py.Dataset) and "feature_dim" in features.attrs


def _inside(file: Path, group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """A member of a group that lies in the file itself, with all of its bytes."""
    link = group.get(name, getlink=True)
    # before it is followed, which would open the other file
    if not isinstance(link, h5py.HardLink):
        raise FeaturesFileError(file, f": {name} is a link to elsewhere, which is not followed.")
    node = group[name]
    if isinstance(node, h5py.Dataset):
        if node.external is not None:
            reason = f": the bytes of {name} lie in other files, which are not read."
            raise FeaturesFileError(file, reason)
        if node.is_virtual:
            reason = f": {name} is made up of other datasets, which are not read."
            raise FeaturesFileError(file, reason)
        if node.chunks and math.prod(node.chunks) * node.dtype.itemsize > MOST_CHUNK:
            reason = f": {name} declares chunks of {node.chunks}, which are too large to be read."
            raise FeaturesFileError(file, reason)
    return node


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    try:
        yield
    except FeaturesFileError:
        raise
    except OTHERS_WORDS as error:
        reason = f" is damaged ({_first_line(error)}). Fetch it again."
        raise FeaturesFileError(file, reason) from error


def _first_line(error: BaseException) -> str:
    """What the library says, without the control characters that it may quote from the file."""
    return ascii(str(error).partition("\n")[0])[1:-1] or type(error).__name__
