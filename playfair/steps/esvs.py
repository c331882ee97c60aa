"""ESVs of a split, for all classes: the ESV store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from playfair.datasets.dataset import SplitName
from playfair.steps.checked_zarr import CheckedStore, opened_arrays, read_group
from playfair.steps.clips import counts_of, report_not_decoded
from playfair.steps.data import Data
from playfair.steps.estimator import Estimator
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.features import Features
from playfair.steps.layout import Layout
from playfair.steps.lengths import Lengths
from playfair.steps.manifest import MANIFEST
from playfair.steps.naming import with_seed
from playfair.steps.obtain import obtain
from playfair.steps.ranks import is_rank_zero
from playfair.steps.shown import Shown, ShownFeatures, ShownFrames
from playfair.steps.step import Step
from playfair.steps.workplace import Workplace

if TYPE_CHECKING:
    import xarray as xr
    from torch import nn


# Elements whose coalitions are all scored: as playfair.shapley.exact says, which imports torch.
MOST_EXACT = 20


@dataclass(frozen=True)
class ESVs:
    """The ESV store of a model, opened as an xarray.Dataset.

    Args:
        name: the model's name.
        data: the dataset.
        features: of the split that is explained; of a model that sees clips whole, their lengths.
        head: the step whose head, or model with a head, is explained.
        n_frames: frames that the model is shown of each clip.
        estimator: how ESVs are computed.
        seed: of the model; and of what an estimator draws.
        workplace: how they are made here.
        frames_per_element: frames that go as one; None where a checkpoint is not at hand to say it.
        views: crops of every frame whose scores, and so whose ESVs, are averaged.
        others: the features of those beside the centre, by name.
    """

    kind: ClassVar[str] = "esvs"
    version: ClassVar[int] = 2  # its files have checksums

    name: str
    data: Data
    features: Features | Lengths
    head: Step
    n_frames: int
    estimator: Estimator
    seed: int
    workplace: Workplace
    frames_per_element: int | None = 1
    views: str = "one"
    others: tuple[tuple[str, Features], ...] = ()

    @property
    def split(self) -> SplitName:
        return self.features.split

    @property
    def label(self) -> str:
        frames = "1-frame" if self.n_frames == 1 else f"{self.n_frames}-frames"
        split = "" if self.split == "validation" else f"-{self.split}"
        views = "" if self.views == "one" else f"-{self.views}"
        return f"{with_seed(self.name, self.seed)}-{frames}{split}{self.estimator.label}{views}"

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "model": self.name,
            "n_frames": self.n_frames,
            "estimator": self.estimator.settings(),
        }
        if self.estimator.budget is not None:
            settings["seed"] = self.seed
        if self.data.option("short") == "repeat":
            settings["short"] = "repeat"
        if self.others:
            settings["averaged"] = "scores"
        return settings

    def __post_init__(self) -> None:
        together = self.frames_per_element or self.n_frames
        n_elements = self.n_frames // together
        if self.estimator.budget is None and n_elements > MOST_EXACT:
            what = "frames" if together == 1 else f"elements of {together} frames"
            raise ValueError(
                f"Exact ESVs of {n_elements} {what} need 2^{n_elements} scores; up to "
                f"{MOST_EXACT} are done exactly. Type estimator=sampled to estimate them, or "
                f"n_frames={MOST_EXACT * together} or less."
            )

    def inputs(self) -> dict[str, Step]:
        seen = "lengths" if isinstance(self.features, Lengths) else "features"
        others: dict[str, Step] = {f"features-{name}": step for name, step in self.others}
        return {"head": self.head, seen: self.features, **others}

    def whole(self, folder: Path) -> bool:
        store = ESVStore(folder)
        return store.exists() and not store.missing()

    def blocks(self, folder: Path) -> ESVStore:
        return ESVStore(folder)

    def blocks_of_clips(
        self, folder: Path, clips: Sequence[int], layout: Layout
    ) -> list[int] | None:
        """The blocks that hold some clips of the split, which have changed.

        What ESVs are made from is followed first, as it says how long the clips are now.

        Returns:
            None where blocks alone would not do: the store is not finished, or holds other clips
            than it would now, or one of another length.
        """
        lengths = obtain(self.features, layout).lengths
        obtain(self.head, layout)
        store = ESVStore(folder)
        if not (folder / MANIFEST).exists() or not store.exists():
            return None
        short = self.data.option("short")
        at_least = 1 if short == "repeat" else self.n_frames
        explained = np.flatnonzero(lengths >= at_least)
        uids = self.data.opened.split(self.split).uids[explained]
        arrays = opened_arrays(CheckedStore(folder), ["video", "clip_frames"])
        if [str(uid) for uid in np.asarray(arrays["video"])] != [str(uid) for uid in uids]:
            return None
        if not np.array_equal(np.asarray(arrays["clip_frames"]), lengths[explained]):
            return None
        # Of those left out only their number is in the store.
        attributes = read_group(folder)["attributes"]
        counts = {"split": len(lengths), **counts_of(lengths, self.n_frames, short=short)}
        if attributes.get("counts") != counts:
            return None
        return store.blocks_of(np.flatnonzero(np.isin(explained, clips)).tolist())

    def open(self, folder: Path) -> "xr.Dataset":
        esvs = open_store(folder)
        if is_rank_zero():
            report_not_decoded(self.name, self.split, esvs.attrs.get("counts", {}))
        uids = esvs.attrs["unexplained"]
        if uids:
            n_videos = esvs.sizes["video"] + len(uids)
            self.workplace.faults.append(
                f"{self.name}: {len(uids)} of {n_videos} videos could not be explained, as features "
                f"or scores are no finite numbers: {', '.join(uids[:5])}"
                f"{' …' if len(uids) > 5 else ''}. All others were; of these there is NaN in {folder}, "
                "and metrics are without them. To compute them again, remove that folder and the "
                "folder of the features, and type the same command."
            )
        if esvs.sizes["video"] == 0:
            raise ValueError(self.workplace.faults[-1])
        return esvs

    def make(self, folder: Path, layout: Layout) -> None:
        from playfair.steps.evaluation import evaluate

        evaluate(self, folder, layout)


def head_of(step: Step, layout: Layout) -> "nn.Module":
    """What maps features to logits: a step's head, or the head of its video model."""
    model = obtain(step, layout)
    head: nn.Module = getattr(model, "head", model) if step.kind == "video" else model
    return head


def shown_of(features: Features | Lengths, head: Step, layout: Layout) -> Shown:
    """The clips of a split as a model sees them.

    Args:
        features: the step of its features, or of the clips' lengths where it sees them whole.
        head: the step that has the model.
        layout: where both lie.
    """
    opened = obtain(features, layout)
    if not isinstance(features, Lengths):
        return ShownFeatures(opened)
    dataset = features.data.opened
    split = dataset.split(features.split)
    return ShownFrames(dataset, split, opened.lengths, obtain(head, layout))
