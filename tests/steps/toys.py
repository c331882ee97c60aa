"""Steps that take no time, on a dataset that is there or not."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.step import UNKNOWN, Step


@dataclass
class ToyData:
    """content: UNKNOWN while the dataset is not there; can_write: whether `provide` brings it."""

    name: str = "toys"
    content: str = "abc"
    can_write: bool = False

    def settings(self) -> dict[str, Any]:
        return {"name": self.name, "content": self.content}

    def unknown_because(self) -> str:
        return "data/toys: no such folder"

    def provide(self) -> bool:
        if self.can_write:
            self.content = "abc"
        return self.can_write


@dataclass
class Sum:
    """The sum of numbers and of what its inputs hold, in a file; `made` counts how often."""

    kind: ClassVar[str] = "sums"
    version: ClassVar[int] = 1

    label: str = "sum"
    numbers: list[int] = field(default_factory=lambda: [1, 2])
    data: Any = field(default_factory=ToyData)
    parts: dict[str, Step] = field(default_factory=dict)
    made: list[Path] = field(default_factory=list)
    stops_half_way: bool = False

    def settings(self) -> dict[str, Any]:
        return {"numbers": self.numbers, "dataset": self.data.settings()}

    def unknown_because(self) -> str:
        return str(self.data.unknown_because())

    def inputs(self) -> dict[str, Step]:
        return self.parts

    def whole(self, folder: Path) -> bool:
        return (folder / "sum.txt").exists()

    def make(self, folder: Path, layout: Layout) -> None:
        self.made.append(folder)
        (folder / "half.txt").write_text("half")
        if self.stops_half_way:
            raise KeyboardInterrupt
        total = sum(self.numbers) + sum(obtain(part, layout) for part in self.parts.values())
        (folder / "sum.txt").write_text(str(total))

    def open(self, folder: Path) -> int:
        return int((folder / "sum.txt").read_text())


__all__ = ["UNKNOWN", "Sum", "ToyData"]
