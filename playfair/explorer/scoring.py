"""Scores of coalitions of a clip, asked of the process that has the models, and kept for a while.

The page's process imports no torch: another one does, from the first question on, and ends where
nothing is asked for some minutes. Whoever asks is told how far it is, and asks again.
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from queue import Empty, Queue
from typing import Any

import numpy as np

from playfair import targets
from playfair.explorer.errors import NotThereError
from playfair.explorer.model_process import Answer, Question
from playfair.steps.store_game import ClipOfStore

MOST_AT_ONCE = 12  # elements whose 2^n scores are computed unasked
MOST_IN_A_TABLE = 16  # elements whose 2^n scores are sent
MOST_BYTES = 2**27  # of all scores that are kept
MOST_WAITING = 8
IDLE_SECONDS = 600  # after which the models' process ends
UNHEEDED_SECONDS = 10  # after which nobody is taken to wait for an answer
STEP_SECONDS = 0.2


@dataclass
class Asked:
    """One question's fate.

    Attributes:
        question: it.
        state: "waiting", "loading", "scoring", "ready" or "failed".
        scores: (coalition, class) float32, where it is ready.
        why: it failed.
        heeded: when somebody last asked for it, on the monotonic clock.
    """

    question: Question
    state: str = "waiting"
    scores: np.ndarray | None = None
    why: str = ""
    heeded: float = 0.0
    done: threading.Event = field(default_factory=threading.Event, repr=False)


@dataclass
class Scoring:
    """All that was asked, the latest last.

    Args:
        most_bytes: of scores that are kept; the oldest go first.
        idle_seconds: after which the models' process ends.
    """

    most_bytes: int = MOST_BYTES
    idle_seconds: float = IDLE_SECONDS
    all: "OrderedDict[Any, Asked]" = field(default_factory=OrderedDict, repr=False)
    _queue: "Queue[Asked]" = field(default_factory=Queue, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _works: bool = field(default=False, repr=False)
    _process: "ModelProcess | None" = field(default=None, repr=False)

    def asked(self, clip: ClipOfStore, inside: np.ndarray | None, stamp: Any) -> Asked:
        """How far a question is; it is begun where it was not.

        Args:
            clip: whose coalitions.
            inside: which; None for all.
            stamp: what changes when the clip's store is written again.

        Raises:
            NotThereError: too many are waiting.
        """
        which = None if inside is None else np.packbits(inside, axis=1).tobytes()
        key = (str(clip.store), stamp, clip.uid, clip.backwards, which)
        with self._lock:
            one = self.all.get(key)
            if one is None or one.state == "failed":
                if self._queue.qsize() >= MOST_WAITING:
                    raise NotThereError("Other clips are being scored: ask again in a moment.")
                one = Asked(Question(clip, inside, _plugins()), heeded=time.monotonic())
                self.all[key] = one
                self._queue.put(one)
                if not self._works:
                    self._works = True
                    threading.Thread(target=self._work, daemon=True).start()
            one.heeded = time.monotonic()
            self.all.move_to_end(key)
        return one

    def close(self) -> None:
        """Ends the models' process."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _work(self) -> None:
        """Answers one question after the other until there is none for a while."""
        while True:
            try:
                one = self._queue.get(timeout=self.idle_seconds)
            except Empty:
                with self._lock:
                    if self._queue.empty():
                        self.close()
                        self._works = False
                        return
                continue
            self._answer(one)
            one.done.set()
            with self._lock:
                self._make_room()

    def _answer(self, one: Asked) -> None:
        if self._process is None or not self._process.lives():
            one.state = "loading"
            self._process = ModelProcess()
        else:
            one.state = "scoring"
        answer = self._process.answer(one.question, lambda: self._is_heeded(one))
        if answer is None:
            self.close()
            answer = Answer(None, "It was not waited for.")
        one.scores = answer.scores
        one.why = answer.why
        one.state = "failed" if answer.scores is None else "ready"

    def _is_heeded(self, one: Asked) -> bool:
        """Whether somebody still waits for it, or nobody for anything else."""
        waits = time.monotonic() - one.heeded < UNHEEDED_SECONDS
        return waits or self._queue.empty()

    def _make_room(self) -> None:
        """Forgets what was asked for longest ago; the latest stays in any case."""
        sizes = {key: one.scores.nbytes for key, one in self.all.items() if one.scores is not None}
        total = sum(sizes.values())
        for key in list(sizes)[:-1]:
            if total <= self.most_bytes:
                break
            total -= sizes[key]
            del self.all[key]


class ModelProcess:
    """The process that has the models."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._connection = Connection(os.dup(ours.fileno()))
        command = [sys.executable, "-m", "playfair.explorer.model_process", str(theirs.fileno())]
        path = os.pathsep.join(place for place in sys.path if place)
        with ours, theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        atexit.register(self._process.kill)

    def lives(self) -> bool:
        return self._process.poll() is None

    def answer(self, question: Question, is_heeded: Any) -> Answer | None:
        """What it answers; None where nobody waits for it any more."""
        try:
            self._connection.send(question)
            while not self._connection.poll(STEP_SECONDS):
                if not is_heeded():
                    return None
            answer: Answer = self._connection.recv()
        except (EOFError, OSError):
            self._process.wait()
            code = self._process.returncode
            return Answer(None, f"The process that has the models ended with code {code}.")
        return answer

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()
        atexit.unregister(self._process.kill)


def _plugins() -> list[str]:
    """Modules of the user's own that configurations may name here."""
    return sorted(targets.trusted())
