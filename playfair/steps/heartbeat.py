"""Signs of life: a rank that stands still is told, and ends its run after a while.

A rank's beats come from a thread of its own, whatever its computation does and however long it
takes. Where none comes, because one call keeps the interpreter to itself, the processor time that
the rank has used is looked at: what computes stands still in neither. What is left is stopped
(SIGSTOP, a debugger), or waits in the kernel for a disk that does not answer.
"""

import logging
import os
import threading
import time
from dataclasses import dataclass, field

from playfair.steps.process_status import status_of

log = logging.getLogger("playfair")

EVERY = 1.0  # seconds between two beats
TOLD_AFTER = 10.0  # seconds without a sign after which it is told
WRITE_END = "PLAYFAIR_HEARTBEAT"  # the rank's end of the pipe


def beat() -> None:
    """Starts the beats of this process, where a supervisor listens."""
    if end := os.environ.get(WRITE_END):
        threading.Thread(target=_beat, args=(int(end),), daemon=True, name="heartbeat").start()


def _beat(pipe: int) -> None:
    while True:
        try:
            os.write(pipe, b".")
        except BlockingIOError:  # a supervisor that is stopped itself has not emptied it
            pass
        except OSError:
            return
        time.sleep(EVERY)


@dataclass
class Pulse:
    """What the supervisor knows of one rank's signs of life.

    Time in which the supervisor stood still too (Ctrl-Z, a sleeping laptop) does not count.

    Args:
        rank: its number.
        process: its process's.
        pipe: where its beats come from.
        limit: seconds without a sign after which the rank counts as frozen.
    """

    rank: int
    process: int
    pipe: int
    limit: float
    silence: float = 0.0
    last_sign: float = field(default_factory=time.time)
    last_look: float = field(default_factory=time.monotonic)
    cpu: int = -1
    told: bool = False

    def look(self) -> str | None:
        """What is wrong with the rank, once it has given no sign for the limit; else None."""
        now = time.monotonic()
        self.silence += min(now - self.last_look, EVERY)
        self.last_look = now
        if self._has_beaten() or self._has_computed():
            self._goes_on()
            return None
        if self.silence > max(2 * EVERY, min(TOLD_AFTER, self.limit / 2)) and not self.told:
            self.told = True
            log.warning(
                "%s. After %g s the run ends (rank_timeout=%g).",
                self.state(),
                self.limit,
                self.limit,
            )
        return self.state() if self.silence > self.limit else None

    def state(self) -> str:
        """Which rank, since when, and as far as it is known why."""
        since = time.strftime("%H:%M:%S", time.localtime(self.last_sign))
        return (
            f"rank {self.rank} (process {self.process}) has given no sign of life since {since}"
            f"{_why(self.process)}"
        )

    def _has_beaten(self) -> bool:
        try:
            return bool(os.read(self.pipe, 4096))
        except BlockingIOError:
            return False

    def _has_computed(self) -> bool:
        before, self.cpu = self.cpu, cpu_ticks(self.process)
        return self.cpu > before

    def _goes_on(self) -> None:
        if self.told:
            log.warning("rank %d goes on", self.rank)
        self.told = False
        self.silence = 0.0
        self.last_sign = time.time()


def cpu_ticks(process: int) -> int:
    """Processor time that all threads of a process have used, in the kernel's ticks; 0: unknown."""
    fields = status_of(process)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _why(process: int) -> str:
    state = next(iter(status_of(process)), "")
    if state in ("T", "t"):
        return f": it is stopped (by SIGSTOP or a debugger; kill -CONT {process} lets it go on)"
    if state == "D":
        return ": it waits for a disk or a network that does not answer"
    return ""
