"""The one place that locks, resumes, verifies and logs: whatever is asked for is opened, or made."""

import logging
from pathlib import Path
from typing import Any

from playfair.steps.durable import write_json
from playfair.steps.layout import (
    MADE_FROM,
    Layout,
    NotAtHandError,
    read_record,
    require_version,
)
from playfair.steps.lock import turn
from playfair.steps.ranks import is_rank_zero
from playfair.steps.step import UNKNOWN, Step, record

log = logging.getLogger("playfair")


class NotMadeError(ValueError):
    """What was asked for is not there, and was not to be made."""


def obtain(step: Step, layout: Layout, *, build: bool = True) -> Any:
    """What a step leaves on disk, opened; made first where it is not there or was cut short.

    Every rank of a run asks at once: rank 0 holds the lock, all of them make. What is whole is
    opened without a lock and without looking at what it was made from.

    Args:
        step: what is asked for.
        layout: where outputs lie.
        build: whether it may be made.

    Raises:
        NotMadeError: it is not there, and `build` is false.
        LayoutError: what lies there cannot be read.

    Example:
        esvs = obtain(study.esvs_step(8), layout)
    """
    try:
        folder = layout.folder(step)
    except NotAtHandError:
        if not build or not step.data.provide():
            raise
        folder = layout.folder(step)
    key = str(folder)
    if key not in layout.opened:
        if not _whole(step, folder):
            if not build:
                raise NotMadeError(
                    f"There is no finished {folder}. Type: python run.py experiment=esv"
                )
            _make(step, folder, layout)
        layout.opened[key] = step.open(folder)
    return layout.opened[key]


def is_made(step: Step, layout: Layout) -> bool:
    """Whether a step is there, whole."""
    try:
        return _whole(step, layout.folder(step))
    except NotAtHandError:
        return False


def _whole(step: Step, folder: Path) -> bool:
    if not folder.exists() or not any(folder.iterdir()):
        return False
    require_version(folder, type(step))
    return step.whole(folder)


def _make(step: Step, folder: Path, layout: Layout) -> None:
    step.data.provide()
    made_from = record(step)
    if made_from["id"] == UNKNOWN:  # found by its record, but cut short, and what it needs is gone
        made_from = read_record(folder)
    for needed in step.inputs().values():  # before this one's lock is taken: each has its own
        obtain(needed, layout)
    with turn(
        layout.lock(step),
        what=folder,
        made=lambda: folder.is_dir() and step.whole(folder),
        rank_zero=is_rank_zero(),
    ):
        if folder.is_dir() and step.whole(folder):
            return
        log.info("%s: making %s", step.label, folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / MADE_FROM, made_from)  # first: what is begun says what it will be
        step.make(folder, layout)
