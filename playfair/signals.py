"""Being asked to end: one handler for the signals that do so, in the process that was typed.

    signals.catch()                      # from the first moment
    with signals.deferred():             # from here on a signal waits …
        for block in blocks:
            write(block)
            signals.here()               # … for this line

    with signals.at_once(leave):         # and where nothing is to be kept, nor can be unwound:
        import torch                     # leave(number) is called, and the process ends

Outside of both a signal raises `Stopped` where it comes. Within `deferred()` the signal waits for the next
`here()`, the end of a block or a batch; a second signal does not wait, and neither does one that has
waited for GRACE seconds. All that is written is written whole or not at all, so that nothing is lost
but the block itself.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
# seconds that a block may still take: less than the 10 s after which `docker stop` kills
GRACE = 6.0
# seconds within which a second signal is the first one's echo: `timeout` sends it to the process
# and to its group, a closing terminal sends two
_ECHO = 1.0


class Stopped(SystemExit):
    """The process was asked to end, and ends with 128 + the signal's number.

    It is no Exception: a sweep does not go on to its next point, and whoever catches nothing ends
    with this code and no traceback.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)
        super().__init__(128 + number)

    def __reduce__(self) -> tuple[type["Stopped"], tuple[int]]:
        return type(self), (int(self.signal),)


class _Catching:
    """What the one handler of this process knows. A process has its signals once."""

    def __init__(self) -> None:
        self.process = 0
        self.heeding: Callable[[], bool] = lambda: True
        self.first: int | None = None
        self.since = 0.0
        self.deferrals = 0
        self.leave: Callable[[int], object] | None = None


_catching = _Catching()


def catch(numbers: Sequence[int] = STOPPING, *, heeding: Callable[[], bool] | None = None) -> None:
    """Installs the handler; again where somebody has installed another one since.

    What is ignored stays so: `nohup` ignores SIGHUP, a script's `&` ignores Ctrl-C.

    Args:
        numbers: the signals.
        heeding: whether a signal is to be heeded that comes now; None: as said before, or always.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # where a library runs us in a thread, its process is not ours to end
    _catching.process = os.getpid()
    if heeding is not None:
        _catching.heeding = heeding
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def catch_again() -> None:
    """Installs the handler where this process had installed it: Lightning has put its own there."""
    if _catching.process == os.getpid():
        catch()


def stopped_by() -> signal.Signals | None:
    """The signal that asked this process to end, if one did."""
    if _catching.first is None or _catching.process != os.getpid():
        return None
    return signal.Signals(_catching.first)


def here() -> None:
    """A place to stop at: the end of a block or a batch.

    Raises:
        Stopped: the process was asked to end.
    """
    number = stopped_by()
    if number is not None:
        raise Stopped(number)


@contextmanager
def deferred() -> Iterator[None]:
    """Within it, a signal waits for the next `here()`, or for the end of the block."""
    _catching.deferrals += 1
    try:
        yield
    finally:
        _catching.deferrals -= 1
    here()


@contextmanager
def at_once(leave: Callable[[int], object]) -> Iterator[None]:
    """Within it, a signal ends the process where it comes, after `leave` was called.

    Imports are not to be unwound: a library that is half there says so in words of its own, or takes
    the exception for a module that is missing.

    Args:
        leave: is given the signal's number; says so, and takes away what was begun.
    """
    before = _catching.leave
    _catching.leave = leave
    try:
        yield
    finally:
        _catching.leave = before


def unwind() -> None:
    """From here on something is begun: signals raise again, whatever `at_once` has said."""
    _catching.leave = None


def answered() -> None:
    """The signal was what ends this work as it should end: it is as if none had come."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    _catching.first = None


def no_hurry() -> None:
    """The first signal is not repeated any more; a second one still does not wait."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def insist_no_more() -> None:
    """The end has begun and takes the time that it takes; the next signal kills."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _handle(number: int, frame: FrameType | None) -> Any:
    if os.getpid() != _catching.process:
        _in_a_fork(number)
        return
    if not _catching.heeding():
        return
    if _catching.leave is not None:
        insist_no_more()
        _catching.leave(number)
        os._exit(128 + number)
    now = time.monotonic()
    if _catching.first is None:
        _catching.first = number
        _catching.since = now
        # should this exception be lost (in a destructor, in a library's `except:`), there is another
        signal.signal(signal.SIGALRM, _insist)
        signal.setitimer(signal.ITIMER_REAL, GRACE, GRACE)
        if _catching.deferrals:
            say(f"\n{signal.Signals(number).name}: stopping at the end of this block or batch …\n")
            return
    elif now - _catching.since < _ECHO:
        return
    raise Stopped(_catching.first)


def _insist(number: int, frame: FrameType | None) -> Any:
    here()


def _in_a_fork(number: int) -> None:
    """Workers have this handler from their parent, which was asked too and ends them."""
    if number == signal.SIGTERM:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def say(text: str) -> None:
    """Writes to standard error as the handler may: a buffer could be in the middle of another line."""
    try:
        os.write(2, text.encode())
    except OSError:  # a terminal that is gone
        return
