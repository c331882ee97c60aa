"""One run makes a step at a time: whoever waits says for whom, and since when."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playfair.steps.lock_file import Holder, LockFile
from playfair.steps.place import in_distributed_run

log = logging.getLogger("playfair")

LOOK_EVERY = 0.1  # seconds
QUIETLY = 1.0  # seconds that are waited without a word: others look whether it is free
SAY_EVERY = 600.0  # seconds of waiting after which it is said again


@contextmanager
def held(path: Path, *, what: object, remove: bool = False) -> Iterator[None]:
    """Holds the lock file at `path`; waits for whoever else holds it, and says for whom.

    Args:
        path: the lock file.
        what: what is being made meanwhile, for the message.
        remove: whether the file goes when it is let go of.

    Example:
        with held(Path("outputs/synthetic/.locks/dataset.lock"), what="the dataset"):
            ...
    """
    lock = LockFile(path, _this_run())
    began = time.monotonic()
    told_of = ""
    next_word = began + QUIETLY
    while not lock.acquire():
        now = time.monotonic()
        holder = _named(lock.holder())
        if now >= next_word or (told_of and told_of != holder):
            told_of = holder
            next_word = now + SAY_EVERY
            minutes = int((now - began) / 60)
            so_far = f" ({minutes} min so far)" if minutes else ""
            log.info("waiting for %s, which is making %s%s", holder, what, so_far)
        time.sleep(LOOK_EVERY)
    try:
        yield
    finally:
        lock.release(remove=remove)


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
    while not made() and not _rank_zero_came(path):
        time.sleep(LOOK_EVERY)
    yield


def _rank_zero_came(path: Path) -> bool:
    lock = LockFile(path, _this_run())
    if lock.acquire(named=False):
        lock.release()
        return False
    holder = lock.holder()
    return holder is not None and holder.run == _this_run()


def _named(holder: Holder | None) -> str:
    """Whom we wait for: the ranks of a run are one run."""
    if holder is None:
        return "another run (not named yet)"
    others = "another rank of this run" if holder.run == _this_run() else "another run"
    return f"{others} ({holder})"


def _this_run() -> str:
    """The same on all ranks of a run, and on those of no other."""
    places = (
        "MASTER_ADDR",
        "MASTER_PORT",
        "TORCHELASTIC_RUN_ID",
        "SLURM_JOB_ID",
        "SLURM_STEP_ID",
    )
    if in_distributed_run():
        return "ranks of " + " ".join(os.environ.get(name, "-") for name in places)
    return f"process {os.getpid()}"
