"""Attributions of one study beside the ideal observer's: what `known_values` measures.

The ideal observer's scores of every coalition stand in the place of a model's, so that methods that
read scores alone can be asked of it too: what they then miss is theirs, and no model's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from playfair.attribution import METHODS
from playfair.attribution.pixel_change import pixel_change
from playfair.datasets.events.clip import EventClip
from playfair.datasets.events.posterior import divergences, posteriors, shapley_values
from playfair.datasets.events.rendering import read_back
from playfair.datasets.events.truth import Truth
from playfair.experiments.comparison_methods import has_pictures
from playfair.experiments.rivals import Attributor, Clips, chosen_videos, in_blocks
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.samples import clips_of_store, sampled_frames
from playfair.steps.study import Study

SINGLETON = "singleton"
INTERVAL = "decisive interval"


class NoKnownValuesError(ValueError):
    """The dataset knows no values of its clips, or not of these.

    Attributes:
        name: the dataset's.
        split: whose clips they are.
    """

    def __init__(self, name: str, split: str) -> None:
        super().__init__(name, split)
        self.name = name
        self.split = split

    def __str__(self) -> str:
        return (
            f"the true values of the {self.split} clips of {self.name} are not known; expected the "
            "validation clips of a dataset whose values are: type dataset=known_values_features or "
            "dataset=known_values, and split=validation"
        )


class OfStudy(NamedTuple):
    """What is measured on the explained videos of one study.

    Attributes:
        values: attribution (method, video, element), truth (video, element).
        ideal: the same methods of the ideal observer, where they can be had of scores alone.
        errors: by uid, the model's errors.
        read_back: the largest divergence of the posterior of what is shown from the stored one.
    """

    values: xr.Dataset
    ideal: xr.Dataset
    errors: pd.DataFrame
    read_back: float


def of_study(study: Study, n_frames: int, methods: Sequence[str], n_videos: int | None) -> OfStudy:
    """All methods on the explained videos of one study, and how far its model is off."""
    esvs = chosen_videos(study.esvs(n_frames), n_videos)
    truths = truths_of(study, esvs["video"].values)
    pictured = has_pictures(study)
    usable = [name for name in methods if pictured or not METHODS[name].needs_pictures]
    attributed = Attributor(study)
    prior = study.dataset.opened.prior()
    rng = np.random.default_rng(study.seed)
    frames = esvs["frame_index"].values
    blind = np.abs(esvs["esv"].values).mean(-1)
    parts: dict[str, list[np.ndarray]] = {}
    ideal: dict[str, list[np.ndarray]] = {}
    errors = []
    start = 0
    with_pictures = any(METHODS[name].needs_pictures for name in usable)
    for clips in in_blocks(study, esvs, with_pictures=with_pictures):
        span = slice(start, start + len(clips.label))
        start = span.stop
        tables = np.stack(
            [
                truth.scores(index, prior)
                for truth, index in zip(truths[span], frames[span], strict=True)
            ],
            axis=1,
        )  # (coalition, video, class)
        scores = scores_of_subsets(
            attributed.head, clips.features, attributed.prior, removal=attributed.removal
        )
        scores_here = scores.cpu().numpy()
        label = clips.label.numpy()
        attributions = {
            name: clips.esv if name == "esv" else attributed(name, clips) for name in usable
        }
        if not pictured and "pixel_change" in methods:
            attributions["pixel_change"] = pixel_change(clips.features).cpu().numpy()
        attributions |= from_scores(scores_here, label, clips) | planted(
            clips.esv, blind[span], rng
        )
        of_ideal = ideal_attributions(tables, label, clips)
        attributions["truth"] = of_ideal["esv"]
        for name, values in attributions.items():
            parts.setdefault(name, []).append(values)
        for name, values in of_ideal.items():
            ideal.setdefault(name, []).append(values)
        errors.append(model_errors(scores_here, tables, label, clips.esv, of_ideal["esv"]))
    uids = esvs["video"].values
    whole = {name: np.concatenate(values) for name, values in parts.items()}
    truth = whole.pop("truth")
    return OfStudy(
        along_methods(whole, truth, uids),
        along_methods(
            {name: np.concatenate(values) for name, values in ideal.items()}, truth, uids
        ),
        pd.concat(errors, ignore_index=True).set_axis(pd.Index(uids, name="uid")),
        read_back_divergence(study, esvs, truths, prior),
    )


def truths_of(study: Study, uids: np.ndarray) -> list[Truth]:
    """What is known of some clips. Raises NoKnownValuesError."""
    dataset: Any = study.dataset.opened
    known = dataset.truths() if hasattr(dataset, "truths") else {}
    if not all(str(uid) in known for uid in uids):
        raise NoKnownValuesError(dataset.name, study.split_name)
    return [known[str(uid)] for uid in uids]


def from_scores(scores: np.ndarray, label: np.ndarray, clips: Clips) -> dict[str, np.ndarray]:
    """What is made here: the score of each frame alone, and the decisive interval.

    Args:
        scores: (coalition, video, class).
        label: (video,).
        clips: whose they are.
    """
    video = np.arange(len(label))
    n_frames = clips.esv.shape[1]
    alone = scores[1 << np.arange(n_frames)][:, video, label] - scores[0][video, label]
    made = {SINGLETON: alone.T}
    if clips.inside is not None:
        made[INTERVAL] = clips.inside.astype(float)
    return made


def ideal_attributions(
    tables: np.ndarray, label: np.ndarray, clips: Clips
) -> dict[str, np.ndarray]:
    """The methods that read scores alone, of the ideal observer; `esv` are the true values."""
    video = np.arange(len(label))
    own = tables[:, video, label]  # (coalition, video)
    n_frames = clips.esv.shape[1]
    without = (len(own) - 1) ^ (1 << np.arange(n_frames))
    return {
        "esv": shapley_values(own).T,
        "leave_one_out": (own[-1] - own[without]).T,
        **from_scores(tables, label, clips),
    }


def planted(esv: np.ndarray, blind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Attributions that are wrong by design.

    Args:
        esv: (video, element), of the true class.
        blind: (video, element), the mean of |ESV| over classes.
        rng: what shuffles the elements of each video.
    """
    return {"negated": -esv, "shuffled": rng.permuted(esv, axis=1), "class_blind": blind}


def model_errors(
    scores: np.ndarray, tables: np.ndarray, label: np.ndarray, esv: np.ndarray, truth: np.ndarray
) -> pd.DataFrame:
    """How far a model is from the ideal observer: one row per video.

    Args:
        scores, tables: (coalition, video, class), the model's and the ideal observer's.
        label: (video,).
        esv, truth: (video, element), of the true class.
    """
    diverges = divergences(tables, scores)
    return pd.DataFrame(
        {
            "divergence": diverges[1:].mean(0),
            "divergence_whole": diverges[-1],
            "top1": (scores[-1].argmax(-1) == label).astype(float),
            "ideal_top1": (tables[-1].argmax(-1) == label).astype(float),
            "esv_error": np.abs(esv - truth).mean(1),
        }
    )


def along_methods(
    values: Mapping[str, np.ndarray], truth: np.ndarray, uids: np.ndarray
) -> xr.Dataset:
    """Attributions by method, with what is true."""
    stacked = np.stack([of_method.astype(np.float64) for of_method in values.values()])
    return xr.Dataset(
        {
            "attribution": (("method", "video", "element"), stacked),
            "truth": (("video", "element"), truth),
        },
        {"method": list(values), "video": uids.astype(object)},
    )


def read_back_divergence(
    study: Study, esvs: xr.Dataset, truths: Sequence[Truth], prior: np.ndarray
) -> float:
    """The largest divergence of the posterior of what the model is shown from the stored one."""
    n_frames = esvs.sizes["element"]
    clips = clips_of_store(study, esvs)
    largest = 0.0
    for clip, truth, index in zip(clips, truths, esvs["frame_index"].values, strict=True):
        signs, moments = shown_signs(study, np.array([clip]), n_frames)
        first = np.unique(moments, return_index=True)[1]
        table = posteriors(signs[first], moments[first], prior)
        stored = truth.scores(index[first], prior)
        largest = max(largest, float(divergences(stored, table).max()))
    return largest


def shown_signs(study: Study, clip: np.ndarray, n_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """What the frames of one clip say, as the model sees them: signs (frame, cell), moments."""
    if has_pictures(study):
        return read_back(sampled_frames(study, clip, n_frames)[0].numpy())
    features = study.shown().units(clip.tolist(), n_frames, study.dataset.short_rule)[0].numpy()
    return EventClip.read(features)
