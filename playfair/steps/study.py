"""One dataset × one model × one seed: names the steps that lead from its clips to its ESVs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from playfair.datasets.dataset import SPLIT_NAMES, SplitName
from playfair.steps.data import Data
from playfair.steps.estimator import EXACT, Estimator
from playfair.steps.esvs import ESVs, shown_of
from playfair.steps.features import Features
from playfair.steps.frames import Frames
from playfair.steps.heads import Heads, require_enough_frames
from playfair.steps.layout import Layout
from playfair.steps.lengths import Lengths
from playfair.steps.obtain import obtain
from playfair.steps.pretrained import Pretrained
from playfair.steps.row_store import RowStore
from playfair.steps.shown import Shown
from playfair.steps.step import Step
from playfair.steps.video import Video
from playfair.steps.workplace import Workplace, numeric_settings


@dataclass(frozen=True)
class Study:
    """The steps of one model, and what experiments open of them most.

    Args:
        name, model: the model's, and its configuration: backbone, head, training, heads, features;
            or the path of a checkpoint.
        dataset: whose clips.
        layout, workplace: where outputs lie, and how steps are made here.
        estimator: how ESVs are computed.
        seed: of training, and of what an estimator draws.
        split_name: the split that is explained.
    """

    name: str
    model: Mapping[str, Any]
    dataset: Data
    layout: Layout
    workplace: Workplace
    estimator: Estimator = EXACT
    seed: int = 0
    split_name: SplitName = "validation"

    def __post_init__(self) -> None:
        numeric_settings(self.workplace.trainer)  # which refuses a precision that will not do
        if not self.is_pretrained:
            require_enough_frames(self.name, self.model)

    @property
    def is_pretrained(self) -> bool:
        """Whether the model is a checkpoint that sees clips whole, and has no features."""
        return bool(self.model.get("path"))

    @property
    def has_videos(self) -> bool:
        """Whether the model sees videos here; otherwise its features are imported."""
        return not self.model.get("features")

    def frames_step(self, split: SplitName) -> Frames:
        return Frames(self.dataset, split, self.workplace)

    @cached_property
    def video_step(self) -> Video:
        kept = self.dataset.option("decode_once")
        frames = {split: self.frames_step(split) for split in SPLIT_NAMES} if kept else None
        return Video(self.name, self.model, self.dataset, frames, self.seed, self.workplace)

    def features_step(self, split: SplitName) -> Features:
        if self.is_pretrained:
            raise ValueError(
                f"{self.name} sees clips whole: it has no features of single frames, which this "
                "experiment is about. Type model=tsn or model=trn for it."
            )
        video = self.video_step if self.has_videos else None
        file = None if self.has_videos else Path(self.model["features"])
        return Features(self.name, self.dataset, split, video, file, self.workplace)

    @cached_property
    def head_step(self) -> Step:
        """The step that has the model: a head, trained on features or together with video, or all."""
        if self.is_pretrained:
            return Pretrained(self.name, self.model, self.dataset, self.workplace)
        if self.has_videos and not self.model.get("heads"):
            return self.video_step
        features = {split: self.features_step(split) for split in SPLIT_NAMES}
        return Heads(self.name, self.model, self.dataset, features, self.seed, self.workplace)

    @cached_property
    def shown_step(self) -> Features | Lengths:
        """What is known of the split's clips before the model is asked."""
        if self.is_pretrained:
            return Lengths(self.dataset, self.split_name, self.workplace)
        return self.features_step(self.split_name)

    @cached_property
    def frames_per_element(self) -> int | None:
        """Frames that go as one; None where a checkpoint is not at hand to say it."""
        return self.head_step.frames_per_element if isinstance(self.head_step, Pretrained) else 1

    def esvs_step(self, n_frames: int) -> ESVs:
        return ESVs(
            self.name,
            self.dataset,
            self.shown_step,
            self.head_step,
            n_frames,
            self.estimator,
            self.seed,
            self.workplace,
            self.frames_per_element,
        )

    def features(self, split: SplitName | None = None) -> RowStore:
        return obtain(self.features_step(split or self.split_name), self.layout)

    def shown(self) -> Shown:
        """The split's clips as the model sees them."""
        return shown_of(self.shown_step, self.head_step, self.layout)

    def esvs(self, n_frames: int) -> xr.Dataset:
        if self.workplace.broken == "fail":
            obtain(self.shown_step, self.layout)  # which stops at a clip that was left out before
        return obtain(self.esvs_step(n_frames), self.layout)
