"""Ranks that live and all wait, for each other or for something outside: told, with where they wait.

A rank may wait for another for hours, so that no call between ranks has a limit of its own. But
somebody computes then: a rank, or a process that it has started. Where nobody has for a minute, each
rank is asked where it is, and the answer is told once. Nothing is ended: a disk or a network may answer
late.
"""

import faulthandler
import logging
import os
import re
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from playfair.steps.heartbeat import cpu_ticks

log = logging.getLogger("playfair")

EVERY = 5.0  # seconds between two looks
TOLD_AFTER = 60.0  # seconds without computation
ASKED_BY = signal.SIGUSR2
_QUIET = 0.02  # CPU seconds that a rank uses in a second while it looks whether another is done
_ANSWERED_AFTER = 0.5  # seconds
_FRAME = re.compile(r'File "(.+)", line (\d+) in (.+)')


def answer(folder: Path, rank: int) -> None:
    """Has this process write down where it is whenever its supervisor asks."""
    # not closed: the handler writes to it as long as the process lives
    file = _answer_of(folder, rank).open("w", encoding="utf-8")
    faulthandler.register(ASKED_BY, file, all_threads=False)


class Standstill:
    """What a supervisor knows of the computation of all its ranks together.

    Args:
        processes: of the ranks, in their order.
        folder: where they meet.
    """

    def __init__(self, processes: Sequence[int], folder: Path) -> None:
        self.processes = processes
        self.folder = folder
        self.quiet = 0.0
        self.told = False
        self.ticks = 0
        self.last_look = time.monotonic()

    def look(self) -> None:
        """Warns, once, where nobody has computed for a while."""
        now = time.monotonic()
        seconds = now - self.last_look
        if seconds < EVERY:
            return
        self.last_look = now
        before, self.ticks = self.ticks, sum(map(ticks_with_children, self.processes))
        least = _QUIET * seconds * os.sysconf("SC_CLK_TCK") * len(self.processes)
        if self.ticks - before > least:
            self.quiet = 0.0
            self.told = False
            return
        # time in which the supervisor stood still too does not count
        self.quiet += min(seconds, 2 * EVERY)
        if self.quiet >= TOLD_AFTER and not self.told:
            self.told = True
            log.warning(
                "no rank has computed for %.0f s: all of them wait.\n%s\nCtrl-C ends the run; "
                "what was finished is kept.",
                self.quiet,
                "\n".join(f"  {place}" for place in self.places()),
            )

    def places(self) -> list[str]:
        """Where each rank is: a sentence for each."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process, ASKED_BY)
        time.sleep(_ANSWERED_AFTER)
        return [
            f"rank {rank} (process {process}) is {place_in(_answer_of(self.folder, rank))}"
            for rank, process in enumerate(self.processes)
        ]


def place_in(file: Path) -> str:
    """Where a rank is, by its last answer: the innermost function, and the innermost of ours."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    frames = _FRAME.findall(text.rpartition("most recent call first")[2])
    if not frames:
        return "at an unknown place"
    own = [frame for frame in frames if "/playfair/" in frame[0]]
    places = dict.fromkeys([frames[0], *own[:1]])
    return "in " + ", called by ".join(f"{name} ({path}:{line})" for path, line, name in places)


def ticks_with_children(process: int) -> int:
    """Processor time of a process and of those that it has started, in the kernel's ticks."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        children = []
    return cpu_ticks(process) + sum(ticks_with_children(int(child)) for child in children)


def _answer_of(folder: Path, rank: int) -> Path:
    return folder / f"rank-{rank}-is.txt"
