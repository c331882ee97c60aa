"""What the system says of a process, by its number."""

from pathlib import Path


def status_of(process: int) -> list[str]:
    """The fields of /proc/<process>/stat from the third, its state, on; none where it is gone.

    Example:
        >>> import os
        >>> int(status_of(os.getpid())[1]) == os.getppid()
        True
    """
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # behind the program's name, which may hold anything
    return text.rpartition(") ")[2].split()
