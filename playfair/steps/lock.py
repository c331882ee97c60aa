"""One writer at a time: locks that the system releases when their holder ends, however it ends."""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

log = logging.getLogger("playfair")


class BusyError(ValueError):
    """Another run is writing the same artefact."""


@contextmanager
def held(path: Path, *, wait: bool) -> Iterator[None]:
    """Holds the lock file at `path`; `wait` until it is free, or refuse.

    Raises:
        BusyError: someone else holds it and `wait` is false.

    Example:
        with held(Path("frames-08.zarr.lock"), wait=False):
            ...
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        if wait:
            fcntl.flock(file, fcntl.LOCK_EX)
        elif not _taken(file):
            raise BusyError(
                f"Another run is writing {path.with_suffix('')}. Wait for it to end, or name another folder with "
                "paths.outputs=FOLDER."
            )
        file.truncate(0)
        file.write(_this_run())
        file.flush()
        yield


def wait_for_others(path: Path) -> None:
    """Returns once no other run holds the lock file at `path`; every rank of a run may ask, while its rank 0 holds it.

    What another run has just finished is then there to be loaded, and not made twice.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    told = False
    while _holder(path) not in (None, _this_run()):
        if not told:
            log.info("waiting for another run, which is writing %s", path.with_suffix(""))
            told = True
        time.sleep(0.5)


@contextmanager
def turn(path: Path, *, made: Callable[[], bool], rank_zero: bool) -> Iterator[None]:
    """A run's turn to make what the lock file at `path` is for, unless another has made it by now: look within.

    Rank 0 holds the lock, and the other ranks of its run come when it does, or when `made`: so all see the same.

    Example:
        with turn(Path("video.lock"), made=Path("video.pt").exists, rank_zero=is_rank_zero()):
            if not Path("video.pt").exists(): ...
    """
    wait_for_others(path)
    if rank_zero:
        with held(path, wait=True):
            yield
    else:
        while _holder(path) != _this_run() and not made():
            time.sleep(0.1)
        yield


def _holder(path: Path) -> str | None:
    """The run that holds the lock file at `path`; None where it is free."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            return path.read_text(encoding="utf-8")


def _taken(file: TextIO, seconds: float = 1.0) -> bool:
    """Takes the lock; not at once where `wait_for_others` holds it for a moment to see whether it is free."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)


def _this_run() -> str:
    """The same on all ranks of a run, and on those of no other."""
    places = ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "SLURM_JOB_ID", "SLURM_STEP_ID")
    if "LOCAL_RANK" in os.environ or int(os.environ.get("SLURM_NTASKS", "1")) > 1:
        return " ".join(os.environ.get(name, "-") for name in places)
    return f"process {os.getpid()}"
