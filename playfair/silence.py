"""No silence: where nothing has been said for a while, what is being done is said again.

    silence.broken()                                # from the first moment, in the process that was typed
    with silence.doing("TRN: ESVs at 8 frames"):    # what it says then
        …

Whoever looks at a terminal that says nothing for ten seconds asks whether it stands still. Bars are
drawn on terminals alone, and some work has none: so one line is said wherever nothing else is.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

AFTER = 8.0  # seconds of silence that are enough
_EVERY = 0.5  # seconds between two looks

What = str | Callable[[], str]


class _Speech:
    """What this process last said, and what it is doing."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.begun = time.monotonic()
        self.doing: list[tuple[What, float]] = []
        self.process = 0
        self.usual = "starting"


_speech = _Speech()


class _Heard:
    """A stream whose writing is noticed; all else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        _speech.last = time.monotonic()
        return int(self._stream.write(text) or 0)

    def writelines(self, lines: Any) -> None:
        _speech.last = time.monotonic()
        self._stream.writelines(lines)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def broken() -> None:
    """From now on, this process is never silent for long. Again does nothing."""
    if _speech.process == os.getpid():
        return
    _speech.process = os.getpid()
    _speech.last = _speech.begun = time.monotonic()
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), _Heard):
            setattr(sys, name, _Heard(getattr(sys, name)))
    threading.Thread(target=_listen, daemon=True, name="silence").start()


def usually(what: str) -> None:
    """What is said where nothing else is known: "starting" at first."""
    _speech.usual = what
    _speech.begun = time.monotonic()


def kept() -> None:
    """From now on, this process may be silent: it waits for its user, or others speak for it."""
    _speech.process = 0


@contextmanager
def doing(what: What) -> Iterator[None]:
    """Within it, `what` is said where nothing else is; the innermost of several.

    Args:
        what: a few words, or what makes them, such as how far it is.
    """
    entry = (what, time.monotonic())
    _speech.doing.append(entry)
    try:
        yield
    finally:
        _speech.doing.remove(entry)


def line() -> str:
    """What would be said now.

    Example:
        >>> with doing("TRN: ESVs"):
        ...     line()
        'TRN: ESVs … (0 s)'
    """
    what, since = _speech.doing[-1] if _speech.doing else (_speech.usual, _speech.begun)
    text = what if isinstance(what, str) else what()
    return f"{text} … ({time.monotonic() - since:.0f} s)"


def _listen() -> None:
    while _speech.process == os.getpid():
        time.sleep(_EVERY)
        if time.monotonic() - _speech.last < AFTER:
            continue
        _speech.last = time.monotonic()
        try:
            # not through the stream: another thread may be in the middle of a line of it
            os.write(2, f"{time.strftime('%H:%M:%S')} {line()}\n".encode(errors="replace"))
        except Exception:  # a terminal that is gone, or a maker of words that fails: it is no work
            continue
