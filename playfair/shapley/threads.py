"""Videos side by side: one thread each, instead of all threads on one product after the other."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

import torch
from torch import Tensor

from playfair.shapley.memory import free_bytes

Found = TypeVar("Found")
_each_alone = ContextVar("each_alone", default=False)
_left = ContextVar(
    "left", default=0
)  # threads that are left to videos; 0 outside of `threads_left_to_videos`


@contextmanager
def threads_left_to_videos() -> Iterator[None]:
    """Within it torch's threads are for `side_by_side` alone; every other operation has one.

    The threads that shared an operation wait for the next one in a busy loop (OpenMP's), for milliseconds, on the
    cores that the videos' threads need: after a mere check of their features by both threads, 32 videos of 8 frames
    took 25 ms instead of 18.
    """
    n_threads = torch.get_num_threads()
    before = _left.set(n_threads)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
        _left.reset(before)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within it no product is split over threads, so that no bit depends on their number, not even for one part.

    Else a part that is alone has all threads: then 6 frames of 3 videos differed in the last bits on 1 and 2 threads.
    """
    before = _each_alone.set(True)
    try:
        yield
    finally:
        _each_alone.reset(before)


def side_by_side(
    work: Callable[[Tensor], Found], parts: Sequence[Tensor], bytes_each: int
) -> list[Found]:
    """work(part) of every part, in order, on as many threads as torch has, if the memory suffices; each works alone.

    The pieces of one video are small: split over two threads, they spend as long waiting for each other as they save,
    and far longer when another process wants a core. Measured on 2 cores, ms per video, all threads on each product ->
    side by side: 12 frames 6.2 -> 4.2, 16 frames 59 -> 45; with the machine busy, 8 frames 7.6 -> 1.6.
    """
    here, device = torch.get_num_threads(), parts[0].device
    n_threads = _left.get() or here
    together = min(
        n_threads, len(parts), free_bytes(device, 2 * bytes_each * n_threads) // (2 * bytes_each)
    )
    waiting, found = iter(enumerate(parts)), dict[int, Found]()

    def alone() -> None:
        torch.set_num_threads(1)  # of this thread; and of threads that start later: put right below
        try:
            with torch.no_grad():  # which is a thread's own, too
                for place, part in waiting:
                    found[place] = work(part)
        finally:
            deque(waiting, maxlen=0)  # after an error or Ctrl-C nothing more is begun

    try:
        if device.type != "cpu" or (together < 2 and not _each_alone.get()):
            torch.set_num_threads(n_threads)
            return [work(part) for part in parts]
        others = [
            pool(n_threads, os.getpid()).submit(alone) for _ in range(together - 1)
        ]  # this thread works, too
        try:
            alone()
        finally:
            for other in others:
                other.result()
        return [found[place] for place in range(len(parts))]
    finally:
        torch.set_num_threads(here)


@lru_cache(maxsize=1)
def pool(n_threads: int, process: int) -> ThreadPoolExecutor:
    """Threads that stay, as do the buffers that products keep for each; a forked process has none of its parent's."""
    return ThreadPoolExecutor(n_threads, "videos")
