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
MOST_LETTERS = 200  # of a clip's id, or of a class's name
MOST_LABELS = 20  # kinds of labels that a file gives each clip
LABELS = ("action", "label")  # of the published code, before any other
NAMES = ("class_names", "classes")  # of what says the order of classes
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
        labels: by the file's name for them, (clip,) of class indices or of names of classes; the
            published code's first, none where there are none.
        class_names: in the order of the indices; None where the file does not say.
        read: clips → each one's (frame, feature).
    """

    dim: int
    uids: list[str]
    labels: Mapping[str, np.ndarray]
    class_names: list[str] | None
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
            name: FeaturesOfSplit(dim, uids, labels, class_names, partial(ask, name))
            for name, (dim, uids, labels, class_names) in ask("", []).items()
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
                name: (split.dim, split.uids, split.labels, split.class_names)
                for name, split in self.splits.items()
            }


@dataclass(frozen=True)
class _Split:
    file: Path
    features: h5py.Dataset
    dim: int
    uids: list[str]
    labels: dict[str, np.ndarray]
    class_names: list[str] | None

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
        why = _other_kind(file) or f" is not a readable HDF5 file ({_first_line(error)})."
        reason = f"{why} Name one that extract_features.py wrote."
        raise FeaturesFileError(file, reason) from error
    names = list(root)
    groups = {name: _inside(file, root, name) for name in names}
    # what lies beside them, such as a group of options, is left alone
    splits = {name: group for name, group in groups.items() if _is_of_features(file, group)}
    if not splits:
        raise FeaturesFileError(file, f": {EXPECTED}, got {names}.")
    return {name: _split_in(file, name, group) for name, group in splits.items()}


def _other_kind(file: Path) -> str:
    """What a file is that is no HDF5, as the end of a sentence; "" where that is not known."""
    with file.open("rb") as opened:
        beginning = opened.read(512)
    if not beginning:
        return " is empty."
    if beginning[0] == 0x80 and beginning[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return " is a pickle, which could run any code, and is not read."
    if beginning.startswith(b"PK"):
        return " is a zip archive (of torch or numpy, perhaps), no HDF5."
    if beginning.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return " is a web page."
    if beginning.startswith(b"version https://git-lfs"):
        return " is the pointer of Git LFS in its place: type git lfs pull in its repository."
    return ""


def _split_in(file: Path, name: str, group: h5py.Group) -> _Split:
    features = _inside(file, group, "features")
    uids = _inside(file, group, "uids")
    dim = _dim(file, name, features)
    _require_numbers(file, name, features)
    n_clips = int(features.shape[0])
    if uids.shape != (n_clips,):
        raise FeaturesFileError(
            file, f": {n_clips:,} clips of {name} have features, and uids are {uids.shape}."
        )
    labels: dict[str, np.ndarray] = {}
    names = _class_names(file, group)
    if "labels" in group:
        node = _inside(file, group, "labels")
        labels = _labels(file, name, node, n_clips)
        names = names or _class_names(file, node)
    names = names or _class_names(file, group.file)
    return _Split(file, features, dim, _uids(file, name, uids), labels, names)


def _dim(file: Path, name: str, features: h5py.Dataset) -> int:
    """The length of one frame's features: as the file says, or the last axis of (…, feature)."""
    if "feature_dim" not in features.attrs and len(features.shape or ()) == 3:
        return int(features.shape[2])
    if "feature_dim" not in features.attrs:
        raise FeaturesFileError(
            file,
            f": features of {name} do not say how long those of a frame are. Type, with the number "
            f"that it is: python -c \"import h5py; h5py.File('{file}', 'r+')['{name}/features']"
            ".attrs['feature_dim'] = 256\"",
        )
    dim = np.asarray(features.attrs["feature_dim"])
    if dim.size != 1 or dim.dtype.kind not in "iu" or int(dim.item()) < 1:
        raise FeaturesFileError(
            file, f": expected feature_dim of {name} to be a whole number of at least 1, got {dim}."
        )
    return int(dim.item())


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


def _uids(file: Path, name: str, uids: h5py.Dataset) -> list[str]:
    """As text; whole numbers too, which the ids of Something-Something look like."""
    if uids.dtype.kind in "iu":
        return [str(uid) for uid in uids[:].tolist()]
    if h5py.check_string_dtype(uids.dtype) is None or uids.dtype.itemsize > MOST_LETTERS:
        raise FeaturesFileError(
            file, f": expected uids of {name} to be text or whole numbers, got {uids.dtype}."
        )
    return _texts(file, f"a uid of {name}", uids)


def _texts(file: Path, what: str, dataset: h5py.Dataset) -> list[str]:
    texts: list[str] = []
    # a few at a time: many may share one that is long, and each is read anew
    for start in range(0, len(dataset), 256):
        texts += [str(text) for text in dataset.asstr()[start : start + 256]]
        if max(map(len, texts[start:])) > MOST_LETTERS:
            raise FeaturesFileError(file, f": {what} has more than {MOST_LETTERS} letters")
    return texts


def _labels(
    file: Path, name: str, labels: h5py.Group | h5py.Dataset, n_clips: int
) -> dict[str, np.ndarray]:
    """All that may be the clips' classes, by name; what else lies beside is left alone."""
    if isinstance(labels, h5py.Dataset):  # itself, of a port without names
        parts = {"labels": labels}
    else:
        names = sorted(labels, key=lambda label: (label not in LABELS, label))
        parts = {label: _inside(file, labels, label) for label in names[:MOST_LABELS]}
    indices = {}
    for label, part in parts.items():
        is_dataset = isinstance(part, h5py.Dataset)
        if is_dataset and part.shape == (n_clips,) and part.dtype.kind in "iu":
            indices[label] = np.asarray(part[:])
        elif is_dataset and part.shape == (n_clips,) and h5py.check_string_dtype(part.dtype):
            indices[label] = np.array(_texts(file, f"a label of {name}", part), object)
        elif label in LABELS or label == "labels":
            came = f"{part.shape} of {part.dtype}" if is_dataset else "a group"
            raise FeaturesFileError(
                file,
                f": expected labels of {name} to be {n_clips:,} whole numbers or names of classes, "
                f"got {came}.",
            )
    return indices


def _class_names(file: Path, node: h5py.Group | h5py.Dataset) -> list[str] | None:
    """The names of classes in the order of their indices, where a file says them."""
    for name in NAMES:
        if name in node.attrs:
            values = np.asarray(node.attrs[name])
            if values.ndim == 1 and all(isinstance(value, str | bytes) for value in values):
                return [_text(value)[:MOST_LETTERS] for value in values.tolist()]
        if isinstance(node, h5py.Group) and name in node:
            dataset = _inside(file, node, name)
            is_text = isinstance(dataset, h5py.Dataset) and h5py.check_string_dtype(dataset.dtype)
            if is_text and dataset.ndim == 1 and dataset.dtype.itemsize <= MOST_LETTERS:
                return _texts(file, "the name of a class", dataset)
    return None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_of_features(file: Path, group: h5py.Group | h5py.Dataset) -> bool:
    if not isinstance(group, h5py.Group) or not {"features", "uids"} <= group.keys():
        return False
    features = _inside(file, group, "features")
    return isinstance(features, h5py.Dataset)


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
