"""Damage of a file of ours: told with the file, what is wrong with it, and what to type."""

import json
from pathlib import Path
from typing import Any


class LayoutError(ValueError):
    """An output folder that cannot be read as it lies there."""


# What reading a small JSON file of ours raises where the file is not as it was written: the disk, the
# parser (RecursionError of deep brackets), or a value that has another form than is looked for.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class DamageError(LayoutError):
    """A file of ours does not hold what was written to it.

    Whoever reads such a file raises this, and nothing is made anew over it: what is damaged may be
    the only copy of something good.

    Args:
        file: the file, or the folder where one is missing.
        why: what was expected and what came.
        advice: what to type.

    Example:
        >>> print(DamageError(Path("video.pt"), "12 bytes are missing", "Fetch it again."))
        video.pt is damaged: 12 bytes are missing. Fetch it again.
    """

    def __init__(self, file: Path, why: str, advice: str = "") -> None:
        self.file = Path(file)
        self.why = why.rstrip(".")
        self.advice = advice or REPAIR
        super().__init__(f"{self.file} is damaged: {self.why}. {self.advice}")

    def __reduce__(self) -> tuple[type["DamageError"], tuple[Path, str, str]]:
        # between processes: the message alone would not make it again
        return type(self), (self.file, self.why, self.advice)


def read_json(file: Path, expected: str = "JSON", advice: str = "") -> Any:
    """The content of a JSON file of ours.

    Args:
        file: which; it was written by `durable.write_json`.
        expected: what should be in it.
        advice: what to type where it is not.

    Raises:
        DamageError: it is gone, or is not as it was written.
    """
    try:
        return json.loads(file.read_bytes())
    except UNREADABLE as error:
        raise DamageError(file, f"expected {expected} ({error})", advice) from error


REPAIR = (
    "Type the same command with experiment=doctor to see what depends on it, and with "
    "experiment=doctor experiment.repair=true to make just that anew."
)
