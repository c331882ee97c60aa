"""One dataset × one model × one seed: from its model to its ESVs, and what is opened of both."""

from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from playfair.datasets.dataset import SplitName
from playfair.steps.esvs import ESVs, shown_of
from playfair.steps.features import Features
from playfair.steps.lengths import Lengths
from playfair.steps.model_steps import ModelSteps
from playfair.steps.obtain import obtain
from playfair.steps.pretrained import Pretrained
from playfair.steps.row_store import RowStore
from playfair.steps.shown import Shown, ShownFeatures


@dataclass(frozen=True)
class Study(ModelSteps):
    """The steps of one model, and what experiments open of them most; arguments as of ModelSteps."""

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
            self.views,
            tuple(self.view_steps.items()),
        )

    def features(self, split: SplitName | None = None) -> RowStore:
        return obtain(self.features_step(split or self.split_name), self.layout)

    def shown(self) -> Shown:
        """The split's clips as the model sees them."""
        return shown_of(self.shown_step, self.head_step, self.layout)

    def views_shown(self) -> tuple[Shown, ...]:
        """`shown` of the centre crop, and of each crop beside it."""
        others = [ShownFeatures(obtain(step, self.layout)) for step in self.view_steps.values()]
        return (self.shown(), *others)

    def esvs(self, n_frames: int) -> xr.Dataset:
        if self.workplace.broken == "fail":
            obtain(self.shown_step, self.layout)  # which stops at a clip that was left out before
        return obtain(self.esvs_step(n_frames), self.layout)
