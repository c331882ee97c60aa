"""Processes that end before their k-th change of the disk, or find it full there."""

import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

KILLED = 137
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Count:
    """How often the disk was changed below a folder; acts at one of the changes."""

    def __init__(
        self, root: Path, at: int, act: Callable[[], None], events: set[str] = CHANGES
    ) -> None:
        self.root = str(root)
        self.events = events
        self.at = at
        self.act = act
        self.n = 0

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in self.events and event != "open":
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITING):
            return
        place = arguments[0]
        if not isinstance(place, str | os.PathLike) or self.root not in os.fspath(place):
            return
        if ".locks" in os.fspath(place):
            return
        self.n += 1
        if self.n == self.at:
            self.act()


def in_fork(work: Callable[[], None]) -> int:
    """The exit code of a fork of this process that does the work: 0, 1, or its own."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed_before(k: int, root: Path, work: Callable[[], None]) -> bool:
    """Does the work in a process that ends before its k-th change below root; whether it came to it."""

    def hooked() -> None:
        sys.addaudithook(Count(root, k, lambda: os._exit(KILLED)))
        work()

    code = in_fork(hooked)
    assert code in (0, KILLED), f"the work failed: {code}"
    return code == KILLED


def full_at(k: int, root: Path, work: Callable[[], None]) -> str | None:
    """What the work says where the disk is full at its k-th change below root; None: it is not."""

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    reader, writer = os.pipe()

    def hooked() -> None:
        sys.addaudithook(Count(root, k, full, set()))  # where a file is opened to be written
        try:
            work()
        except Exception as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)

    assert in_fork(hooked) == 0
    os.close(writer)
    with os.fdopen(reader) as said:
        return said.read() or None


def n_changes(root: Path, work: Callable[[], None]) -> int:
    """How many changes of the disk below root the work makes."""
    reader, writer = os.pipe()

    def counted() -> None:
        count = Count(root, -1, lambda: None)
        sys.addaudithook(count)
        work()
        os.write(writer, str(count.n).encode())

    assert in_fork(counted) == 0
    os.close(writer)
    with os.fdopen(reader) as said:
        return int(said.read())
