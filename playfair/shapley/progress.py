"""What explaining will take, said before it begins, and a bar while it runs."""

import logging
import sys
from time import perf_counter
from typing import Any

from playfair.shapley.errors import counted

log = logging.getLogger("playfair")

LONG = 60.0  # seconds, from which on they are announced
WIDTH = 30  # of the bar, in letters
REDRAWN = 0.1  # seconds, at least, from one drawing to the next


class Bar:
    """A line that says how many passes are done of how many, and when the last will be.

    Args:
        total: passes (rows that a model sees).
        out: where it is drawn; None: stderr.

    Example:
        >>> import io
        >>> out = io.StringIO()
        >>> bar = Bar(4, out)
        >>> bar.add(4)
        >>> bar.end()
        >>> "4/4 passes" in out.getvalue()
        True
    """

    def __init__(self, total: int, out: Any = None) -> None:
        self.total = total
        self.out = out or sys.stderr
        self.done = 0
        self.begun = perf_counter()
        self.drawn = 0.0

    def add(self, n_passes: int) -> None:
        """So many more were done."""
        self.done += n_passes
        if perf_counter() - self.drawn >= REDRAWN:
            self.draw(ended=False)

    def end(self) -> None:
        """All are done, or as many as there were."""
        self.total = max(1, self.done)
        self.draw(ended=True)

    def draw(self, *, ended: bool) -> None:
        """Over what was drawn before."""
        self.drawn = perf_counter()
        part = min(1.0, self.done / self.total)
        full = round(WIDTH * part)
        spent = self.drawn - self.begun
        left = in_words(spent) if ended else f"{in_words(spent / part - spent)} left"
        line = f"\r{'█' * full}{'░' * (WIDTH - full)} {self.done:,}/{self.total:,} passes, {left}  "
        self.out.write(line + ("\n" if ended else ""))
        self.out.flush()


def announce(n_passes: int, seconds: float, budget: int, fewer: int) -> None:
    """Logs what explaining will take where that is long, and what would take less.

    Args:
        n_passes: rows that the model will see.
        seconds: of one of them, as measured.
        budget: one that would do.
        fewer: rows that it would see with that budget.
    """
    total = n_passes * seconds
    if total < LONG:
        return
    announced = f"{counted(n_passes, 'pass', 'passes')} of {in_words(seconds)}: {in_words(total)}"
    if fewer < n_passes / 2:
        announced += f"; budget={budget} takes {in_words(fewer * seconds)}"
    log.warning("%s", announced)


def in_words(seconds: float | int) -> str:
    """A duration, to two digits or whole units.

    Example:
        >>> [in_words(t) for t in (0.0004, 0.04, 5.0, 80, 2640, 19000)]
        ['0.4 ms', '40 ms', '5 s', '80 s', '44 min', '5.3 h']
    """
    if seconds < 0.001:
        return f"{seconds * 1000:.1g} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
