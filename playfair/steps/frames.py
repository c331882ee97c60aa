"""The decoded frames of a split, for a dataset small enough to keep them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from playfair.datasets.dataset import SplitName
from playfair.steps.clips_of import note_block
from playfair.steps.data import Data
from playfair.steps.fit import settings_of
from playfair.steps.layout import Layout
from playfair.steps.ranks import by_rank_zero
from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from playfair.steps.step import Step
from playfair.steps.workplace import Workplace
from playfair.video.fitted import Fit


@dataclass(frozen=True)
class Frames:
    """Rows of (height, width, 3) uint8, RGB: all frames of every clip."""

    kind: ClassVar[str] = "frames"
    version: ClassVar[int] = 2  # its files have checksums

    data: Data
    split: SplitName
    workplace: Workplace
    fit: Fit

    @property
    def label(self) -> str:
        height, width = self.fit.picture
        return f"{self.split}-{height}x{width}"

    def settings(self) -> dict[str, Any]:
        return {
            "split": self.split,
            **settings_of(self.fit),
            "dataset": self.data.settings_of(self.split),
        }

    def inputs(self) -> dict[str, Step]:
        return {}

    def whole(self, folder: Path) -> bool:
        return not self.blocks(folder).missing()

    def blocks(self, folder: Path) -> RowStore:
        return RowStore(folder, len(self.data.opened.split(self.split)), CLIPS_PER_BLOCK)

    def open(self, folder: Path) -> RowStore:
        return self.blocks(folder).looked_over(self.split, self.workplace.broken)

    def make(self, folder: Path, layout: Layout) -> None:
        from playfair.training.decoding import decode_once
        from playfair.training.sources import Videos

        store = self.blocks(folder)
        dataset = self.data.opened
        videos = Videos(dataset, dataset.split(self.split), self.fit)
        place = self.workplace
        by_rank_zero(
            lambda: decode_once(
                videos,
                store,
                self.fit.picture,
                place.workers,
                place.broken,
                before=lambda block: note_block(self, folder, block),
            ),
            done=lambda: not store.missing(),
        )
