"""What of an HDF5 file is not followed or read, and how what the library says of it is told."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

MOST_CHUNK = 1 << 30  # bytes of a chunk, which is read as a whole
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


def other_kind(file: Path) -> str:
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


def inside(file: Path, group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
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
def telling(file: Path) -> Iterator[None]:
    """Within it, what the library says of a damaged file is told with the file's name."""
    try:
        yield
    except FeaturesFileError:
        raise
    except OTHERS_WORDS as error:
        reason = f" is damaged ({first_line(error)}). Fetch it again."
        raise FeaturesFileError(file, reason) from error


def first_line(error: BaseException) -> str:
    """What the library says, without the control characters that it may quote from the file."""
    return ascii(str(error).partition("\n")[0])[1:-1] or type(error).__name__
