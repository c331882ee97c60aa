"""Why did a model decide so about this clip?

Reads the weights of the models' studies, the labels of their dataset, and the clips that are named;
trains nothing and keeps nothing but its answer. Expected: the ESVs of each clip add up to its score
minus the prior; a model's decision falls when the frames that support it are taken away.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from playfair.attribution.one_clip import explained_clip
from playfair.datasets.given import GivenClips, Place, given_clips
from playfair.experiments.clip_tables import esvs_of, metrics, removal_of, scores_of
from playfair.experiments.clip_words import captions, findings, summary_of
from playfair.experiments.film_strips import pictures
from playfair.report.figures.one_clip import ClipView, ModelView, one_clip_figure
from playfair.report.look import model_name, score
from playfair.report.sentences import listed
from playfair.result import Result, Strip
from playfair.steps.at_hand import ModelAtHand, Sampled, model_at_hand, sampled
from playfair.steps.study import Study
from playfair.video.reader import VideoError, decode, frame_times

TALLEST = 270  # pixels of a frame that is drawn


def clip(
    studies: Sequence[Study],
    *,
    clip: Any,
    n_frames: int,
    start: float | None = None,
    stop: float | None = None,
    n_classes: int = 3,
) -> Result:
    """A film strip for each clip, with what each model says of it.

    Args:
        studies: whose models are asked.
        clip: as `given_clips` takes it.
        n_frames: that a model is shown of each.
        start, stop: seconds of the file between which the clip lies; None: all of it.
        n_classes: whose ESVs are drawn, of each model.
    """
    given = given_clips(clip, start, stop)
    models = [model_at_hand(study) for study in studies]
    require_same_classes(models)
    views, left_out = views_of(given, models, n_frames, n_classes)
    for reason in left_out:
        studies[0].workplace.faults.append(f"Left out: {reason}")
    names = file_names(list(views))
    scores = pd.concat([scores_of(uid, view) for uid, view in views.items()])
    esvs = pd.concat([esvs_of(uid, view) for uid, view in views.items()])
    removal = pd.concat([removal_of(uid, view) for uid, view in views.items()])
    return Result(
        "Clip" if len(views) == 1 else "Clips",
        summary_of(models, n_frames),
        findings=[line for uid, view in views.items() for line in findings(uid, view)],
        metrics=metrics(views),
        tables={"scores": scores, "removal": removal, "esvs": esvs},
        figures={names[uid]: one_clip_figure(view) for uid, view in views.items()},
        kinds=("png", "pdf"),
        strips=[strip_of(uid, view, given.places[uid]) for uid, view in views.items()],
        captions=captions(names, views),
    )


def require_same_classes(models: Sequence[ModelAtHand]) -> None:
    """Raises ValueError where models that stand on one page tell other classes apart."""
    first = models[0]
    for other in models[1:]:
        if other.class_names != first.class_names:
            raise ValueError(
                f"{model_name(first.name)} and {model_name(other.name)} tell other classes apart "
                f"({other.own_classes or first.own_classes}). Explain the clip with one of them "
                "after the other, or type dataset.root=FOLDER of the dataset that both were "
                "trained on."
            )


def views_of(
    given: GivenClips, models: Sequence[ModelAtHand], n_frames: int, n_classes: int
) -> tuple[dict[str, ClipView], list[str]]:
    """What is drawn of each clip, and why others are left out.

    Raises:
        VideoError: a clip cannot be read, where it is the only one, or dataset.broken=fail.
    """
    views: dict[str, ClipView] = {}
    reasons = []
    for uid, place in given.places.items():
        try:
            views[uid] = view_of(uid, place, models, n_frames, n_classes)
        except VideoError as error:
            if len(given.places) == 1 or models[0].study.workplace.broken == "fail":
                raise
            reasons.append(str(error))
    if not views:
        raise VideoError("None of the clips can be explained:\n" + "\n".join(reasons))
    return views, reasons


def view_of(
    uid: str, place: Place, models: Sequence[ModelAtHand], n_frames: int, n_classes: int
) -> ClipView:
    """One clip as every model explains it.

    Raises:
        VideoError: it cannot be read, or has too few frames.
    """
    views = {}
    held = None
    for at_hand in models:
        shown = sampled(at_hand, place, n_frames)
        views[at_hand.name] = model_view(at_hand, shown, n_classes)
        if held is not None and not np.array_equal(held, shown.frame_index):
            raise ValueError(
                f"{listed([model.name for model in models])} see clips in different elements, which "
                "no single film strip shows. Explain the clip with one of them after the other."
            )
        held = shown.frame_index
    assert held is not None
    frames = drawn_frames(place, held.ravel())
    seconds = frame_times(place)
    return ClipView(
        title=title_of(uid, seconds),
        frames=pictures(frames, held.shape[1]),
        frame_index=held,
        seconds=seconds[held[:, 0]],
        class_names=models[0].class_names,
        models=views,
    )


def model_view(at_hand: ModelAtHand, shown: Sampled, n_classes: int) -> ModelView:
    """Scores and ESVs of a clip, and its scores as elements are taken away."""
    import torch

    study = at_hand.study
    explained = explained_clip(
        at_hand.head,
        shown.units,
        torch.from_numpy(at_hand.prior),
        options=study.estimator.options(),
        seed=study.seed,
    )
    classes = np.argsort(-explained.score, kind="stable")[:n_classes]
    return ModelView(
        explained.esv,
        explained.stderr,
        explained.score,
        at_hand.prior,
        explained.removed,
        classes.tolist(),
    )


def drawn_frames(place: Place, index: np.ndarray) -> np.ndarray:
    """Frames as they are drawn: in the clip's own proportions, and no larger than print needs."""

    def fitted(height: int, width: int) -> tuple[int, int]:
        scale = min(1.0, TALLEST / height)
        return round(height * scale), max(1, round(width * scale))

    return decode(place, index, fitted)


def title_of(uid: str, seconds: np.ndarray) -> str:
    """A clip's name and length.

    >>> title_of("day", np.array([0.0, 0.5, 1.0])), title_of("pictures", np.array([np.nan]))
    ('day  (3 frames, 1.5 s)', 'pictures  (1 frame)')
    """
    frames = "1 frame" if len(seconds) == 1 else f"{len(seconds)} frames"
    if len(seconds) < 2 or not np.isfinite(seconds).all():
        return f"{uid}  ({frames})"
    lasts = seconds[-1] - seconds[0] + (seconds[-1] - seconds[-2])
    return f"{uid}  ({frames}, {lasts:.1f} s)"


def strip_of(uid: str, view: ClipView, place: Place) -> Strip:
    """The clip as W&B shows it: what every frame adds to the first model's answer."""
    label = next(iter(view.models.values())).classes[0]
    return Strip(
        title=f"{view.class_names[label]}  (clip {uid})",
        frames=view.frames,
        frame_index=view.frame_index[:, 0] if view.frame_index.shape[1] == 1 else view.frame_index,
        esvs={name: seen.esv[:, label] for name, seen in view.models.items()},
        notes={name: f"score {score(seen.score[label])}" for name, seen in view.models.items()},
        evidence=None,
        video=place,
    )


def file_names(uids: Sequence[str]) -> dict[str, str]:
    """What each clip's picture is called: film_strip, or with the clip's name where there are more.

    >>> file_names(["a"]), file_names(["a b", "a/b"])
    ({'a': 'film_strip'}, {'a b': 'film_strip_a-b', 'a/b': 'film_strip_a-b-2'})
    """
    if len(uids) == 1:
        return {uids[0]: "film_strip"}
    names: dict[str, str] = {}
    for uid in uids:
        readable = re.sub(r"[^\w.-]+", "-", uid).strip("-.")[:80]
        name = f"film_strip_{readable}"
        count = 2
        free = name
        while free in names.values():
            free = f"{name}-{count}"
            count += 1
        names[uid] = free
    return names
