"""ESV and its rivals on the explained videos of one study: what `comparison` measures."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.curves import kept_first, orders
from playfair.analysis.duplicates import credit_of_copies, duplicated
from playfair.analysis.evidence import evidence_of
from playfair.analysis.measures import measured
from playfair.attribution import METHODS, attribute
from playfair.attribution.frozen_scores import frozen_scores
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.esvs import head_of
from playfair.steps.obtain import obtain
from playfair.steps.samples import clips_of_store, sampled_frames, sampled_units
from playfair.steps.shown import in_parts
from playfair.steps.study import Study
from playfair.steps.truth import with_truth
from playfair.steps.workplace import device_of
from playfair.training.classifier import as_pictures

VIDEOS = 64  # at most so many together
BYTES = 2**29  # of the scores of all their coalitions, at most


class Clips(NamedTuple):
    """Some videos as the methods see them."""

    features: Tensor  # (video, element, *unit)
    label: Tensor  # (video,)
    pictures: Tensor | None  # (video, element, 3, height, width), where a method asks for them
    esv: np.ndarray  # (video, element), of the store
    inside: np.ndarray | None  # (video, element) bool, which are known to decide


class Attributor:
    """Attributes the true class of some clips by any method, with one study's model."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.head = head_of(study.head_step, study.layout)
        self.device = device_of(self.head, study.workplace)
        self.head.to(self.device)
        self.removal = study.estimator.removal
        self.prior = torch.from_numpy(study.dataset.opened.prior())
        self.generator = torch.Generator().manual_seed(study.seed)

    def __call__(self, method: str, clips: Clips) -> np.ndarray:
        """(video, element), in the method's unit."""
        needs_pictures = METHODS[method].needs_pictures
        backbone = (
            obtain(self.study.video_step, self.study.layout).backbone if needs_pictures else None
        )
        attribution = attribute(
            method,
            self.head,
            clips.features,
            clips.label,
            self.prior,
            backbone=backbone,
            pictures=clips.pictures,
            generator=self.generator,
            removal=self.removal,
        )
        return attribution.cpu().numpy()


def compare(
    study: Study, n_frames: int, methods: Sequence[str], n_videos: int | None
) -> tuple[xr.Dataset, dict[str, pd.DataFrame]]:
    """All measures of all methods, and what each method makes of its top frame doubled.

    Args:
        n_videos: at most so many, evenly spaced; None: all.

    Returns:
        `analysis.measures.measured` of the videos, with their uids as the coordinate video; and for
        each method `analysis.duplicates.credit_of_copies`, in the same order; nothing of a model
        that sees clips whole, which takes no frame more than it was trained on.
    """
    esvs = chosen_videos(with_truth(study.esvs(n_frames)), n_videos)
    rng = np.random.default_rng(study.seed)
    attributed = Attributor(study)
    parts = []
    copies: dict[str, list[pd.DataFrame]] = {name: [] for name in methods}
    with_pictures = any(METHODS[name].needs_pictures for name in methods)
    for clips in in_blocks(study, esvs, with_pictures=with_pictures):
        attributions = {
            name: clips.esv if name == "esv" else attributed(name, clips) for name in methods
        }
        order = {name: orders(values, rng) for name, values in attributions.items()}
        scores = scores_of_subsets(
            attributed.head, clips.features, attributed.prior, removal=attributed.removal
        )
        video = torch.arange(len(clips.label))
        own = scores[:, video, clips.label].T.cpu().numpy()
        frozen = frozen_curves(attributed, clips, order)
        parts.append(measured(attributions, order, own, clips.inside, frozen))
        for name in () if study.is_pretrained else methods:
            top = order[name][:, 0]
            after = attributed(
                name, doubled(clips, top, with_pictures=METHODS[name].needs_pictures)
            )
            copies[name].append(credit_of_copies(attributions[name], after, top))
    compared = xr.concat(parts, "video").assign_coords(video=esvs["video"].values)
    doubled_frames = {name: rows for name, rows in copies.items() if rows}
    return compared, {
        name: pd.concat(rows, ignore_index=True) for name, rows in doubled_frames.items()
    }


def frozen_curves(
    attributed: Attributor, clips: Clips, order: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Deletion curves with removed frames frozen, of methods with a unit: (video, left)."""
    names = [name for name in order if METHODS[name].unit]
    coalitions = [kept_first(order[name][:, ::-1]) for name in names]
    kept = torch.from_numpy(np.concatenate(coalitions, axis=1))
    scores = (
        frozen_scores(attributed.head, clips.features, clips.label, attributed.prior, kept)
        .cpu()
        .numpy()
    )
    return dict(zip(names, np.split(scores, len(names), axis=1), strict=True))


def doubled(clips: Clips, top: np.ndarray, *, with_pictures: bool) -> Clips:
    """The clips with one frame of each there twice. top: (video,), which."""
    n_videos, n_frames = clips.features.shape[:2]
    rows = torch.arange(n_videos)[:, None]
    frames = torch.from_numpy(duplicated(top, n_frames))
    pictures = (
        clips.pictures[rows, frames] if with_pictures and clips.pictures is not None else None
    )
    return clips._replace(features=clips.features[rows, frames], pictures=pictures)


def chosen_videos(esvs: xr.Dataset, n_videos: int | None) -> xr.Dataset:
    """At most n_videos of the explained videos, evenly spaced; None: all."""
    if n_videos is None or n_videos >= esvs.sizes["video"]:
        return esvs
    places = np.linspace(0, esvs.sizes["video"] - 1, n_videos)
    return esvs.isel(video=places.round().astype(int))


def in_blocks(study: Study, esvs: xr.Dataset, *, with_pictures: bool) -> Iterator[Clips]:
    """The videos of a store, some at a time."""
    n_frames = esvs.sizes["element"]
    own = true_class_esvs(esvs)
    label = esvs["label"].values
    evidence = evidence_of(esvs)
    rows = clips_of_store(study, esvs)
    together = max(1, min(VIDEOS, BYTES // (8 * 2**n_frames * esvs.sizes["class"])))
    shown = int(esvs.attrs.get("n_frames", n_frames))
    device = device_of(head_of(study.head_step, study.layout), study.workplace)
    start = 0
    for clips in in_parts(study.shown(), rows, shown, together):
        span = slice(start, start + len(clips))
        start += len(clips)
        pictures = None
        if with_pictures:
            pictures = as_pictures(sampled_frames(study, clips, shown))
        yield Clips(
            features=sampled_units(study, clips, shown).to(device),
            label=torch.from_numpy(label[span]),
            pictures=pictures,
            esv=own[span],
            inside=None if evidence is None else evidence.inside[span],
        )
