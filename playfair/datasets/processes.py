"""Work shared out to processes, with a bar: they end with their parent, and Ctrl-C is the parent's to answer."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")
Done = TypeVar("Done")


def in_processes(
    function: Callable[[Item], Done],
    items: Sequence[Item],
    *,
    workers: int,
    what: str,
    progress: bool = True,
) -> Iterator[Done]:
    """`function` of every item, in their order. what: the bar's title.

    Raises concurrent.futures.process.BrokenProcessPool where a process dies, and whatever `function` raises.

    >>> list(in_processes(abs, [-1, 2], workers=1, what="Taking off signs", progress=False))
    [1, 2]
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, disable=not progress or not items) as bar:
        yield from bar.track(_results(function, items, workers), total=len(items), description=what)


def _results(
    function: Callable[[Item], Done], items: Sequence[Item], workers: int
) -> Iterator[Done]:
    if workers <= 1 or len(items) < 32:  # not worth the processes
        yield from map(function, items)
        return
    chunk = (
        4 if len(items) < 10_000 else 16
    )  # chunks are made all at once; those begun are waited for on Ctrl-C
    with pool_of(workers) as pool:
        try:
            yield from pool.map(function, items, chunksize=chunk)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def pool_of(workers: int) -> ProcessPoolExecutor:
    """Processes that do not outlive this one."""
    # fork: nothing to import again, and the children run numpy and the codecs on one thread each
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    return ProcessPoolExecutor(workers, context, _follow_parent)


def n_cpus() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow_parent() -> None:
    """Ctrl-C is the parent's to answer: it hands out no more. A parent that is killed takes us along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
