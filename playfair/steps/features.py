"""What the backbone makes of every frame of a split, or what a file has of it."""

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from playfair.datasets.dataset import SplitName
from playfair.steps.clips_of import note_block
from playfair.steps.data import Data
from playfair.steps.fit import require_no_sides
from playfair.steps.layout import Layout
from playfair.steps.naming import with_seed
from playfair.steps.obtain import obtain
from playfair.steps.ranks import by_rank_zero
from playfair.steps.row_store import CLIPS_PER_BLOCK, RowStore
from playfair.steps.step import UNKNOWN, Step
from playfair.steps.video import Video
from playfair.steps.workplace import Workplace, numeric_settings
from playfair.video.views import Place

log = logging.getLogger("playfair")


@dataclass(frozen=True)
class Features:
    """Rows of (feature,): a row for each frame of each clip.

    Args:
        name: the model's name.
        data: the dataset.
        split: whose clips.
        video: whose backbone makes them; None where a file has them.
        file: a file of features that the published code stored.
        workplace: how they are made here.
        view: the name of the crop, where it is not the centre's; and its place.
    """

    kind: ClassVar[str] = "features"
    version: ClassVar[int] = 2  # its files have checksums

    name: str
    data: Data
    split: SplitName
    video: Video | None
    file: Path | None
    workplace: Workplace
    view: tuple[str, Place] | None = None

    @property
    def label(self) -> str:
        seed = self.video.seed if self.video else 0
        view = "" if self.view is None else f"-{self.view[0]}"
        return f"{with_seed(self.name, seed)}-{self.split}{view}"

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"split": self.split}
        if self.view is not None:
            settings["view"] = list(self.view[1])
        if self.file:
            settings["file"] = _fingerprint(self.file)
        else:
            settings["dtype"] = self.data.option("feature_dtype")
            settings["trainer"] = numeric_settings(self.workplace.trainer)
        settings["dataset"] = self.data.settings_of(self.split)
        return settings

    def unknown_because(self) -> str:
        if self.file and not self.file.is_file():
            return f"There is no file of features at {self.file}."
        return self.data.unknown_because()

    def inputs(self) -> dict[str, Step]:
        return {} if self.video is None else {"video": self.video}

    def whole(self, folder: Path) -> bool:
        return not self.blocks(folder).missing()

    def open(self, folder: Path) -> RowStore:
        return self.blocks(folder).looked_over(self.split, self.workplace.broken)

    def make(self, folder: Path, layout: Layout) -> None:
        store = self.blocks(folder)
        if self.file:
            self._import(store)
        else:
            self._extract(store, layout)

    def blocks(self, folder: Path) -> RowStore:
        return RowStore(folder, len(self.data.opened.split(self.split)), CLIPS_PER_BLOCK)

    def _import(self, store: RowStore) -> None:
        from playfair.steps.published_features import import_features

        file = self.file
        assert file is not None
        split = self.data.opened.split(self.split)
        class_names = self.data.opened.class_names
        by_rank_zero(
            lambda: import_features(file, split, store, class_names),
            done=lambda: not store.missing(),
        )

    def _extract(self, store: RowStore, layout: Layout) -> None:
        from playfair.training.decoding import read_block
        from playfair.training.feature_extraction import FeatureWriter
        from playfair.training.prediction import predict_blocks

        assert self.video is not None
        place = None if self.view is None else self.view[1]
        if place is not None and place.mirrored:
            require_no_sides(self.data.opened.class_names)
        frames = self.video.source(self.split, layout, place)
        size = self.video.fit.picture
        dtype = self.data.option("feature_dtype")
        decoded = frames.folder if isinstance(frames, RowStore) else None

        def load(block: int) -> dict[str, Any]:
            note_block(self, store.folder, block, made_from=decoded)
            return read_block(frames, store.clips(block), size)

        predict_blocks(
            self.video.classifier(obtain(self.video, layout)),
            FeatureWriter(store, self.workplace.broken, dtype),
            store.missing,
            load,
            self.workplace.make_trainer,
            what=f"{self.name}: features",
            workers=0 if isinstance(frames, RowStore) else self.workplace.workers,
        )


def _fingerprint(file: Path) -> str:
    """Which features a file holds; UNKNOWN where it is not there, or not yet."""
    return _fingerprint_of(file) if file.is_file() else UNKNOWN


@cache
def _fingerprint_of(file: Path) -> str:
    from playfair.steps.published_features import features_fingerprint

    return features_fingerprint(file)


def row_size(features: RowStore) -> int:
    """The length of a frame's features."""
    clip = int(np.flatnonzero(features.lengths)[0])
    return int(features[clip].shape[-1])
