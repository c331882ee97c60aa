"""Videos side by side: one thread each, instead of all threads on one product after the other.

torch's number of threads belongs to each thread, and a thread takes the number that was set last,
by whichever thread, when it uses torch for the first time. So nothing here ever changes the number
of a thread that is not ours: what needs one thread is handed to workers that have one for life, and
whoever waits for them keeps what it has.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock, Thread
from typing import TypeVar

import torch

from playfair.shapley.memory import free_bytes

Part = TypeVar("Part")
Answer = TypeVar("Answer")
_each_alone = ContextVar("each_alone", default=False)
_beginning = Lock()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within it no product is split over threads, so that no bit depends on their number.

    Else a part that is alone has all threads: then 6 frames of 3 videos differed in the last bits
    on 1 and 2 threads.
    """
    before = _each_alone.set(True)
    try:
        yield
    finally:
        _each_alone.reset(before)


def side_by_side(
    work: Callable[[Part], Answer],
    parts: Sequence[Part],
    bytes_each: int,
    device: torch.device,
) -> list[Answer]:
    """work(part) of every part, in order, on as many threads as torch has here, if memory suffices.

    The pieces of one video are small: split over two threads, they spend as long waiting for each
    other as they save, and far longer when another process wants a core. Measured on 2 cores, ms
    per video, all threads on each product -> side by side: 12 frames 6.2 -> 4.2, 16 frames 59 ->
    45; with the machine busy, 8 frames 7.6 -> 1.6.

    Args:
        work: what is done with a part, by one thread and without gradients.
        parts: what to do.
        bytes_each: what a thread takes for one of them.
        device: where it is done; on another than a CPU the parts wait for each other.
    """
    n_threads = torch.get_num_threads()
    free = free_bytes(device, 2 * bytes_each * n_threads) // (2 * bytes_each)
    together = min(n_threads, len(parts), free)
    in_turn = together < 2 and not _each_alone.get()
    if device.type != "cpu" or n_threads == 1 or in_turn:
        return [work(part) for part in parts]
    waiting = iter(enumerate(parts))
    answers: dict[int, Answer] = {}

    def until_done() -> None:
        try:
            with torch.no_grad():  # which is a thread's own
                for place, part in waiting:
                    answers[place] = work(part)
        finally:
            deque(waiting, maxlen=0)  # after an error nothing more is begun

    workers = pool(n_threads, os.getpid())
    futures = [workers.submit(until_done) for _ in range(max(1, together))]
    joined(futures, waiting)
    return [answers[place] for place in range(len(parts))]


def alone(work: Callable[[], Answer], device: torch.device) -> Answer:
    """work() by one thread, as far as it is a CPU's.

    The threads that shared an operation wait for the next one in a busy loop (OpenMP's), for
    milliseconds, on the cores that the videos' threads need: after a mere check of their features
    by both threads, 32 videos of 8 frames took 25 ms instead of 18.
    """
    n_threads = torch.get_num_threads()
    if device.type != "cpu" or n_threads == 1:
        return work()

    def without_gradients() -> Answer:
        with torch.no_grad():
            return work()

    future = pool(n_threads, os.getpid()).submit(without_gradients)
    joined([future], iter(()))
    return future.result()


def joined(futures: Sequence[Future], waiting: Iterator[object]) -> None:
    """Waits for all; raises the first error. After Ctrl-C nothing more is begun."""
    try:
        wait(futures)
    except BaseException:
        deque(waiting, maxlen=0)
        wait(futures)
        raise
    for future in futures:
        future.result()


@lru_cache(maxsize=8)
def pool(n_threads: int, process: int) -> ThreadPoolExecutor:
    """Workers that stay, as do the buffers that products keep for each.

    A forked process has none of its parent's, hence its number.
    """
    return ThreadPoolExecutor(n_threads, "videos", initializer=have_one_thread)


def have_one_thread() -> None:
    """Gives this thread one of torch's threads, and leaves later ones what they would have had."""
    with _beginning:
        usual = torch.get_num_threads()  # asked for here for the first time: what a new thread gets
        torch.set_num_threads(1)
        other = Thread(target=torch.set_num_threads, args=(usual,))
        other.start()
        other.join()
