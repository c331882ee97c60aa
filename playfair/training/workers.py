"""Data workers: processes that load batches, and hand them over by shared memory or by a pipe.

PyTorch's loader hands every tensor over in shared memory. Where there is none left (Docker gives a
container 64 MB, `ulimit -f` bounds a file), the thread of a worker that does so fails, nobody is
told, and the loader waits for ever. Here a worker takes the memory itself, where it can fail: what
does not fit goes through the pipe that its messages go through, more slowly.
"""

import logging
import multiprocessing
import os
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, get_worker_info

log = logging.getLogger("playfair")

SHARED = "/dev/shm"
ROOM = 1 << 30  # bytes that have to be free; a block of frames takes 190 MB
SMALL = 1 << 16  # bytes of a tensor that are not worth a piece of shared memory
SAY_EVERY = 60  # seconds without a batch
MOST_SILENCE = 15  # times that it is said before the run ends


class DataWorkerError(ChildProcessError):
    """Data workers that do not load anything any more.

    Attributes:
        minutes: for which they were waited for.
    """

    def __init__(self, minutes: float) -> None:
        super().__init__(minutes)
        self.minutes = minutes

    def __str__(self) -> str:
        return (
            f"No data worker has loaded anything for {self.minutes:.0f} minutes. What was finished "
            "is kept. Does the disk answer that the clips lie on? dataset.workers=0 does without "
            "these processes, and shows where it stops."
        )


@dataclass
class HandOver:
    """Puts samples together, and decides in a worker which way the batch goes.

    Args:
        collate: samples → batch, a dictionary; it takes no shared memory.
        by_pipe: whether none is to be asked for.
    """

    collate: Callable[[Any], dict[str, Any]]
    by_pipe: bool = False

    def __call__(self, samples: Any) -> dict[str, Any]:
        batch = self.collate(samples)
        if get_worker_info() is None:
            return batch
        return {name: self._handed(value) for name, value in batch.items()}

    def _handed(self, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if not self.by_pipe and value.nbytes >= SMALL:
            try:
                return value.share_memory_()
            except RuntimeError as error:
                self.by_pipe = True
                _remove_names()
                log.warning(
                    "no shared memory for a batch of %.0f MB (%s): it goes through a pipe",
                    value.nbytes / 1e6,
                    str(error).splitlines()[0],
                )
        return ByPipe(value)


def _remove_names() -> None:
    """Removes the names in shared memory that torch leaves where it got none for them.

    All that this process was given is without a name already, but by the strategy "file_system".
    """
    if torch.multiprocessing.get_sharing_strategy() != "file_descriptor":
        return
    for name in Path(SHARED).glob(f"torch_{os.getpid()}_*"):
        name.unlink(missing_ok=True)


class ByPipe:
    """A tensor that is sent as bytes, and arrives as a tensor."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def __reduce__(self) -> tuple[Any, ...]:
        return torch.from_numpy, (self.tensor.contiguous().numpy(),)


class Loader(DataLoader[dict[str, Any]]):
    """Says that it waits for a worker, and ends the run after a while."""

    def __iter__(self) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        return _patient(super().__iter__())


def _patient(batches: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    n_silent = 0
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except RuntimeError as error:
            if "timed out" not in str(error):
                raise
            n_silent += 1
            minutes = n_silent * SAY_EVERY / 60
            if n_silent == MOST_SILENCE:
                raise DataWorkerError(minutes) from error
            log.warning("waiting for the data workers (dataset.workers) for %.0f min", minutes)
            continue
        n_silent = 0
        yield batch


def loader(
    dataset: Any,
    collate: Callable[[Any], dict[str, Any]],
    workers: int,
    persistent: bool = False,
    **options: Any,
) -> Loader:
    """A DataLoader whose workers cannot be waited for without a word.

    Args:
        dataset: of samples.
        collate: samples, or a sample where batch_size is None → batch.
        workers: processes; fewer are taken where there can be none.
        persistent: whether they stay from one epoch to the next.
        options: of DataLoader.
    """
    workers = workers and possible_workers(workers)
    return Loader(
        dataset,
        collate_fn=HandOver(collate, by_pipe=workers > 0 and not has_room()),
        num_workers=workers,
        timeout=SAY_EVERY if workers else 0,
        persistent_workers=persistent and workers > 0,
        **options,
    )


def possible_workers(workers: int) -> int:
    """As many, or 0 with a word where processes cannot share so much as a lock."""
    try:
        multiprocessing.get_context().Lock()
    except OSError as error:
        log.warning(
            "no data workers, as %s cannot be used (%s): clips are decoded one after the other. In "
            "Docker, type --shm-size=8g or --ipc=host; dataset.workers=0 takes away this word.",
            SHARED,
            error.strerror or error,
        )
        return 0
    return workers


def has_room() -> bool:
    """Whether batches can be handed over in shared memory; says so where they cannot."""
    try:
        status = os.statvfs(SHARED)
        free = status.f_bavail * status.f_frsize
    except OSError:
        free = 0
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if free >= ROOM and (largest == resource.RLIM_INFINITY or largest >= ROOM):
        return True
    if free < ROOM:
        why = f"{free / 1e6:,.0f} MB are free in {SHARED}; in Docker, type --shm-size=8g"
    else:
        why = f"a file may have {largest / 1e6:,.0f} MB; type ulimit -f unlimited"
    log.info("data workers hand batches over by pipes, which is slower than shared memory: %s", why)
    return False
