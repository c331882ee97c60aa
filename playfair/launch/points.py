"""The points of the sweep that was typed, written down before they begin.

sweep.json in the sweep's folder says which points there are and where each lies.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playfair.launch.command_line import command_of
from playfair.steps.durable import write_json
from playfair.steps.run_folder import SWEEP, differing_words, split_words


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        folder: where its run is, or will be.
        typed: its options.
    """

    folder: Path
    typed: list[str]


@dataclass
class Points:
    """Those that have been launched since the command was typed.

    Attributes:
        folder: of the sweep.
        objective: the key of metrics.json that each returns, or None.
        direction: whether a search wants it "maximize"d or "minimize"d; "" where nobody searches.
    """

    folder: Path
    objective: str | None = None
    direction: str = ""
    points: list[Point] = field(default_factory=list)

    def add(self, points: Sequence[Point]) -> None:
        """Writes further points down."""
        self.points += points
        content = {
            "command": command_of(sys.argv[1:]),
            "objective": self.objective,
            "direction": self.direction,
            "points": [{"folder": str(p.folder), "typed": p.typed} for p in self.points],
        }
        write_json(self.folder / SWEEP, content)

    def name(self, point: Point) -> str:
        """A point by what sets it apart from the others."""
        swept = self.swept
        words = split_words(point.typed)
        return " ".join(f"{option}={words[option]}" for option in swept if option in words) or (
            point.folder.name
        )

    @property
    def swept(self) -> list[str]:
        """The options that differ between points, as they were typed."""
        return differing_words([split_words(point.typed) for point in self.points])


def name_of(folder: Path) -> str:
    """A point by what sets it apart, in whatever process it is: its folder's name, if nothing does."""
    try:
        content = json.loads((folder.parent / SWEEP).read_bytes())
        points = [Point(Path(point["folder"]), point["typed"]) for point in content["points"]]
        beside = Points(folder.parent, points=points)
        return next(beside.name(point) for point in points if point.folder == folder.absolute())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return folder.name  # it is called so anyway: a list that is cut short costs no point
