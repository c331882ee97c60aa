"""A part of a longer video, as one clip."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Segment:
    """Where a clip is that lies inside a longer video.

    Frames of a segment count from 0 at its own beginning.

    Attributes:
        path: the video's file.
        start: where the clip begins.
        stop: where it ends: the first moment, or frame, that is no longer part of it.
        unit: what `start` and `stop` count, "second" on the video's clock or "frame" from 0.

    Raises:
        ValueError: it begins before the video does, or not before it ends.

    Example:
        >>> Segment(Path("P01_01.mp4"), 1.5, 4.0)
        Segment(path=PosixPath('P01_01.mp4'), start=1.5, stop=4.0, unit='second')
    """

    path: Path
    start: float
    stop: float
    unit: Literal["second", "frame"] = "second"

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(
                f"{self.path}: expected a segment with 0 ≤ start < stop, got start={self.start:g} "
                f"and stop={self.stop:g} in {self.unit}s"
            )

    def __str__(self) -> str:
        if self.unit == "frame":
            return f"{self.path} (frames {self.start:g} to {self.stop:g})"
        return f"{self.path} ({self.start:g} to {self.stop:g} s)"

    def __fspath__(self) -> str:
        return os.fspath(self.path)
