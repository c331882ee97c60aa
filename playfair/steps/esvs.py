"""ESVs of a split, for all classes: the ESV store."""

import logging
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from playfair.datasets.dataset import SplitName
from playfair.steps.clips import counts_of, long_enough
from playfair.steps.data import Data
from playfair.steps.esv_store import ESVStore, create_store, open_store
from playfair.steps.features import Features
from playfair.steps.layout import Layout, read_record
from playfair.steps.naming import with_seed
from playfair.steps.obtain import obtain
from playfair.steps.step import Step
from playfair.steps.workplace import Workplace

if TYPE_CHECKING:
    import xarray as xr
    from torch import nn

    from playfair.video.sampling import Short

log = logging.getLogger("playfair")


@dataclass(frozen=True)
class Estimator:
    """How ESVs are computed: conf/estimator, removal and batch_size.

    Args:
        budget: evaluations per video to estimate them from; None for exact values.
        name: of the estimator; None for the best for the model.
        removal: what becomes of an element outside a coalition; None for the model's own.
        precision: "float32" or "bfloat16".
        batch_size: coalitions that a model is called with at once; None for what fits.
    """

    budget: int | None = None
    name: str | None = None
    removal: str | None = None
    precision: str = "float32"
    batch_size: int | None = None

    def settings(self) -> dict[str, Any]:
        """Those that are set, as an ESV store is known by."""
        return {
            name: value
            for name, value in vars(self).items()
            if name == "budget" or value != getattr(EXACT, name)
        }

    @property
    def label(self) -> str:
        """What of it a folder's name says.

        >>> Estimator(budget=1000, removal="freeze").label
        '-budget-1000-freeze'
        """
        parts = ["" if self.budget is None else f"budget-{self.budget}", self.name, self.removal]
        return "".join(f"-{part}" for part in parts if part)

    def options(self) -> dict[str, Any]:
        """What `playfair.explain` is called with."""
        options = {
            "budget": self.budget,
            "estimator": self.name,
            "removal": self.removal,
            "precision": self.precision,
            "batch_size": self.batch_size,
        }
        return {name: value for name, value in options.items() if value is not None}


EXACT = Estimator()


@dataclass(frozen=True)
class ESVs:
    """The ESV store of a model, opened as an xarray.Dataset.

    Args:
        name: the model's name.
        data: the dataset.
        features: of the split that is explained.
        head: the step whose head, or model with a head, is explained.
        n_frames: frames that the model is shown of each clip.
        estimator: how ESVs are computed.
        seed: of the model; and of what an estimator draws.
        workplace: how they are made here.
    """

    kind: ClassVar[str] = "esvs"
    version: ClassVar[int] = 1

    name: str
    data: Data
    features: Features
    head: Step
    n_frames: int
    estimator: Estimator
    seed: int
    workplace: Workplace

    @property
    def split(self) -> SplitName:
        return self.features.split

    @property
    def label(self) -> str:
        frames = "1-frame" if self.n_frames == 1 else f"{self.n_frames}-frames"
        split = "" if self.split == "validation" else f"-{self.split}"
        return f"{with_seed(self.name, self.seed)}-{frames}{split}{self.estimator.label}"

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
        return settings

    def inputs(self) -> dict[str, Step]:
        return {"head": self.head, "features": self.features}

    def whole(self, folder: Path) -> bool:
        store = ESVStore(folder)
        return store.exists() and not store.missing()

    def open(self, folder: Path) -> "xr.Dataset":
        esvs = open_store(folder)
        uids = esvs.attrs["unexplained"]
        if uids:
            n_videos = esvs.sizes["video"] + len(uids)
            self.workplace.faults.append(
                f"{self.name}: {len(uids)} of {n_videos} videos could not be explained, their "
                f"features or scores not being finite numbers: {', '.join(uids[:5])}"
                f"{' …' if len(uids) > 5 else ''}. All others were; these have NaN in {folder} and "
                "are left out of the metrics. To compute them again, remove that folder and the "
                "folder of the features, and type the same command."
            )
        if esvs.sizes["video"] == 0:
            raise ValueError(self.workplace.faults[-1])
        return esvs

    def make(self, folder: Path, layout: Layout) -> None:
        import torch

        from playfair.training.esv_evaluation import ESVEvaluation, Explained
        from playfair.training.prediction import predict_blocks
        from playfair.training.sources import sampled_features

        features = obtain(self.features, layout)
        short = self.data.option("short")
        rule: Short = "repeat" if short == "repeat" else "raise"
        clips = long_enough(features.lengths, self.n_frames, short=short, split=self.split)
        head = head_of(self.head, layout)
        store = ESVStore(folder)
        if not store.exists():
            self._create(folder, head, features.lengths, clips)
        missing = store.missing()
        n_videos = len(clips)
        videos = "1 video" if n_videos == 1 else f"{n_videos} videos"
        log.info("%s: computing the ESVs of %s at %d frames", self.name, videos, self.n_frames)

        def load(block: int) -> dict[str, Any]:
            chosen = clips[store.videos(block)].tolist()
            values, index = sampled_features(features, chosen, self.n_frames, rule)
            return {"features": torch.from_numpy(values), "frame_index": torch.from_numpy(index)}

        evaluation = ESVEvaluation(
            store,
            torch.from_numpy(self.data.opened.prior()),
            options=self.estimator.options(),
            seed=self.seed,
        )
        seconds = predict_blocks(
            Explained(head),
            evaluation,
            store.missing,
            load,
            self.workplace.make_trainer,
            what=f"{self.name}: ESVs",
        )
        self._summarise(store, clips, missing, seconds, features.lengths)

    def _create(
        self, folder: Path, head: "nn.Module", lengths: np.ndarray, clips: np.ndarray
    ) -> None:
        """The store without blocks, by rank 0; the others wait until it is there."""
        from playfair.steps.checkpoints import weights_fingerprint
        from playfair.steps.ranks import by_rank_zero

        dataset = self.data.opened
        split = dataset.split(self.split)
        uids = split.uids[clips].tolist()
        evidence = dataset.evidence()
        counts = {"split": len(split), **self._counts(lengths)}
        attributes = {
            "dataset": self.data.name,
            "dataset_identity": self.data.content(),
            "model": self.name,
            "seed": self.seed,
            "weights": weights_fingerprint(head),
            "split": self.split,
            "n_frames": self.n_frames,
            "estimator": "exact" if self.estimator.budget is None else "sampled",
            **self.estimator.settings(),
            "counts": counts,
            "made_from": read_record(folder),
            "playfair_version": _version(),
        }
        by_rank_zero(
            lambda: create_store(
                folder,
                uids=uids,
                labels=split.targets[clips],
                prior=dataset.prior(),
                class_names=dataset.class_names,
                n_frames=self.n_frames,
                twins=dataset.twins(),
                evidence=np.array([evidence.get(uid, (-1, -1)) for uid in uids]).reshape(-1, 2),
                clip_frames=lengths[clips],
                with_errors=self.estimator.budget is not None,
                attributes=attributes,
            ),
            done=ESVStore(folder).exists,
        )

    def _counts(self, lengths: np.ndarray) -> dict[str, int]:
        return counts_of(lengths, self.n_frames, short=self.data.option("short"))

    def _summarise(
        self,
        store: ESVStore,
        clips: np.ndarray,
        missing: list[int],
        seconds: float,
        lengths: np.ndarray,
    ) -> None:
        """One line: what was done now, what was there, what was left out and why."""
        n_videos = sum(len(clips[store.videos(block)]) for block in missing)
        n_blocks = -(-len(clips) // store.block)
        n_nan = len(open_store(store.path).attrs["unexplained"])
        counts = self._counts(lengths)
        log.info(
            "%s: ESVs of %d videos in %.1f s, %.0f videos/s; %d of %d blocks were there before; left "
            "out: %d too short, %d not decodable, %d with features that are not finite; frames "
            "repeated in %d",
            self.name,
            n_videos,
            seconds,
            n_videos / seconds,
            n_blocks - len(missing),
            n_blocks,
            counts["too_short"],
            counts["not_decodable"],
            n_nan,
            counts["repeated_frames"],
        )


def head_of(step: Step, layout: Layout) -> "nn.Module":
    """What maps features to logits: a step's head, or the head of its video model."""
    model = obtain(step, layout)
    head: nn.Module = getattr(model, "head", model) if step.kind == "video" else model
    return head


def _version() -> str:
    try:
        return version("playfair")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
