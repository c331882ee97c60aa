"""One dataset × one model × one seed: names the steps that lead from its clips to the model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from playfair.datasets.dataset import SPLIT_NAMES, SplitName
from playfair.steps.data import Data
from playfair.steps.estimator import EXACT, Estimator
from playfair.steps.features import Features
from playfair.steps.fit import fit_of, places_of, require_no_sides
from playfair.steps.frames import Frames
from playfair.steps.heads import Heads, require_enough_frames
from playfair.steps.layout import Layout
from playfair.steps.pretrained import Pretrained
from playfair.steps.removals import require_removal
from playfair.steps.step import UNKNOWN, Step
from playfair.steps.video import Video
from playfair.steps.workplace import Workplace, numeric_settings


@dataclass(frozen=True)
class ModelSteps:
    """The steps that lead to one model, whatever it is explained on.

    Args:
        name, model: the model's, and its configuration: backbone, head, training, heads, features;
            or the path of a checkpoint.
        dataset: whose clips.
        layout, workplace: where outputs lie, and how steps are made here.
        estimator: how ESVs are computed.
        seed: of training, and of what an estimator draws.
        split_name: the split that is explained.
        views: crops whose scores are averaged, as of playfair.video.views.
    """

    name: str
    model: Mapping[str, Any]
    dataset: Data
    layout: Layout
    workplace: Workplace
    estimator: Estimator = EXACT
    seed: int = 0
    split_name: SplitName = "validation"
    views: str = "one"

    def __post_init__(self) -> None:
        numeric_settings(self.workplace.trainer)  # which refuses a precision that will not do
        if not self.is_pretrained:
            require_enough_frames(self.name, self.model)
        require_removal(self.name, self.model, self.estimator.removal)

    @property
    def is_pretrained(self) -> bool:
        """Whether the model is a checkpoint that sees clips whole, and has no features."""
        return bool(self.model.get("path"))

    @property
    def has_videos(self) -> bool:
        """Whether the model sees videos here; otherwise its features are imported."""
        return not self.model.get("features")

    def frames_step(self, split: SplitName) -> Frames:
        fit = fit_of(self.name, self.model, self.dataset)
        return Frames(self.dataset, split, self.workplace, fit)

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
    def view_steps(self) -> dict[str, Features]:
        """The features of the crops beside the centre's.

        Raises:
            ValueError: the model's frames have no other crops.
        """
        if self.views == "one":
            return {}
        if self.is_pretrained or not self.has_videos:
            kind = "a checkpoint that sees clips whole" if self.is_pretrained else "stored features"
            raise ValueError(
                f"views={self.views} averages crops of a model that is trained here; {self.name} "
                f"is {kind}. Type views=one."
            )
        if self.estimator.budget is not None:
            raise ValueError(
                f"views={self.views} averages exact values; the error of averaged estimates is not "
                "stated. Type estimator=exact, or views=one."
            )
        places = places_of(self.views, self.video_step.fit)
        mirrors = any(place.mirrored for place in places.values())
        if mirrors and self.dataset.content() != UNKNOWN:  # or where the features are made
            require_no_sides(self.dataset.opened.class_names)
        centre = self.features_step(self.split_name)
        return {name: replace(centre, view=(name, place)) for name, place in places.items()}

    @cached_property
    def head_step(self) -> Step:
        """The step that has the model: a head, trained on features or together with video, or all."""
        if self.is_pretrained:
            return Pretrained(self.name, self.model, self.dataset, self.workplace)
        if self.has_videos and not self.model.get("heads"):
            return self.video_step
        features = {split: self.features_step(split) for split in SPLIT_NAMES}
        return Heads(self.name, self.model, self.dataset, features, self.seed, self.workplace)
