"""How clips of a folder or a list disappoint: which rows, and what to type."""

from pathlib import Path

from playfair.datasets.dataset import DatasetError, PathError

SHOWN = 5  # of faults


class RowsError(DatasetError):
    """Rows that no clip can be made of, or clips that are not there.

    Attributes:
        path: the list or the folder.
        reasons: one for each, with its line.
        advice: what to type.
    """

    def __init__(self, path: Path, reasons: list[str], advice: str) -> None:
        super().__init__(path, reasons, advice)
        self.path = path
        self.reasons = reasons
        self.advice = advice

    def __str__(self) -> str:
        more = [f"… and {len(self.reasons) - SHOWN:,} more"] if len(self.reasons) > SHOWN else []
        listed = "".join(f"\n  {reason}" for reason in [*self.reasons[:SHOWN], *more])
        return f"{self.path}:{listed}\n{self.advice}"


class EmptySplitError(DatasetError):
    """A split without clips.

    Attributes:
        name: the split.
        advice: what to type.
    """

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(name, advice)
        self.name = name
        self.advice = advice

    def __str__(self) -> str:
        return f"No clip is in the {self.name} split. {self.advice}"


class NoClassesError(PathError):
    """No clip of a list or a folder has a class, and nothing says which a model tells apart."""
