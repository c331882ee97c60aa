"""Something-Something's label files: where they lie, and how one is read.

    <root>/labels/{labels,train,validation,test}.json, test-answers.csv
    <root>/[labels/]something-something-v2-{labels,train,validation,test}.json   the earlier release
    <root>/labels/evidence.json   ours, where the truth is known: {uid: [start, stop]}

What they hold is read by `labels`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from playfair.datasets.dataset import DatasetError

LABEL_FILES = ("labels", "train", "validation", "test")
EARLIER = "something-something-v2-"
DOCTOR = "experiment=doctor says what else is wrong, and what to type"


class LabelsError(DatasetError):
    """A label file that does not hold what it should.

    Attributes:
        path: the file.
        reason: what was expected and what came.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class MissingLabelsError(DatasetError):
    """A label file that is not there.

    Attributes:
        root: the dataset's folder.
        name: "labels", "train", "validation" or "test".
    """

    def __init__(self, root: Path, name: str) -> None:
        super().__init__(root, name)
        self.root = root
        self.name = name

    def __str__(self) -> str:
        places = ", ".join(label_places(self.name))
        return f"{self.root}: no {self.name} file; put one of these there: {places}. {DOCTOR}"


class FileVersion(NamedTuple):
    """A file as it is now: what the parsed content is remembered by."""

    path: Path
    n_bytes: int
    changed: int  # time, ns


def version_of(path: Path) -> FileVersion:
    status = path.stat()
    return FileVersion(path.resolve(), status.st_size, status.st_mtime_ns)


def label_places(name: str) -> tuple[str, str, str]:
    """Where a label file may lie within the dataset's folder; the first that is there is read.

    Example:
        >>> label_places("train")[1]
        'labels/something-something-v2-train.json'
    """
    return f"labels/{name}.json", f"labels/{EARLIER}{name}.json", f"{EARLIER}{name}.json"


def label_file(root: Path, name: str) -> Path:
    """The label file of that name. Raises MissingLabelsError."""
    for place in label_places(name):
        if (root / place).is_file():
            return root / place
    raise MissingLabelsError(root, name)


def answers_file(root: Path) -> Path:
    """Where the test clips' classes are: in the later release only."""
    return root / "labels" / "test-answers.csv"


def evidence_file(root: Path) -> Path:
    """Where the decisive frames are, if they are known."""
    return root / "labels" / "evidence.json"


def read_json(path: Path) -> Any:
    """A file's content. Raises LabelsError."""
    try:
        # Some editors begin a file with a mark, which "utf-8" would not read.
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
        raise LabelsError(path, f"not readable as JSON ({error}); fetch the file again") from error


def without_brackets(template: str) -> str:
    """A template as the class is named.

    Example:
        >>> without_brackets("Moving [something] up")
        'Moving something up'
    """
    return template.replace("[", "").replace("]", "")


def examples(items: Iterable[object], n: int = 5) -> str:
    """The first few of many, for a message.

    Example:
        >>> examples(range(9), n=2)
        '0, 1, …'
    """
    texts = [str(item) for item in items]
    return ", ".join(texts[:n]) + (", …" if len(texts) > n else "")


def excerpt(value: object) -> str:
    """A value as code, cut short where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
