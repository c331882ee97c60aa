"""What is said is piped into `head`, which has read enough: that is no error, and nobody is told of it."""

import logging
import os
import sys
from typing import Any

CODE = 128 + 13  # as a program ends that SIGPIPE ends


def is_closed(error: BaseException) -> bool:
    """Whether an error is that nobody reads any more what this process says.

    Args:
        error: a broken pipe may be another one's too: of a worker, of a server.
    """
    return isinstance(error, BrokenPipeError) and not all(map(_takes, (1, 2)))


def log_on() -> None:
    """From now on, a line of the log that nobody reads is lost without a word."""
    handle = logging.Handler.handleError
    if hasattr(handle, "__wrapped__"):
        return

    def handled(handler: logging.Handler, record: Any) -> None:
        error = sys.exc_info()[1]
        if error is None or not is_closed(error):
            handle(handler, record)

    handled.__wrapped__ = handle  # type: ignore[attr-defined]
    logging.Handler.handleError = handled  # type: ignore[assignment, method-assign]


def say_no_more() -> None:
    """From now on, what is still said goes nowhere: Python says what it has kept when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        if not _takes(number):
            os.dup2(nowhere, number)
    os.close(nowhere)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # there may be none, or a closed one
            continue


def _takes(number: int) -> bool:
    """Whether a pipe has somebody at its other end; of what is no pipe, yes."""
    import select

    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
