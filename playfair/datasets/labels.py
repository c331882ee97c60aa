"""What Something-Something's label files say: classes, clips, how often a class is, what decides.

A clip's class is labels[template without brackets]; labels.json gives the index as a string. What a
file holds is parsed once in a process, and again once the file has changed.
"""

import csv
import hashlib
import re
from collections import Counter
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.dataset import UNKNOWN_CLASS, Split, SplitName
from playfair.datasets.label_files import (
    FileVersion,
    LabelsError,
    answers_file,
    digest_of,
    evidence_file,
    examples,
    excerpt,
    label_file,
    nearest,
    read_bounded,
    read_json,
    uid_in,
    version_of,
    without_brackets,
)

MOST_FRAMES = (1 << 31) - 1  # stored as int32
_DIGITS = re.compile("[0-9]{1,9}")


def read_class_names(root: Path) -> tuple[str, ...]:
    """The names of the classes, by index. Raises DatasetError."""
    return class_names_in(version_of(label_file(root, "labels")))


@lru_cache(maxsize=8)
def class_names_in(file: FileVersion) -> tuple[str, ...]:
    """The names of the classes in a labels file, by index. Raises LabelsError."""
    labels = read_json(file.path)
    if not isinstance(labels, dict) or not labels:
        reason = f'expected {{"template without brackets": "index", …}}, got {excerpt(labels)}'
        raise LabelsError(file.path, reason)
    names = {}
    for template, index in labels.items():
        if not template.isprintable():
            reason = f"no class's name may hold control characters; got {excerpt(template)}"
            raise LabelsError(file.path, reason)
        names[_class_index(index, file.path)] = template
    indices = range(len(labels))
    if sorted(names) != list(indices):
        odd = sorted(set(names) - set(indices)) or "an index given twice"
        reason = (
            f"{len(labels)} classes must be numbered 0 to {len(labels) - 1} once each; got {odd}"
        )
        raise LabelsError(file.path, reason)
    return tuple(names[index] for index in indices)


def _class_index(index: object, path: Path) -> int:
    whole = isinstance(index, int) and not isinstance(index, bool)
    digits = isinstance(index, str) and _DIGITS.fullmatch(index)
    if not whole and not digits:
        reason = f"every index must be a whole number, as a string; got {excerpt(index)}"
        raise LabelsError(path, reason)
    return int(str(index))


def read_split(root: Path, name: SplitName, class_names: tuple[str, ...]) -> Split:
    """The clips of a split and their classes; its arrays are shared and cannot be written to.

    Raises:
        MissingLabelsError: there is no such label file.
        LabelsError: it does not hold what it should.
    """
    answers = answers_file(root)
    has_answers = name == "test" and answers.is_file()
    return _split_in(
        version_of(label_file(root, name)),
        version_of(answers) if has_answers else None,
        name,
        class_names,
    )


@lru_cache(maxsize=8)
def _split_in(
    file: FileVersion, answers: FileVersion | None, name: SplitName, class_names: tuple[str, ...]
) -> Split:
    entries = _entries(file.path)
    uids = np.array([uid_in(entry, file.path) for entry in entries], dtype=np.str_)
    repeated = _repeated(uids.tolist())
    if repeated:
        reason = f"clip ids must be unique; given more than once: {examples(repeated)}"
        raise LabelsError(file.path, reason)
    is_test = name == "test"
    templates = _answers(answers, uids) if is_test else _templates(entries, file.path)
    index = {class_name: i for i, class_name in enumerate(class_names)}
    targets = np.full(len(uids), UNKNOWN_CLASS, dtype=np.int64)
    for clip, template in enumerate(templates):
        if template is None:
            continue
        if template not in index:
            raise LabelsError(
                file.path,
                f"clip {uids[clip]} has the template {excerpt(template)}, which labels.json does "
                f"not have; the nearest class there is {nearest(template, index)!r}",
            )
        targets[clip] = index[template]
    uids.flags.writeable = False
    targets.flags.writeable = False
    return Split(name, uids, targets)


def _repeated(uids: list[str]) -> list[str]:
    """Those that stand there more than once."""
    if len(set(uids)) == len(uids):
        return []
    return [uid for uid, n in Counter(uids).items() if n > 1]


def _entries(path: Path) -> list[dict[str, Any]]:
    entries = read_json(path)
    if not isinstance(entries, list):
        reason = f'expected a list of {{"id": …, "template": …}}, got {excerpt(entries)}'
        raise LabelsError(path, reason)
    for entry in entries:
        if not isinstance(entry, dict) or "id" not in entry:
            raise LabelsError(path, f'every clip needs an "id"; got {excerpt(entry)}')
    return entries


def _templates(entries: list[dict[str, Any]], path: Path) -> list[str | None]:
    """The clips' classes, as the label file names them."""
    templates: list[str | None] = []
    for entry in entries:
        template = entry.get("template")
        if not isinstance(template, str):
            raise LabelsError(path, f'every clip needs a "template"; got {excerpt(entry)}')
        templates.append(without_brackets(template))
    return templates


def _answers(file: FileVersion | None, uids: NDArray[np.str_]) -> list[str | None]:
    """The test clips' classes: published apart, or not at all."""
    if file is None:
        return [None] * len(uids)
    answers = {row[0]: without_brackets(row[1]) for row in answer_rows(file.path) if len(row) == 2}
    return [answers.get(uid) for uid in uids.tolist()]


def answer_rows(path: Path) -> list[list[str]]:
    """The rows of the test clips' classes, `id;template` each. Raises LabelsError."""
    try:
        text = read_bounded(path).decode("utf-8-sig")
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    except LabelsError:
        raise
    except (ValueError, csv.Error) as error:  # no UTF-8, or no table
        raise LabelsError(path, f"not readable ({error}); fetch the file again") from error
    return [row for row in rows if row]


def read_prior(root: Path, class_names: tuple[str, ...]) -> NDArray[np.float64]:
    """How often each class is trained on: (class,), probability. Raises DatasetError."""
    # The labels suffice: the training videos may be elsewhere.
    file = version_of(label_file(root, "train"))
    return _prior_in(file, class_names).copy()


@lru_cache(maxsize=8)
def _prior_in(file: FileVersion, class_names: tuple[str, ...]) -> NDArray[np.float64]:
    targets = _split_in(file, None, "train", class_names).targets
    if len(targets) == 0:
        raise LabelsError(file.path, "no clips, so the class prior is unknown")
    return np.bincount(targets, minlength=len(class_names)) / len(targets)


def read_evidence(root: Path) -> dict[str, tuple[int, int]]:
    """The decisive frames [start, stop) by uid; {} where they are not known. Raises LabelsError."""
    path = evidence_file(root)
    return dict(_evidence_in(version_of(path))) if path.exists() else {}


@lru_cache(maxsize=8)
def _evidence_in(file: FileVersion) -> dict[str, tuple[int, int]]:
    content = read_json(file.path)
    if not isinstance(content, dict):
        reason = f'expected {{"uid": [start, stop], …}}, got {excerpt(content)}'
        raise LabelsError(file.path, reason)
    return {uid: _interval(uid, bounds, file.path) for uid, bounds in content.items()}


def _interval(uid: str, bounds: object, path: Path) -> tuple[int, int]:
    """The frames [start, stop) that decide a clip's class."""
    if isinstance(bounds, list) and len(bounds) == 2:
        start, stop = bounds
        numbers = type(start) is int and type(stop) is int
        if numbers and 0 <= start < stop <= MOST_FRAMES:
            return start, stop
    reason = (
        f'expected {{"uid": [start, stop], …}}, whole numbers with 0 ≤ start < stop ≤ '
        f"{MOST_FRAMES:,}; got {excerpt(bounds)} for clip {excerpt(uid)}"
    )
    raise LabelsError(path, reason)


def labels_identity(root: Path) -> str:
    """SHA-256 of classes, training and validation clips, and evidence: of what the files hold.

    The test clips are not in it: nothing is learnt from them, and their answers may come later.
    """
    files = {name: label_file(root, name) for name in ("labels", "train", "validation")}
    if evidence_file(root).exists():
        files["evidence"] = evidence_file(root)
    lines = [f"{name} {digest_of(version_of(path))}" for name, path in files.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
