"""Something-Something's label files: where they lie, and how one is read.

    <root>/labels/{labels,train,validation,test}.json, test-answers.csv
    <root>/[labels/]something-something-v2-{labels,train,validation,test}.json   the earlier release
    <root>/labels/evidence.json   ours, where the truth is known: {uid: [start, stop]}

What they hold is read by `labels`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from reprlib import Repr
from typing import Any, NamedTuple

from playfair.datasets.dataset import DatasetError, PathError

LABEL_FILES = ("labels", "train", "validation", "test")
MOST_BYTES = 1 << 29  # of a label file; Something-Something's largest has 31 MB
MOST_LETTERS = 200  # of a clip's id: a file is named after it
ANSWERS = "test-answers.csv"
EARLIER = "something-something-v2-"
DOCTOR = "experiment=doctor says what else is wrong, and what to type"
# Looks at no more of a value than it shows: it may be large, and brackets within brackets.
_SHORT = Repr()
_SHORT.maxlevel = 3
_SHORT.maxstring = 160
_SHORT.maxlong = 80
_SHORT.maxother = 160


class LabelsError(PathError):
    """A label file that does not hold what it should."""


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


# Of the bytes: 31 MB of labels take 0.04 s to hash, and 0.4 s to parse.
@lru_cache(maxsize=32)
def digest_of(file: FileVersion) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    return hashlib.sha256(file.path.read_bytes()).hexdigest()


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
    """Where the test clips' classes are: in the later release only, or beside the labels' folder."""
    usual = root / "labels" / ANSWERS
    beside = root / ANSWERS
    return beside if beside.is_file() and not usual.is_file() else usual


def evidence_file(root: Path) -> Path:
    """Where the decisive frames are, if they are known."""
    return root / "labels" / "evidence.json"


def read_json(path: Path) -> Any:
    """A file's content. Raises LabelsError, whatever is in the file."""
    try:
        # Some editors begin a file with a mark, which "utf-8" would not read.
        text = read_bounded(path).decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_without_repeats)
    except LabelsError:
        raise
    except RecursionError as error:
        reason = "not readable as JSON (brackets within brackets, too deep); fetch the file again"
        raise LabelsError(path, reason) from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
        raise LabelsError(path, f"not readable as JSON ({error}); fetch the file again") from error


def read_bounded(path: Path) -> bytes:
    """All of a file that is no larger than a label file can be. Raises LabelsError."""
    try:
        with path.open("rb") as file:
            # by what is read and not by a size that is declared: a pipe has none
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LabelsError(path, f"cannot be read ({error.strerror or error})") from error
    if len(content) > MOST_BYTES:
        reason = f"expected at most {MOST_BYTES >> 20} MB, which no label file needs; got more"
        raise LabelsError(path, reason)
    return content


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, of which each name stands there once: the last would win unsaid."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {excerpt(repeated)} stands there more than once in one object")
    return content


def uid_in(entry: Mapping[str, Any], path: Path) -> str:
    """A clip's id, which a file can be named after within a folder, and nowhere else.

    Raises:
        LabelsError: it is no text or whole number, or names no file of a folder.

    Example:
        >>> uid_in({"id": 78687}, Path("train.json"))
        '78687'
    """
    uid = entry["id"]
    if isinstance(uid, bool) or not isinstance(uid, str | int):
        reason = f"every clip's id must be text or a whole number; got {excerpt(uid)}"
        raise LabelsError(path, reason)
    text = str(uid)
    if not 0 < len(text) <= MOST_LETTERS or "/" in text or not text.isprintable():
        reason = (
            f"a file is named after every clip's id, so it must have 1 to {MOST_LETTERS} letters, "
            f"and no slash or control character; got {excerpt(text)}"
        )
        raise LabelsError(path, reason)
    return text


def without_brackets(template: str) -> str:
    """A template as the class is named.

    Example:
        >>> without_brackets("Moving [something] up")
        'Moving something up'
    """
    return template.replace("[", "").replace("]", "")


def nearest(name: str, names: Iterable[str], likeness: float = 0.0) -> str:
    """The name that may have been meant; "" where there is none.

    Args:
        name: what came.
        names: those that there are.
        likeness: the least, from 0 to 1.

    Example:
        >>> nearest("wve", ["wave", "point"])
        'wave'
    """
    # a longer one is compared by its beginning: the comparison takes as long as both together
    return next(iter(get_close_matches(name[:200], names, n=1, cutoff=likeness)), "")


def examples(items: Iterable[object], n: int = 5) -> str:
    """The first few of many, for a message.

    Example:
        >>> examples(range(9), n=2)
        '0, 1, …'
    """
    texts = [str(item) for item in items]
    return ", ".join(texts[:n]) + (", …" if len(texts) > n else "")


def excerpt(value: object) -> str:
    r"""A value as code, cut short where it is long; control characters are escaped.

    Example:
        >>> excerpt("\x1b[2J")
        "'\\x1b[2J'"
    """
    text = _SHORT.repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
