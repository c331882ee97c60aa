"""An HDF5 file of features, opened without trusting it.

HDF5 can name bytes of any other file as its own: external storage, virtual datasets and links to
other files would let a file of features read what the user may read. All of them are refused, sizes
are bounded before anything is read, and whatever the library says of a damaged file is told with
the file's name. It is read by a process of its own, as some damaged files let the library loop for
ever, or take all memory. No lock is asked for: the file is only read, and some file systems have
none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from playfair.steps.features_groups import SplitInFile, splits_in
from playfair.steps.reader_process import ReaderError, apart
from playfair.steps.untrusted_hdf5 import FeaturesFileError, telling

MOST_MEMORY = 4 << 30  # bytes, for whoever reads the file
MOST_SECONDS = 120.0  # for the clips of a block


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
        self.splits: dict[str, SplitInFile] = {}

    def answer(self, question: tuple[str, list[int]]) -> Any:
        """What the file has of each split, for the question ("", []); clips' rows for another."""
        name, clips = question
        with telling(self.file):
            if name:
                return [self.splits[name].rows(clip) for clip in clips]
            self.splits = splits_in(self.file)
            return {
                name: (split.dim, split.uids, split.labels, split.class_names)
                for name, split in self.splits.items()
            }
