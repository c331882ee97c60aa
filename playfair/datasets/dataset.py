"""What a dataset is: clips in splits, their classes, and what is known about both.

A dataset of one's own is one file with a class that has these members and a function
`open_dataset(root, videos=True)` that makes it, and one YAML in `conf/dataset` that names the
function.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from playfair.video.segment import Segment

SplitName = Literal["train", "validation", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = get_args(SplitName)
UNKNOWN_CLASS = -1


class DatasetError(ValueError):
    """A dataset is not what it should be; derived types say in which way."""


class PathError(DatasetError):
    """A file or a folder that is not what it should be; derived types say of what it is.

    Attributes:
        path: where it lies.
        reason: what was expected, what came, and what to type.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class UnknownSplitError(DatasetError):
    """A split was asked for that no dataset has."""

    def __init__(self, name: object) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f'expected split "train", "validation" or "test", got {self.name!r}'


@dataclass(frozen=True)
class Split:
    """The clips of one split, in the order of its labels; columns, so that 168,913 clips take 5 MB.

    Attributes:
        name: "train", "validation" or "test".
        uids: names of the clips, (clip,) str.
        targets: class indices, (clip,) int64; UNKNOWN_CLASS (-1) for a clip without an answer.

    Raises:
        DatasetError: uids and targets are not of one length.

    Example:
        >>> Split("train", np.array(["78687"]), np.array([41]))
        Split(name='train', uids=array(['78687'], dtype='<U5'), targets=array([41]))
    """

    name: str
    uids: NDArray[np.str_]
    targets: NDArray[np.int64]

    def __post_init__(self) -> None:
        n_uids = np.shape(self.uids)
        n_targets = np.shape(self.targets)
        if len(n_uids) != 1 or n_uids != n_targets:
            raise DatasetError(
                f"the {self.name} split's uids and targets must be (clip,) both, "
                f"got {n_uids} and {n_targets}"
            )

    def __len__(self) -> int:
        return len(self.uids)

    def identity(self) -> str:
        """SHA-256 of the clips' names and classes, in their order, as hexadecimal digits.

        Example:
            >>> Split("train", np.array(["78687"]), np.array([41])).identity()[:8]
            '99bfffef'
        """
        uids = "\n".join(self.uids.tolist())
        targets = np.ascontiguousarray(self.targets, dtype="<i8")
        digest = hashlib.sha256(f"{self.name}\n{len(self)}\n{uids}\n".encode())
        digest.update(targets.tobytes())
        return digest.hexdigest()


@runtime_checkable
class Dataset(Protocol):
    """Clips and their classes, wherever they lie. Nothing else is known of a dataset anywhere."""

    @property
    def name(self) -> str:
        """What its outputs are filed under."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of every class, by class index."""
        ...

    def split(self, name: SplitName, /) -> Split:
        """The clips of a split. Raises a ValueError that says what is wrong with it."""
        ...

    def prior(self) -> NDArray[np.float64]:
        """What a model knows without any frame: class frequencies while training, (class,)."""
        ...

    def clip(self, uid: str, /) -> Path | Segment:
        """Where a clip is: a file that FFmpeg reads, a folder of pictures, or a part of either."""
        ...

    def media_type(self, uid: str, /) -> str:
        """What a browser is told that the clip is, as "video/webm"."""
        ...

    def evidence(self) -> Mapping[str, tuple[int, int]]:
        """The frames [start, stop) that decide a clip's class, by uid; {} where it is not known."""
        ...

    def twins(self) -> NDArray[np.int64]:
        """Each class's twin, which is this class played backwards, or -1: (class,)."""
        ...

    def identity(self) -> str:
        """Which data this is: a hash of labels and evidence; no path, time or clip changes it."""
        ...


def identity_of(
    class_names: Sequence[str],
    splits: Iterable[Split],
    evidence: Mapping[str, tuple[int, int]],
) -> str:
    """An identity for a dataset of one's own: SHA-256 of all that it says of its clips.

    Args:
        class_names: the name of every class, by class index.
        splits: those that something is learnt from.
        evidence: decisive frames [start, stop) by uid; {} where they are not known.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> split = Split("train", np.array(["wave"]), np.array([0]))
        >>> identity_of(["Waving"], [split], {})[:8]
        'c990bb56'
    """
    lines = [repr(tuple(map(str, class_names)))]
    lines += [split.identity() for split in splits]
    lines += [f"{uid} {start} {stop}" for uid, (start, stop) in sorted(evidence.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
