"""One dataset × one model, and its artefacts on disk: each is loaded, or built once and saved.

<outputs>/<dataset>/frames-64x64/{train,validation}/     decoded frames, where they are decoded once
<outputs>/<dataset>/examined.jsonl                       what decoding every clip showed (experiment=doctor)
<outputs>/<dataset>/<model>/video.pt                     backbone and head, trained from video
<outputs>/<dataset>/<model>/features/{train,validation}/ what the backbone makes of every frame
<outputs>/<dataset>/<model>/heads.pt                     heads of all scales, trained on the features
<outputs>/<dataset>/<model>/esv/frames-08.zarr           ESVs of the validation split
<outputs>/<dataset>/<model>/interactions/frames-08.zarr  pair interactions of the true class, by experiment=interactions
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from pytorch_lightning import seed_everything
from torch import nn

from playfair.datasets.mirror import mirrored_classes, mirrored_pairs
from playfair.datasets.something_something import SomethingSomething, Split, SplitName, open_dataset
from playfair.datasets.twins import time_reversed_twins
from playfair.models import MultiscaleTRN
from playfair.models.checkpoints import (
    file_fingerprint,
    read_checkpoint,
    save_checkpoint,
    weights_fingerprint,
)
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.artefact import require_same
from playfair.steps.esv_store import ESVStore, create_store, open_store
from playfair.steps.lock import held, turn
from playfair.steps.options import DatasetOptions, ModelOptions
from playfair.steps.published_features import feature_dim, features_fingerprint, import_features
from playfair.steps.ranks import is_rank_zero
from playfair.steps.rows import RowStore, open_rows
from playfair.training.classifier import Classifier, ScalesClassifier, VideoClassifier, VideoModel
from playfair.training.datamodules import (
    LabelledClips,
    SampledDataModule,
    Source,
    Videos,
    sampled_features,
)
from playfair.training.decoding import decode_once, read_block
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.training.feature_extraction import FeatureWriter
from playfair.training.fit import Recipe, TrainerFactory, fit, numeric_settings
from playfair.training.prediction import predict_blocks
from playfair.training.watched_esvs import Watch, WatchedESVs
from playfair.video.reader import require_whole
from playfair.video.sampling import Short, segment_centres

log = logging.getLogger("playfair")

CLIPS_PER_BLOCK = 32  # of decoded frames and features: 32 clips of 40 frames at 224×224 are 190 MB while extracting


NOT_DECODED = "could be decoded. Type experiment=doctor to see what is wrong with the dataset."


@dataclass(frozen=True)
class Study:
    """The artefacts of one model on one dataset; asking for one builds what it lacks.

    Example:
        study.head(); study.features("validation"); study.esvs(n_frames=8)
    """

    name: str
    outputs: Path
    dataset: DatasetOptions
    model: ModelOptions
    config: Mapping[str, Any]  # of the model, as plain values: what its artefacts are identified by
    make_trainer: TrainerFactory
    seed: int = 0
    overwrite: bool = False
    watch: Watch | None = None  # log ESVs of a few clips while training from video
    faults: list[str] = field(default_factory=list)  # what went wrong without stopping the rest
    budget: int | None = None  # evaluations per video to estimate ESVs from; None: exact

    def __post_init__(self) -> None:
        numeric_settings(self.make_trainer)  # which refuses a precision that will not do
        choices = {"broken": ("skip", "fail"), "short": ("skip", "repeat")}
        for name, allowed in choices.items():
            if (got := getattr(self.dataset, name)) not in allowed:
                raise ValueError(
                    f"Expected dataset.{name}={' or '.join(allowed)}, got dataset.{name}={got}."
                )
        n_max, recipes = (
            self.config["head"].get("n_max", 1),
            {"training": self.model.training, "heads": self.model.heads},
        )
        for name, recipe in recipes.items():
            if recipe and recipe.n_frames < n_max:
                raise ValueError(
                    f"A head of {n_max} frames cannot be trained on {recipe.n_frames}. Type "
                    f"model.{self.name}.{name}.n_frames={n_max}, or model.{self.name}.head.n_max={recipe.n_frames}."
                )

    @property
    def folder(self) -> Path:
        return self.outputs / self.dataset.name / self.name

    def write_dataset(self) -> None:
        """Writes the dataset, or what is missing of it, where it can be made."""
        if self.dataset.write is not None:
            with held(self.outputs / self.dataset.name / "dataset.lock", wait=True):
                self.dataset.write(self.dataset.root)

    @property
    def has_videos(self) -> bool:
        """Whether features were made here, of videos; otherwise they were imported."""
        return self.model.features is None

    @cached_property
    def data(self) -> SomethingSomething:
        """The dataset's labels and paths; written first where it can be and is not there."""
        self.write_dataset()
        return open_dataset(self.dataset.root, videos=self.has_videos)

    @cached_property
    def data_identity(self) -> dict[str, Any]:
        return {"fingerprint": self.data.fingerprint(), "frame_size": list(self.dataset.frame_size)}

    def split(self, name: SplitName) -> Split:
        return self._splits[name]

    @cached_property
    def _splits(self) -> dict[SplitName, Split]:
        return {"train": self.data.split("train"), "validation": self.data.split("validation")}

    def frames(self, split: SplitName) -> Videos | RowStore:
        """The frames of a split's clips: decoded when asked for, or once and kept."""
        videos = Videos(self.data, self.split(split), self.dataset.frame_size)
        if not self.dataset.decode_once:
            return videos
        height, width = self.dataset.frame_size
        store = open_rows(
            self.outputs / self.dataset.name / f"frames-{height}x{width}" / split,
            {"dataset": self.data_identity, "split": split},
            n_clips=len(videos),
            block=CLIPS_PER_BLOCK,
            overwrite=self.overwrite,
        )
        with held(
            store.folder.with_suffix(".lock"), wait=True
        ):  # one process decodes, others wait for it
            if store.missing():
                log.info("decoding the %s clips once, into %s", split, store.folder)
                decode_once(
                    videos,
                    store,
                    self.dataset.frame_size,
                    self.dataset.workers,
                    self.dataset.broken,
                )
                self._report_skipped(store, split)
        return self._checked(store)

    @cached_property
    def video_model(self) -> VideoModel:
        """Backbone and head, trained from video end to end, or as they were published."""
        # First, so that nothing is downloaded for a dataset that is not there.
        made_from = self._made_from("backbone", "head", "training")
        seed_everything(self.seed, verbose=False)
        path = self.folder / "video.pt"
        begin: Callable[..., nn.Module] = self.model.backbone
        if path.exists() and self.model.training and "weights" in getattr(begin, "keywords", {}):
            begin = partial(
                begin, weights=None
            )  # what it began from may not be at hand any more, nor is it needed
        elif (
            self.model.training is None
            and getattr(begin, "keywords", {}).get("weights", "") is None
        ):
            raise ValueError(
                f"model={self.name} is not trained here: its backbone needs weights. Type model.{self.name}.backbone."
                f"weights=FILE, or model.{self.name}.features=FILE for features that are stored already."
            )
        backbone = begin()
        model = VideoModel(backbone, self._new_head(int(backbone.feature_dim)))  # type: ignore[arg-type]
        if self.model.training is None:
            self._keep(path, model, made_from)
            return model.eval()
        with self._turn(path, path.exists):
            if not self._load(path, model, made_from):
                module = self._video_classifier(model)
                if getattr(self.model.training.augment, "keywords", {}).get("flip"):
                    swapped = mirrored_pairs(self.data.class_names)
                    log.info(
                        "%s: mirrored clips swap the classes %s (−1: not mirrored)",
                        self.name,
                        swapped,
                    )
                sources = self._labelled(self.frames)
                self._fit(module, sources, self.model.training, path, made_from)
        return model.eval()

    def features(self, split: SplitName) -> RowStore:
        """What the trained backbone makes of every frame of a split, or what a file has of it: rows of (feature,)."""
        file, dtype = self.model.features, self.dataset.feature_dtype
        made_by: dict[str, Any] = {"file": self._backbone_identity} if file else {}
        if file is None:
            made_by = {"weights": weights_fingerprint(self.video_model), **self._trained_by}
            made_by |= {} if dtype == "float32" else {"dtype": dtype}
        store = open_rows(
            self.folder / "features" / split,
            {"dataset": self.data_identity, "split": split, **made_by},
            n_clips=len(self.split(split)),
            block=CLIPS_PER_BLOCK,
            overwrite=self.overwrite,
        )
        if store.missing():
            lock = store.folder.with_suffix(".lock")  # one process imports, others wait for it
            with (
                held(lock, wait=True)
                if file
                else self._turn(store.folder, lambda: not store.missing())
            ):
                if store.missing():
                    log.info(
                        "%s: %s features of the %s split",
                        self.name,
                        "importing" if file else "extracting",
                        split,
                    )
                    import_features(file, self.split(split), store) if file else self._extract(
                        store, split
                    )
                    self._report_skipped(store, split)
        return self._checked(store)

    def _turn(self, path: Path, made: Callable[[], bool]) -> AbstractContextManager[None]:
        return turn(path.with_suffix(".lock"), made=made, rank_zero=is_rank_zero())

    def _extract(self, store: RowStore, split: SplitName) -> None:
        frames, size = self.frames(split), self.dataset.frame_size
        predict_blocks(
            self._video_classifier(self.video_model),
            FeatureWriter(store, self.dataset.broken, self.dataset.feature_dtype),
            store.missing,
            lambda block: read_block(frames, store.clips(block), size),
            self.make_trainer,
            what=f"{self.name}: features",
            workers=0 if self.dataset.decode_once else self.dataset.workers,
        )

    @cached_property
    def _backbone_identity(self) -> str:
        """Fingerprint of what makes the features: the backbone's weights, or the file that has them."""
        if self.model.features:
            return features_fingerprint(self.model.features)
        return weights_fingerprint(self.video_model.backbone)

    @cached_property
    def head(self) -> nn.Module:
        """What maps features to logits, ready to be explained."""
        path, recipe, file = self.folder / "heads.pt", self.model.heads, self.model.features
        if recipe is None and file is None:
            return self.video_model.head
        made_from = {
            **self._made_from("head", "heads"),
            "backbone_weights": self._backbone_identity,
        }
        dim = feature_dim(file) if file else int(self.video_model.backbone.feature_dim)  # type: ignore[arg-type]
        seed_everything(self.seed, verbose=False)
        fresh = self._new_head(dim)
        if recipe is None:
            if self.model.training:
                raise ValueError(
                    f"model={self.name} learns its head from video, not from features: {file} has no use for it. Type "
                    f"model={self.name}_published for a head that was published."
                )
            self._keep(path, fresh, made_from)
            return fresh.eval()
        with self._turn(path, path.exists):
            if not self._load(path, fresh, made_from):
                assert isinstance(fresh, MultiscaleTRN)
                module = ScalesClassifier(self.name, fresh, recipe.optimizer, recipe.schedule)
                self._fit(module, self._labelled(self.features), recipe, path, made_from)
        return fresh.eval()

    def scores(self, n_frames: int) -> xr.Dataset:
        """f(X) of the validation videos at n_frames: score (video, class), label and class_name."""
        head = self.head
        split, clips, scores = self.split("validation"), self.long_enough(n_frames), []
        for block in np.array_split(clips, -(-len(clips) // 256)):
            with torch.inference_mode():
                scores.append(head(self.sampled_features(block, n_frames)).softmax(-1).numpy())
        found = xr.Dataset(
            {
                "score": (("video", "class"), np.concatenate(scores)),
                "twin": ("class", time_reversed_twins(self.data.class_names)),
            },
            {
                "video": split.uids[clips].astype(object),
                "label": ("video", split.targets[clips]),
                "class_name": ("class", list(self.data.class_names)),
            },
        )
        return found.isel(
            video=np.isfinite(found["score"].values).all(1)
        )  # others have no ESVs either

    def long_enough(self, n_frames: int) -> np.ndarray:
        """Validation clips with at least n_frames frames; the others are left out, as in the paper, and reported.

        With dataset.short=repeat all that could be decoded: shorter ones show frames more than once.
        """
        lengths = self.features("validation").lengths
        clips = np.flatnonzero(lengths >= (1 if self.dataset.short == "repeat" else n_frames))
        if not lengths.any():
            raise ValueError(f"No clip of the validation split {NOT_DECODED}")
        if len(clips) == 0:
            raise ValueError(
                f"Every clip of the validation split is shorter than n_frames={n_frames}: the longest has "
                f"{lengths.max()} frames. Type n_frames={lengths.max()} or less."
            )
        counts = self.clip_counts(n_frames)
        if short := counts["repeated_frames"] + counts["too_short"]:
            done = "frames are repeated" if self.dataset.short == "repeat" else "left out"
            log.warning(
                "%d of %d clips have fewer than %d frames: %s", short, len(lengths), n_frames, done
            )
        return clips

    def explained(self, esvs: xr.Dataset) -> np.ndarray:
        """Which validation clips an ESV store explains, in its order."""
        return np.flatnonzero(np.isin(self.split("validation").uids, esvs["video"].values))

    def sampled_features(self, clips: np.ndarray, n_frames: int) -> torch.Tensor:
        """Features of validation clips at n_frames, as they are explained: (video, frame, feature)."""
        values, _ = sampled_features(
            self.features("validation"), clips.tolist(), n_frames, self._short
        )
        return torch.from_numpy(values)

    def sampled_frames(self, clips: np.ndarray, n_frames: int) -> torch.Tensor:
        """The frames that these features are of: (video, frame, height, width, 3) uint8."""
        frames, choose = (
            self.frames("validation"),
            partial(segment_centres, n_frames=n_frames, short=self._short),
        )
        return torch.from_numpy(np.stack([frames.sample(int(clip), choose) for clip in clips]))

    def clip_counts(self, n_frames: int) -> dict[str, int]:
        """What became of the validation clips: explained with repeated frames, too short, not decodable."""
        lengths = self.features("validation").lengths
        short, repeat = (
            int(((lengths > 0) & (lengths < n_frames)).sum()),
            self.dataset.short == "repeat",
        )
        broken = int((lengths == 0).sum())
        return {
            "repeated_frames": short * repeat,
            "too_short": short * (not repeat),
            "not_decodable": broken,
        }

    def esv_path(self, n_frames: int) -> Path:
        sampled = "" if self.budget is None else f"-budget-{self.budget}"
        return self.folder / "esv" / f"frames-{n_frames:02d}{sampled}.zarr"

    def esvs(self, n_frames: int) -> xr.Dataset:
        """ESVs of the validation split at n_frames, for all classes: the ESV store, opened.

        Exact, or estimated with standard errors where the study has a budget.
        """
        if self.budget is None and n_frames > MAX_FRAMES:
            raise ValueError(
                f"Exact ESVs of {n_frames} frames need 2^{n_frames} scores; up to {MAX_FRAMES} frames are done "
                f"exactly. Type estimator=sampled to estimate them, or n_frames={MAX_FRAMES} or less."
            )
        features, split, clips = (
            self.features("validation"),
            self.split("validation"),
            self.long_enough(n_frames),
        )
        prior, estimator = self.data.prior(), "exact" if self.budget is None else "sampled"
        store = create_store(
            self.esv_path(n_frames),
            {
                "dataset": self.data_identity,
                "split": "validation",
                "model": dict(self.config),
                "seed": self.seed,
                "weights": {
                    "head": weights_fingerprint(self.head),
                    "backbone": self._backbone_identity,
                },
                "n_frames": n_frames,
                "estimator": estimator,
                "budget": self.budget,
                **({"short": "repeat"} if self.dataset.short == "repeat" else {}),
                **self._trained_by,
            },
            uids=split.uids[clips].tolist(),
            labels=split.targets[clips],
            prior=prior,
            class_names=self.data.class_names,
            n_frames=n_frames,
            estimator=estimator,
            overwrite=self.overwrite,
            evidence=self._evidence(split.uids[clips]),
            twins=time_reversed_twins(self.data.class_names),
            clip_frames=features.lengths[clips],
        )
        if missing := store.missing():
            log.info(
                "%s: computing the ESVs of %d videos at %d frames", self.name, len(clips), n_frames
            )

            def load(block: int) -> dict[str, Any]:
                chosen = clips[store.videos(block)].tolist()
                values, index = sampled_features(features, chosen, n_frames, self._short)
                return {
                    "features": torch.from_numpy(values),
                    "frame_index": torch.from_numpy(index),
                }

            evaluation = ESVEvaluation(
                store, torch.from_numpy(prior), budget=self.budget, seed=self.seed
            )
            lock = store.path.with_suffix(".lock")
            seconds = predict_blocks(
                *(Explained(self.head), evaluation, store.missing, load, self.make_trainer),
                what=f"{self.name}: ESVs",
                lock=lock,
            )
        esvs = open_store(store.path)
        if missing:
            counts = self.clip_counts(n_frames) | {"not_finite": len(esvs.attrs["unexplained"])}
            self._summarise(store, clips, missing, seconds, counts)
        if uids := esvs.attrs["unexplained"]:
            self.faults.append(
                f"{self.name}: {len(uids)} of {len(clips)} videos could not be explained, their features or scores not "
                f"being finite numbers: {', '.join(uids[:5])}{' …' if len(uids) > 5 else ''}. All others were; these "
                f"have NaN in {store.path} and are left out of the metrics. To compute them again, remove that and "
                f"{features.folder}, and type the same command."
            )
        if esvs.sizes["video"] == 0:
            raise ValueError(self.faults[-1])
        return esvs

    def _evidence(self, uids: np.ndarray) -> np.ndarray:
        """The decisive interval of each clip, −1, −1 where it is not known: (video, bound)."""
        known = self.data.evidence()
        bounds = [known.get(str(uid), (-1, -1)) for uid in uids]
        return np.array(bounds, dtype=np.int32).reshape(-1, 2)

    def _video_classifier(self, model: VideoModel) -> VideoClassifier:
        recipe = self.model.training
        if recipe is None:  # as it was published: to extract features only
            return VideoClassifier(self.name, model, torch.optim.SGD, None, None)
        mirrored = torch.from_numpy(mirrored_classes(self.data.class_names))
        augment = None if recipe.augment is None else partial(recipe.augment, mirrored=mirrored)
        return VideoClassifier(self.name, model, recipe.optimizer, recipe.schedule, augment)

    @property
    def _trained_by(self) -> dict[str, Any]:
        """What of the trainer's options changes the numbers; nothing where all are as they come."""
        settings = numeric_settings(self.make_trainer)
        return {"trainer": settings} if settings else {}

    def _new_head(self, feature_dim: int) -> nn.Module:
        return self.model.head(feature_dim=feature_dim, n_classes=len(self.data.class_names))

    def _made_from(self, *parts: str) -> dict[str, Any]:
        return {
            "dataset": self.data_identity,
            "seed": self.seed,
            "model": {part: self._identity_of(part) for part in parts},
            **self._trained_by,
        }

    def _identity_of(self, part: str) -> Any:
        """A part of the model's configuration, with the content of a file of weights in the place of its path."""
        config = self.config[part]
        weights = config.get("weights") if part == "backbone" else None
        if (
            weights is None or not Path(weights).is_file()
        ):  # an address; or moved away once trained from
            return config
        return {**config, "weights": file_fingerprint(Path(weights))}

    def _load(self, path: Path, model: nn.Module, made_from: Mapping[str, Any]) -> bool:
        """Loads what was made from `made_from`; says whether there was such a thing."""
        if not path.exists():
            return False
        found, weights = read_checkpoint(path)
        begun_from = made_from.get("model", {}).get("backbone", {}).get("weights")
        if (
            begun_from
            and "://" not in begun_from
            and begun_from == self.config["backbone"]["weights"]
        ):
            model_of = made_from[
                "model"
            ]  # the file it began from is not there any more, nor needed
            was = found.get("model", {}).get("backbone", {}).get("weights")
            made_from = {
                **made_from,
                "model": {**model_of, "backbone": {**model_of["backbone"], "weights": was}},
            }
        if found != made_from and self.overwrite:
            return False
        require_same(path, found, made_from)
        model.load_state_dict(weights)
        return True

    def _keep(self, path: Path, model: nn.Module, made_from: Mapping[str, Any]) -> None:
        """Saves a model that was published and not trained here, or finds it saved."""
        made_from = {**made_from, "weights": weights_fingerprint(model)}
        with held(path.with_suffix(".lock"), wait=True):
            if not self._load(path, model, made_from):
                save_checkpoint(path, model, made_from)

    def _labelled(self, source: Callable[[SplitName], Any]) -> tuple[LabelledClips, LabelledClips]:
        train, validation = (
            self._usable(source(name), self.split(name)) for name in ("train", "validation")
        )
        return train, validation

    @staticmethod
    def _usable(source: Source, split: Split) -> LabelledClips:
        lengths = source.lengths if isinstance(source, RowStore) else np.ones(len(source))
        if not lengths.any():
            raise ValueError(f"No clip of the {split.name} split {NOT_DECODED}")
        return LabelledClips(source, split.targets, np.flatnonzero(lengths))

    def _fit(
        self,
        module: Classifier,
        sources: tuple[LabelledClips, LabelledClips],
        recipe: Recipe,
        path: Path,
        made_from: Mapping[str, Any],
    ) -> None:
        log.info("%s: training %s for %d epochs", self.name, path.name, recipe.epochs)
        train, validation = sources
        in_memory = isinstance(train.source, RowStore)
        data = SampledDataModule(
            train,
            validation,
            n_frames=recipe.n_frames,
            seed=self.seed,
            workers=0 if in_memory else self.dataset.workers,
            on_broken=self.dataset.broken,
        )
        folder = path.with_suffix(".training")
        trained = module.model if isinstance(module, VideoClassifier) else module.head
        assert isinstance(trained, nn.Module)

        watched = []
        if self.watch and isinstance(module, VideoClassifier):
            shown = (
                validation,
                recipe.n_frames,
                torch.from_numpy(self.data.prior()),
                self.data.class_names,
                self.name,
            )
            watched = [WatchedESVs(self.watch, *shown)]

        def save() -> None:
            save_checkpoint(path, trained, made_from)

        run = {
            "folder": folder,
            "made_from": made_from,
            "seed": self.seed,
            "save": save,
            "callbacks": watched,
        }
        fit(module, data, self.make_trainer, recipe, **run)  # type: ignore[arg-type]
        if data.broken:
            log.warning(
                "%s: %d clips could not be decoded; others stood in", self.name, len(data.broken)
            )

    def _summarise(
        self,
        store: ESVStore,
        clips: np.ndarray,
        missing: list[int],
        seconds: float,
        counts: Mapping[str, int],
    ) -> None:
        """One line: what was done now, what was there, what was left out and why."""
        n_videos = sum(len(clips[store.videos(block)]) for block in missing)
        n_blocks = -(-len(clips) // store.block)
        log.info(
            "%s: ESVs of %d videos in %.1f s, %.0f videos/s; %d of %d blocks were there before; left out: %d too "
            "short, %d not decodable, %d with features that are not finite; frames repeated in %d",
            *(self.name, n_videos, seconds, n_videos / seconds, n_blocks - len(missing), n_blocks),
            *(
                counts[name]
                for name in ("too_short", "not_decodable", "not_finite", "repeated_frames")
            ),
        )

    @property
    def _short(self) -> Short:
        return "repeat" if self.dataset.short == "repeat" else "raise"

    def _checked(self, store: RowStore) -> RowStore:
        if (
            self.dataset.broken == "fail"
        ):  # the store may have been written when it was not asked for
            require_whole(store.skipped().values())
        return store

    def _report_skipped(self, store: RowStore, split: SplitName) -> None:
        if skipped := store.skipped():
            reasons = "\n  ".join(list(skipped.values())[:5])
            more = "\n  …" if len(skipped) > 5 else ""
            log.warning(
                "%d clips of the %s split are left out:\n  %s%s", len(skipped), split, reasons, more
            )
