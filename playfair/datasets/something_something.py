"""Something-Something v2 in the layout it ships in: every split's clips, their classes and videos.

    <root>/labels/{labels,train,validation,test}.json, test-answers.csv   or, of the earlier generation:
    <root>/[labels/]something-something-v2-{labels,train,validation,test}.json
    <root>/20bn-something-something-v2/<uid>.webm
    <root>/labels/evidence.json   ours, where the truth is known: {uid: [start, stop]}, the decisive frames

A clip's class is labels[template without brackets]; labels.json gives the index as a string.
"""

import csv
import difflib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

VIDEO_FOLDER = "20bn-something-something-v2"
UNKNOWN_CLASS = -1
DOCTOR = "experiment=doctor says what else is wrong, and what to type"
SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Split:
    """The clips of one split, in the order of its label file; columns, so 168,913 clips take 5 MB.

    `uids: (clip,) str`; `targets: (clip,) int64`, class indices, UNKNOWN_CLASS (-1) for a test clip without
    an answer.

    >>> Split("train", np.array(["78687"]), np.array([41]))
    Split(name='train', uids=array(['78687'], dtype='<U5'), targets=array([41]))
    """

    name: str
    uids: NDArray[np.str_]
    targets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.uids)


@dataclass(frozen=True)
class SomethingSomething:
    """A dataset folder. Made by `open_dataset`; label files are read when they are asked for.

    >>> dataset = open_dataset("ssv2")  # doctest: +SKIP
    >>> dataset.class_names[dataset.split("validation").targets[0]]  # doctest: +SKIP
    'Holding something next to something'
    """

    root: Path
    class_names: tuple[str, ...]
    videos: bool = (
        True  # whether the clips must be there; labels suffice where features are imported
    )

    def split(self, name: str) -> Split:
        """The clips of "train", "validation" or "test". Raises ValueError on bad labels or missing videos.

        >>> len(open_dataset("ssv2").split("train"))  # doctest: +SKIP
        168913
        """
        if name not in ("train", "validation", "test"):
            raise ValueError(f'expected split "train", "validation" or "test", got {name!r}')
        split = _read_split(self, name)
        if self.videos:
            _check_videos(self.root, split.uids, label_file(self.root, name))
        return split

    def clip(self, uid: str) -> Path:
        """Where the clip's video is.

        >>> open_dataset("ssv2").clip("78687")  # doctest: +SKIP
        PosixPath('ssv2/20bn-something-something-v2/78687.webm')
        """
        return self.root / VIDEO_FOLDER / f"{uid}.webm"

    def prior(self) -> NDArray[np.float64]:
        """Training-set class frequencies, what a model knows without any frame: `(class,)`, probability.

        >>> float(open_dataset("ssv2").prior().sum())  # doctest: +SKIP
        1.0
        """
        targets = _read_split(
            self, "train"
        ).targets  # the labels suffice: the training videos may be elsewhere
        if len(targets) == 0:
            raise ValueError(
                f"{label_file(self.root, 'train')}: no clips, so the class prior is unknown"
            )
        return np.bincount(targets, minlength=len(self.class_names)) / len(targets)

    def evidence(self) -> dict[str, tuple[int, int]]:
        """The frames [start, stop) that decide a clip's class, by uid; {} where the truth is not known.

        >>> open_dataset("synthetic").evidence()["600"]  # doctest: +SKIP
        (7, 31)
        """
        path = self.root / "labels" / "evidence.json"
        if not path.exists():
            return {}
        return {uid: (int(start), int(stop)) for uid, (start, stop) in read_json(path).items()}

    name = "x"

    def twins(self) -> NDArray[np.int64]:
        from playfair.datasets.twins import time_reversed_twins

        return time_reversed_twins(list(self.class_names))

    def identity(self) -> str:
        digest = hashlib.sha256()
        for name in ("labels", "train", "validation"):
            digest.update(label_file(self.root, name).read_bytes())
        digest.update(json.dumps(self.evidence(), sort_keys=True).encode())
        return digest.hexdigest()

    def fingerprint(self) -> str:
        """Which data this is, wherever it lies: SHA-256 of the label files and of 64 clips' names and sizes.

        >>> open_dataset("ssv2").fingerprint()[:8]  # doctest: +SKIP
        '3f1c0a52'
        """
        digest = hashlib.sha256()
        uids = []
        for name in ("labels", "train", "validation"):
            path = label_file(self.root, name)
            digest.update(path.read_bytes())
            uids += [str(entry["id"]) for entry in _read_entries(path)] if name != "labels" else []
        uids.sort()
        for uid in uids[:: max(1, len(uids) // 64)][:64]:
            digest.update(f"{uid} {_size(self.clip(uid))}\n".encode())
        return digest.hexdigest()


def open_dataset(root: str | Path, videos: bool = True) -> SomethingSomething:
    """Open a folder laid out as Something-Something v2 ships. Raises ValueError saying what is missing.

    videos: whether the clips must be there too.

    >>> len(open_dataset("ssv2").class_names)  # doctest: +SKIP
    174
    """
    root = Path(root)
    layout = f"expected {VIDEO_FOLDER}/<id>.webm and labels/{{labels,train,validation}}.json in it"
    if not root.is_dir():
        raise ValueError(
            f"{root}: no such folder; {layout}. Name the dataset's folder with dataset.root=FOLDER"
        )
    if not any(root.iterdir()):
        raise ValueError(
            f"{root}: the folder is empty; {layout}. Name the dataset's folder with dataset.root=FOLDER"
        )
    folder = root / VIDEO_FOLDER
    if videos and (not folder.is_dir() or not any(folder.iterdir())):
        raise ValueError(f"{root}: no videos; {layout}. Unpack the clips to {folder}. {DOCTOR}")
    return SomethingSomething(root, read_class_names(label_file(root, "labels")), videos)


def label_file(root: Path, name: str) -> Path:
    names = (
        f"labels/{name}.json",
        f"labels/something-something-v2-{name}.json",
        f"something-something-v2-{name}.json",
    )
    for candidate in names:
        if (root / candidate).is_file():
            return root / candidate
    raise ValueError(
        f"{root}: no {name} file; put one of these there: {', '.join(names)}. {DOCTOR}"
    )


def read_json(path: Path) -> Any:
    try:
        return json.loads(
            path.read_text(encoding="utf-8-sig")
        )  # some editors begin a file with a mark
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
        raise ValueError(f"{path}: not readable as JSON ({error}); fetch the file again") from error


def read_class_names(path: Path) -> tuple[str, ...]:
    labels = read_json(path)
    if not isinstance(labels, dict) or not labels:
        raise ValueError(
            f'{path}: expected {{"template without brackets": "index", …}}, got {_shown(labels)}'
        )
    try:
        names = {int(index): template for template, index in labels.items()}
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: every index must be a whole number, as a string ({error})"
        ) from error
    if sorted(names) != list(range(len(labels))):
        odd = sorted(set(names) - set(range(len(labels)))) or "an index given twice"
        raise ValueError(
            f"{path}: {len(labels)} classes must be numbered 0 to {len(labels) - 1} once each; got {odd}"
        )
    return tuple(names[i] for i in range(len(names)))


def _read_entries(path: Path) -> list[dict[str, Any]]:
    entries = read_json(path)
    if not isinstance(entries, list):
        raise ValueError(
            f'{path}: expected a list of {{"id": …, "template": …}}, got {_shown(entries)}'
        )
    for entry in entries:
        if not isinstance(entry, dict) or "id" not in entry:
            raise ValueError(f'{path}: every clip needs an "id"; got {_shown(entry)}')
    return entries


def _template(entry: dict[str, Any], path: Path) -> str:
    template = entry.get("template")
    if not isinstance(template, str):
        raise ValueError(f'{path}: every clip needs a "template"; got {_shown(entry)}')
    return template.replace("[", "").replace("]", "")


def _read_split(dataset: SomethingSomething, name: str) -> Split:
    path = label_file(dataset.root, name)
    entries = _read_entries(path)
    uids = np.array([str(entry["id"]) for entry in entries], dtype=np.str_)
    unique, counts = np.unique(uids, return_counts=True)
    if len(unique) < len(uids):
        raise ValueError(
            f"{path}: clip ids must be unique; given more than once: {_some(unique[counts > 1])}"
        )
    templates = (
        _test_templates(dataset.root, uids)
        if name == "test"
        else [_template(e, path) for e in entries]
    )
    index = {class_name: i for i, class_name in enumerate(dataset.class_names)}
    for uid, template in zip(uids, templates, strict=True):
        if template is not None and template not in index:
            raise ValueError(
                f"{path}: clip {uid} has the template {template!r}, {not_a_class(template, index)}"
            )
    targets = [UNKNOWN_CLASS if template is None else index[template] for template in templates]
    return Split(name, uids, np.array(targets, dtype=np.int64))


def _test_templates(root: Path, uids: NDArray[np.str_]) -> list[str | None]:
    """The test clips' classes: published apart as `id;template`, and in the later release only."""
    path = root / "labels" / "test-answers.csv"
    if not path.is_file():
        return [None] * len(uids)
    with path.open(encoding="utf-8", newline="") as file:
        answers = {row[0]: row[1] for row in csv.reader(file, delimiter=";") if len(row) == 2}
    return [answers.get(str(uid)) for uid in uids]


def _check_videos(root: Path, uids: NDArray[np.str_], path: Path) -> None:
    present = set(os.listdir(root / VIDEO_FOLDER))  # one pass: 200,000 separate looks take seconds
    if missing := [str(uid) for uid in uids if f"{uid}.webm" not in present]:
        raise ValueError(
            f"{root / VIDEO_FOLDER}: {len(missing):,} of the {len(uids):,} clips in {path.name} lack a video "
            f"({_some(missing)}); unpack the videos completely, or take these clips out of {path}. {DOCTOR}"
        )


def not_a_class(template: str, classes: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(template, classes, n=1, cutoff=0.0)
    return f"which labels.json does not have; the nearest class there is {nearest[0]!r}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _some(items: Iterable[object], n: int = 5) -> str:
    shown = [str(item) for item in items]
    return ", ".join(shown[:n]) + (", …" if len(shown) > n else "")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
