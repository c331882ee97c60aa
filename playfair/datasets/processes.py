"""Work shared out to processes, with a bar: they end with their parent, and Ctrl-C is its alone."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from playfair import silence

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
FEWEST = 32  # items that are worth the processes


def in_processes(
    function: Callable[[Item], Outcome],
    items: Sequence[Item],
    *,
    workers: int,
    what: str,
    progress: bool = True,
) -> Iterator[Outcome]:
    """`function` of every item, in their order.

    Args:
        function: what is done; it and the items are sent to processes.
        items: what it is done with.
        workers: processes.
        what: the bar's title.
        progress: whether to show a bar.

    Yields:
        What `function` returns.

    Raises:
        concurrent.futures.process.BrokenProcessPool: a process died.

    Example:
        >>> list(in_processes(abs, [-1, 2], workers=1, what="Taking off signs", progress=False))
        [1, 2]
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    outcomes = _outcomes(function, items, workers)
    done = 0
    shown = Progress(*columns, disable=not progress or not items)
    with shown as bar, silence.doing(lambda: f"{what}, {done} of {len(items)}"):
        for outcome in bar.track(outcomes, total=len(items), description=what):
            yield outcome
            done += 1


def _outcomes(
    function: Callable[[Item], Outcome], items: Sequence[Item], workers: int
) -> Iterator[Outcome]:
    if workers <= 1 or len(items) < FEWEST:
        yield from map(function, items)
        return
    # Chunks are made all at once, so many items need larger ones; Ctrl-C waits for those begun.
    chunk = 4 if len(items) < 10_000 else 16
    with pool_of(workers) as pool:
        try:
            yield from pool.map(function, items, chunksize=chunk)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def pool_of(workers: int) -> ProcessPoolExecutor:
    """Processes that do not outlive this one."""
    # Forked, there is nothing to import again; the children run numpy and the codecs on one thread.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    return ProcessPoolExecutor(workers, context, _follow_parent)


def n_cpus() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, which hands out no more; end when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
