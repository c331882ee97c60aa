"""One dataset × one model × one seed: names the steps that lead from its clips to its ESVs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playfair.datasets.dataset import SPLIT_NAMES, Dataset, SplitName
from playfair.steps.data import Data
from playfair.steps.estimator import EXACT, Estimator
from playfair.steps.esvs import ESVs
from playfair.steps.features import Features
from playfair.steps.frames import Frames
from playfair.steps.heads import Heads, require_enough_frames
from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.step import Step
from playfair.steps.video import Video
from playfair.steps.workplace import Workplace, numeric_settings

if TYPE_CHECKING:
    import xarray as xr
    from torch import nn

    from playfair.steps.row_store import RowStore
    from playfair.training.classifier import VideoModel
    from playfair.video.sampling import Short


@dataclass(frozen=True)
class Study:
    """The steps of one model; `obtain(step, layout)` opens one, and builds what it lacks.

    Args:
        name: the model's name.
        model: its configuration: backbone, head, training, heads, features.
        dataset: whose clips.
        layout: where outputs lie.
        workplace: how steps are made here.
        estimator: how ESVs are computed.
        seed: of training, and of what an estimator draws.
        split_name: the split that is explained.

    Example:
        study.esvs(n_frames=8)
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
        require_enough_frames(self.name, self.model)

    def frames_step(self, split: SplitName) -> Frames:
        return Frames(self.dataset, split, self.workplace)

    @cached_property
    def video_step(self) -> Video:
        frames = None
        if self.dataset.option("decode_once"):
            frames = {split: self.frames_step(split) for split in SPLIT_NAMES}
        return Video(self.name, self.model, self.dataset, frames, self.seed, self.workplace)

    def features_step(self, split: SplitName) -> Features:
        file = self.model.get("features")
        video = None if file else self.video_step
        path = Path(file) if file else None
        return Features(self.name, self.dataset, split, video, path, self.workplace)

    @cached_property
    def head_step(self) -> Step:
        """The step that has the head: trained on features of its own, or together with video."""
        if self.has_videos and not self.model.get("heads"):
            return self.video_step
        trained_on = SPLIT_NAMES[:2]
        features = {split: self.features_step(split) for split in trained_on}
        return Heads(self.name, self.model, self.dataset, features, self.seed, self.workplace)

    def esvs_step(self, n_frames: int) -> ESVs:
        return ESVs(
            self.name,
            self.dataset,
            self.features_step(self.split_name),
            self.head_step,
            n_frames,
            self.estimator,
            self.seed,
            self.workplace,
        )

    @property
    def data(self) -> "Dataset":
        """The dataset's labels and clips."""
        return self.dataset.opened

    @property
    def has_videos(self) -> bool:
        """Whether features are made here, of videos; otherwise they are imported."""
        return not self.model.get("features")

    @property
    def short_rule(self) -> "Short":
        """What sampling does with clips of too few frames."""
        return "repeat" if self.dataset.option("short") == "repeat" else "raise"

    @property
    def video_model(self) -> "VideoModel":
        """Backbone and head as they were trained from video."""
        model: VideoModel = obtain(self.video_step, self.layout)
        return model

    @property
    def head(self) -> "nn.Module":
        """What maps features to logits, ready to be explained."""
        model = obtain(self.head_step, self.layout)
        head: nn.Module = model.head if isinstance(self.head_step, Video) else model
        return head

    def features(self, split: SplitName | None = None) -> "RowStore":
        """Features of every frame of a split; by default of the one that is explained."""
        store: RowStore = obtain(self.features_step(split or self.split_name), self.layout)
        return store

    def esvs(self, n_frames: int) -> "xr.Dataset":
        """The ESV store at n_frames, opened: exact, or estimated where there is a budget."""
        step = self.esvs_step(n_frames)
        if self.workplace.broken == "fail":
            self.features()  # which stops at a clip that was left out before
        esvs: xr.Dataset = obtain(step, self.layout)
        return esvs
