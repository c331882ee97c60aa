"""The groups of a file of features, one for each split, held against what is expected of them."""

import math
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from playfair.steps.untrusted_hdf5 import (
    OTHERS_WORDS,
    FeaturesFileError,
    first_line,
    inside,
    other_kind,
)

MOST_CLIPS = 10_000_000
MOST_BYTES = 1 << 28  # of a clip's features: 30,000 frames of 2,048 numbers
MOST_LETTERS = 200  # of a clip's id, or of a class's name
MOST_LABELS = 20  # kinds of labels that a file gives each clip
LABELS = ("action", "label")  # of the published code, before any other
NAMES = ("class_names", "classes")  # of what says the order of classes
EXPECTED = (
    "expected groups train and validation, each with features (and their attribute feature_dim), "
    "labels and uids"
)


@dataclass(frozen=True)
class SplitInFile:
    """A split as its file has it, which must stay open; as `features_file.FeaturesOfSplit`."""

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


def splits_in(file: Path) -> dict[str, SplitInFile]:
    """The splits that a file has features of, by name; it stays open."""
    try:
        root = h5py.File(file, "r", locking=False)
    except OTHERS_WORDS as error:
        why = other_kind(file) or f" is not a readable HDF5 file ({first_line(error)})."
        reason = f"{why} Name one that extract_features.py wrote."
        raise FeaturesFileError(file, reason) from error
    names = list(root)
    groups = {name: inside(file, root, name) for name in names}
    # what lies beside them, such as a group of options, is left alone
    splits = {name: group for name, group in groups.items() if _is_of_features(file, group)}
    if not splits:
        raise FeaturesFileError(file, f": {EXPECTED}, got {names}.")
    return {name: _split_in(file, name, group) for name, group in splits.items()}


def _split_in(file: Path, name: str, group: h5py.Group) -> SplitInFile:
    features = inside(file, group, "features")
    uids = inside(file, group, "uids")
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
        node = inside(file, group, "labels")
        labels = _labels(file, name, node, n_clips)
        names = names or _class_names(file, node)
    names = names or _class_names(file, group.file)
    return SplitInFile(file, features, dim, _uids(file, name, uids), labels, names)


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
            raise FeaturesFileError(file, f": {what} has more than {MOST_LETTERS} letters.")
    return texts


def _labels(
    file: Path, name: str, labels: h5py.Group | h5py.Dataset, n_clips: int
) -> dict[str, np.ndarray]:
    """All that may be the clips' classes, by name; what else lies beside is left alone."""
    if isinstance(labels, h5py.Dataset):  # itself, of a port without names
        parts = {"labels": labels}
    else:
        names = sorted(labels, key=lambda label: (label not in LABELS, label))
        parts = {label: inside(file, labels, label) for label in names[:MOST_LABELS]}
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
            dataset = inside(file, node, name)
            is_text = isinstance(dataset, h5py.Dataset) and h5py.check_string_dtype(dataset.dtype)
            if is_text and dataset.ndim == 1 and dataset.dtype.itemsize <= MOST_LETTERS:
                return _texts(file, "the name of a class", dataset)
    return None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_of_features(file: Path, group: h5py.Group | h5py.Dataset) -> bool:
    if not isinstance(group, h5py.Group) or not {"features", "uids"} <= group.keys():
        return False
    features = inside(file, group, "features")
    return isinstance(features, h5py.Dataset)
