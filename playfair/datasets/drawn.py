"""Datasets that are drawn here: what is there of one, what is missing, and what kept it from being written."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from playfair.datasets.claim import UnwritableError, add, read_spec
from playfair.datasets.clip_places import VIDEO_FOLDER, clip_name
from playfair.datasets.dataset import DatasetError
from playfair.datasets.label_files import LABEL_FILES
from playfair.datasets.processes import in_processes, n_cpus


class Plan(Protocol):
    """What a clip is drawn from."""

    @property
    def uid(self) -> str:
        """The clip's id."""


AnyPlan = TypeVar("AnyPlan", bound=Plan)


def require_least(spec: Mapping[str, int], least: Mapping[str, int]) -> None:
    """Raises DatasetError where an option is less than it can be.

    Example:
        >>> require_least({"n_train": 3}, {"n_train": 12})
        Traceback (most recent call last):
        playfair.datasets.dataset.DatasetError: expected n_train of at least 12, got n_train=3
    """
    for name, bound in least.items():
        if spec[name] < bound:
            raise DatasetError(f"expected {name} of at least {bound}, got {name}={spec[name]}")


def is_whole(
    spec_file: Path, spec: Mapping[str, Any], files: Sequence[Path], plans: Sequence[Plan]
) -> bool:
    """Whether all is there already: then nothing is written, as the folder may be another user's.

    Args:
        spec_file: the file in the dataset's folder that says what it was written with.
        spec: what is asked for.
        files: that must be there.
        plans: of the clips that must be there; none asks for no folder of clips.
    """
    if not spec_file.is_file() or read_spec(spec_file) != spec:
        return False
    if not all(file.is_file() for file in files):
        return False
    return not plans or not missing(spec_file.parent / VIDEO_FOLDER, plans)


def missing(folder: Path, plans: Sequence[AnyPlan]) -> list[AnyPlan]:
    """Plans of the clips that are not in a folder of clips, which need not be there."""
    present = set(os.listdir(folder)) if folder.is_dir() else set()
    return [plan for plan in plans if clip_name(plan.uid) not in present]


def draw_missing(
    root: Path,
    plans: Sequence[AnyPlan],
    draw: Callable[[AnyPlan], None],
    workers: int | None,
    progress: bool,
) -> None:
    """Draws the clips that are not there.

    Args:
        root: the dataset's folder.
        plans: of all its clips.
        draw: writes one clip; it and the plans are sent to processes.
        workers: processes; None: one per CPU.
        progress: whether to show a bar.
    """
    folder = root / VIDEO_FOLDER
    folder.mkdir(exist_ok=True)
    lacking = missing(folder, plans)
    workers = workers or n_cpus()
    for _ in in_processes(draw, lacking, workers=workers, what="Drawing clips", progress=progress):
        pass


def label_paths(root: Path) -> list[Path]:
    """A drawn dataset's label files, in the order in which they are written: the evidence last."""
    return [root / "labels" / f"{name}.json" for name in (*LABEL_FILES, "evidence")]


def write_labels(
    root: Path,
    class_names: Sequence[str],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    evidence: Mapping[str, Sequence[int]],
) -> None:
    """Writes the label files that are not there; the test split is empty.

    Args:
        root: the dataset's folder.
        class_names: by class index.
        entries: what is said of each clip of "train" and "validation".
        evidence: the decisive frames [start, stop) of each clip, by uid.
    """
    indices = {name: str(index) for index, name in enumerate(class_names)}
    contents = [indices, entries["train"], entries["validation"], [], evidence]
    for path, content in zip(label_paths(root), contents, strict=True):
        add(path, json.dumps(content).encode())


@contextmanager
def writing(root: Path, kind: str) -> Iterator[None]:
    """What hinders the writing within it, as an UnwritableError that says what to do.

    Args:
        root: the dataset's folder.
        kind: what is written, "synthetic dataset".

    Raises:
        UnwritableError: the folder cannot be written to, or a process that drew clips was killed.
    """
    try:
        yield
    except OSError as error:
        reason = (
            f"cannot write the {kind} there ({error.strerror or error}); make room or "
            "allow writing, or name another folder with dataset.root=FOLDER. Finished clips are "
            "kept"
        )
        raise UnwritableError(root, reason) from error
    except BrokenProcessPool as error:
        reason = (
            "a process that drew clips was killed, for want of memory perhaps. Finished clips are "
            "kept: type the same command again to continue"
        )
        raise UnwritableError(root, reason) from error
