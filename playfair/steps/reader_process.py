"""Files that others made, read in a process that may be ended: with bounded memory and time.

A library in C that is handed a damaged file may take all memory, or loop for ever in a place where
not even Ctrl-C reaches it. There it is another process that does so, and this one says what file it
was.
"""

import ctypes
import mmap
import multiprocessing
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

DESK = 1 << 28  # bytes that process and reader share
Answer = Callable[[Any], Any]


class ReaderError(ValueError):
    """The process that read a file did not come back with an answer; why not."""


@contextmanager
def apart(answer: Answer, *, n_bytes: int, seconds: float) -> Iterator[Answer]:
    """Within it, what it yields calls `answer` in a process of its own.

    Args:
        answer: question → answer; both can be pickled. What it raises is raised here too.
        n_bytes: memory that the process may take, beside what this one has.
        seconds: that an answer may take.

    Raises:
        ReaderError: the process died, or took too long.

    Example:
        with apart(len, n_bytes=1 << 30, seconds=60) as length_of:
            length_of("four")
    """
    # forked, it has all that it needs already: 10 ms
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    desk = mmap.mmap(-1, DESK)  # shared; pages that are never written take no memory
    whole = (answer, ours, theirs, desk, n_bytes)
    process = context.Process(target=_serve, args=whole, daemon=True)
    process.start()
    theirs.close()

    def ask(question: Any) -> Any:
        ours.send(question)
        if not ours.poll(seconds):
            raise ReaderError(f"no answer in {seconds:.0f} s")
        try:
            good, value = _received(ours, desk)
        except EOFError:
            process.join()
            code = process.exitcode or 0
            name = signal.Signals(-code).name if code < 0 else f"code {code}"
            raise ReaderError(f"the process that read it ended with {name}") from None
        if not good:
            raise value
        return value

    try:
        yield ask
    finally:
        ours.close()
        process.kill()
        process.join()
        desk.close()


def _serve(
    answer: Answer, theirs: Connection, ours: Connection, desk: mmap.mmap, n_bytes: int
) -> None:
    theirs.close()  # the other end, which was inherited
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # in C no handler of Python's is run: the first word of whoever started us is the last
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _virtual_bytes() + n_bytes
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            question = ours.recv()
        except EOFError:
            os._exit(0)
        try:
            reply = (True, answer(question))
        except Exception as error:
            reply = (False, error)
        _send(ours, desk, reply)


def _send(pipe: Connection, desk: mmap.mmap, reply: tuple[bool, Any]) -> None:
    """Arrays go by the desk, where they have room on it, and not by the pipe."""
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(reply, 5, buffer_callback=arrays.append)
    views = [array.raw() for array in arrays]
    lengths = [len(view) for view in views]
    if sum(lengths) > len(desk):
        pipe.send((pickle.dumps(reply, 5), []))
        return
    desk.seek(0)
    for view in views:
        desk.write(view)
    pipe.send((rest, lengths))


def _received(pipe: Connection, desk: mmap.mmap) -> Any:
    rest, lengths = pipe.recv()
    arrays = []
    start = 0
    with memoryview(desk) as view:
        for length in lengths:
            arrays.append(bytearray(view[start : start + length]))  # the next answer comes there
            start += length
    return pickle.loads(rest, buffers=arrays)


def _virtual_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
