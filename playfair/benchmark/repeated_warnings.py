"""Warnings of hundreds of estimates, each said once, with how often it came."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("playfair")


class _Held(logging.Filter):
    """Keeps warnings back: the first of each place in the code, and how many came from there."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[tuple[str, int], logging.LogRecord] = {}
        self.count: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        # by place: the text tells of how many videos, and differs
        place = (record.pathname, record.lineno)
        self.first.setdefault(place, record)
        self.count[place] = self.count.get(place, 0) + 1
        return False


@contextmanager
def each_warning_once() -> Iterator[None]:
    """Within it warnings wait; at its end each is said once. Also a decorator.

    Example:
        >>> with each_warning_once():
        ...     for n_alike in (2, 3, 4):
        ...         log.warning("All is alike on %d videos.", n_alike)

    says "All is alike on 2 videos. (Of one estimate; 2 others said the like.)" at its end.
    """
    held = _Held()
    log.addFilter(held)
    try:
        yield
    finally:
        log.removeFilter(held)
        for place, record in held.first.items():
            record.msg = record.getMessage() + others(held.count[place] - 1)
            record.args = ()
            log.handle(record)


def others(n_others: int) -> str:
    """What is said behind the first of several.

    Example:
        >>> others(0), others(1)
        ('', ' (Of one estimate; 1 other said the like.)')
    """
    if not n_others:
        return ""
    word = "other" if n_others == 1 else "others"
    return f" (Of one estimate; {n_others} {word} said the like.)"
