"""One run makes a step at a time: locks that the system releases when their holder ends."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger("playfair")


@contextmanager
def held(path: Path, *, what: object) -> Iterator[None]:
    """Holds the lock file at `path`; waits for another run that holds it, and says so.

    Args:
        path: the lock file.
        what: what is being made meanwhile, for the message.

    Example:
        with held(Path("outputs/synthetic/.locks/dataset.lock"), what="the dataset"):
            ...
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=1)  # others look for a moment whether it is free
    except Timeout:
        log.info("waiting for another run (%s), which is making %s", _holder(path), what)
        lock.acquire()
    try:
        _note(path).write_text(_this_run(), encoding="utf-8")
        yield
    finally:
        _note(path).unlink(missing_ok=True)
        lock.release()


@contextmanager
def turn(path: Path, *, what: object, made: Callable[[], bool], rank_zero: bool) -> Iterator[None]:
    """A run's turn to make something, unless another run has made it by now: look within.

    Rank 0 holds the lock. The other ranks of its run come when it does, or when it is made.

    Args:
        path: the lock file.
        what: what is to be made, for the message.
        made: whether it is there, whole.
        rank_zero: whether this process is rank 0 of its run.
    """
    if rank_zero:
        with held(path, what=what):
            yield
        return
    while not made() and (_is_free(path) or _holder(path) != _this_run()):
        time.sleep(0.1)
    yield


def _is_free(path: Path) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path).acquire(timeout=0):
            return True
    except Timeout:
        return False


def _note(path: Path) -> Path:
    """The file beside a lock that names the run that holds it."""
    return path.with_suffix(".holder")


def _holder(path: Path) -> str:
    try:
        return _note(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return "unnamed yet"


def _this_run() -> str:
    """The same on all ranks of a run, and on those of no other."""
    places = (
        "MASTER_ADDR",
        "MASTER_PORT",
        "TORCHELASTIC_RUN_ID",
        "SLURM_JOB_ID",
        "SLURM_STEP_ID",
    )
    if "LOCAL_RANK" in os.environ or int(os.environ.get("SLURM_NTASKS", "1")) > 1:
        return "ranks of " + " ".join(os.environ.get(name, "-") for name in places)
    return f"process {os.getpid()}"
