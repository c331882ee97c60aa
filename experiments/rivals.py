"""ESV and its rivals on the explained videos of one study: what `comparison` measures."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.curves import kept_first, orders
from playfair.analysis.duplicates import credit_of_copies, duplicated
from playfair.analysis.evidence import evidence_of
from playfair.analysis.known import values_of_table
from playfair.analysis.measures import measured
from playfair.attribution import METHODS
from playfair.attribution.frozen_scores import frozen_scores
from playfair.experiments.attributor import Attributor, Clips
from playfair.experiments.retraining import Retrained
from playfair.models.separable import as_pictures
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.esvs import head_of
from playfair.steps.samples import clips_of_store, sampled_frames, sampled_units
from playfair.steps.shown import in_parts
from playfair.steps.study import Study
from playfair.steps.truth import with_truth
from playfair.steps.workplace import device_of

VIDEOS = 64  # at most so many together
BYTES = 2**29  # of the scores of all their coalitions, at most
BACKGROUND = 64  # clips that stand for the data
FEW_CLIPS = 8  # of pixels
CHECKED = 48  # videos of which methods are asked anew, at most, evenly spaced
Anew = Callable[[str, str], Any]


class Compared(NamedTuple):
    """What is measured of one study.

    Attributes:
        measures: `analysis.measures.measured` of the videos, with their uids as the coordinate
            video; planted methods too.
        copies: for each method `analysis.duplicates.credit_of_copies`, in the same order; nothing
            of a model that sees clips whole, which takes no frame more than it was trained on.
    """

    measures: xr.Dataset
    copies: dict[str, pd.DataFrame]


def compare(
    study: Study,
    n_frames: int,
    methods: Sequence[str],
    n_videos: int | None,
    *,
    measures: Sequence[str] | None = None,
    evaluations: int | None = None,
) -> Compared:
    """All measures of all methods, and what each method makes of its top frame doubled.

    Args:
        methods: those that the model can be asked, and planted ones.
        n_videos: at most so many, evenly spaced; None: all.
        measures: the registered ones to take; None: those that need not be asked for.
        evaluations: coalitions that sampling methods may ask for; None: their own number.
    """
    esvs = chosen_videos(with_truth(study.esvs(n_frames)), n_videos)
    rng = np.random.default_rng(study.seed)
    attributed = Attributor(study, background_of(study, esvs), evaluations)
    retrained = Retrained(study, attributed, n_frames)
    parts = []
    copies: dict[str, list[pd.DataFrame]] = {name: [] for name in methods}
    with_pictures = any(METHODS[name].needs_pictures for name in methods)
    is_checked = evenly(esvs.sizes["video"], CHECKED)
    start = 0
    for clips in in_blocks(study, esvs, with_pictures=with_pictures):
        checked = is_checked[start : start + len(clips.label)]
        start += len(clips.label)
        scores = scores_of_subsets(
            attributed.head, clips.features, attributed.prior, removal=attributed.removal
        )
        clips = clips._replace(table=scores)
        attributions = {
            name: clips.esv if name == "esv" else attributed(name, clips) for name in methods
        }
        order = {name: orders(values, rng) for name, values in attributions.items()}
        video = torch.arange(len(clips.label))
        own = scores[:, video, clips.label].T.cpu().numpy()
        right = (scores.argmax(2) == clips.label.to(scores.device)).T.cpu().numpy()
        deletion, insertion = frozen_curves(attributed, clips, order)
        again = attributed.anew(clips, checked)

        def anew(method: str, change: str, clips: Clips = clips, again: Anew = again) -> Any:
            if change in ("labels", "retrained"):
                return retrained(method, change, clips)
            return again(method, change)

        parts.append(
            measured(
                attributions,
                order,
                own,
                clips.inside,
                deletion,
                insertion,
                right=right,
                truth=clips.values,
                again=anew,
                names=measures,
            )
        )
        for name in () if study.is_pretrained else methods:
            if not METHODS[name].leading:
                continue
            top = order[name][:, 0]
            after = attributed(
                name, doubled(clips, top, with_pictures=METHODS[name].needs_pictures)
            )
            copies[name].append(credit_of_copies(attributions[name], after, top))
    compared = xr.concat(parts, "video").assign_coords(video=esvs["video"].values)
    doubled_frames = {name: rows for name, rows in copies.items() if rows}
    return Compared(
        compared,
        {name: pd.concat(rows, ignore_index=True) for name, rows in doubled_frames.items()},
    )


def evenly(n_videos: int, most: int) -> np.ndarray:
    """At most so many of some videos, evenly spaced: (video,) bool.

    Example:
        >>> evenly(5, 3).tolist()
        [True, False, True, False, True]
    """
    chosen = np.zeros(n_videos, dtype=bool)
    chosen[np.linspace(0, n_videos - 1, min(most, n_videos)).round().astype(int)] = True
    return chosen


def background_of(study: Study, esvs: xr.Dataset) -> Tensor:
    """Units of some of the explained clips, which stand for the data: (clip, element, *unit)."""
    n_frames = esvs.sizes["element"]
    shown = int(esvs.attrs.get("n_frames", n_frames))
    rows = clips_of_store(study, esvs)
    most = FEW_CLIPS if study.is_pretrained else BACKGROUND
    places = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))
    device = device_of(head_of(study.head_step, study.layout), study.workplace)
    return sampled_units(study, rows[places], shown).to(device)


def frozen_curves(
    attributed: Attributor, clips: Clips, order: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Curves with removed frames frozen, of methods with a unit: each (video, left).

    Returns:
        the deletion curves and the insertion curves, by method.
    """
    names = [name for name in order if METHODS[name].unit]
    coalitions = [kept_first(order[name][:, ::-1]) for name in names]
    coalitions += [kept_first(order[name]) for name in names]
    kept = torch.from_numpy(np.concatenate(coalitions, axis=1))
    scores = (
        frozen_scores(attributed.head, clips.features, clips.label, attributed.prior, kept)
        .cpu()
        .numpy()
    )
    curves = np.split(scores, len(coalitions), axis=1)
    deletion = dict(zip(names, curves[: len(names)], strict=True))
    insertion = dict(zip(names, curves[len(names) :], strict=True))
    return deletion, insertion


def doubled(clips: Clips, top: np.ndarray, *, with_pictures: bool) -> Clips:
    """The clips with one frame of each there twice. top: (video,), which."""
    n_videos, n_frames = clips.features.shape[:2]
    rows = torch.arange(n_videos)[:, None]
    frames = torch.from_numpy(duplicated(top, n_frames))
    pictures = (
        clips.pictures[rows, frames] if with_pictures and clips.pictures is not None else None
    )
    return clips._replace(features=clips.features[rows, frames], pictures=pictures, table=None)


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
    values = true_values(study, esvs)
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
            values=None if values is None else values[span],
        )


def true_values(study: Study, esvs: xr.Dataset) -> np.ndarray | None:
    """The ideal observer's ESVs of the true class, (video, element), where the dataset knows them.

    A dataset that does has a method `truths()`: by uid what has `scores(frame_index, prior)`, the
    scores (coalition, class) of all coalitions of these frames.
    """
    truths = getattr(study.dataset.opened, "truths", None)
    if truths is None:
        return None
    known = truths()
    prior = study.dataset.opened.prior()
    tables = [
        known[str(uid)].scores(index, prior)[:, label]
        for uid, index, label in zip(
            esvs["video"].values,
            esvs["frame_index"].values,
            esvs["label"].values,
            strict=True,
        )
    ]
    return values_of_table(np.stack(tables))
