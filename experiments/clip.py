"""Why did a model decide so about this clip?

Reads the weights of the models' studies, the labels of their dataset, and the clips that are named;
trains nothing and keeps nothing but its answer. Expected: the ESVs of each clip add up to its score
minus the prior; a model's decision falls when the frames that support it are taken away.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from playfair.attribution.one_clip import explained_clip
from playfair.datasets.given import GivenClips, Place, given_clips
from playfair.experiments.film_strips import pictures
from playfair.report.figures.one_clip import ClipView, ModelView, one_clip_figure
from playfair.report.look import element_name, model_name, probability
from playfair.report.sentences import listed
from playfair.result import Result, Strip
from playfair.steps.at_hand import ModelAtHand, Sampled, model_at_hand, sampled
from playfair.steps.study import Study
from playfair.video.reader import VideoError, decode, frame_times

TALLEST = 270  # pixels of a frame that is drawn
NOTEWORTHY = 0.01  # of a score: less is not told
ORDERS = {"supporting": "highest ESV first", "distracting": "lowest ESV first"}


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


def findings(uid: str, view: ClipView) -> list[str]:
    """What each model says of the clip, for which frames, and without which it says otherwise."""
    sentences = []
    for name, seen in view.models.items():
        best, *others = np.argsort(-seen.score, kind="stable").tolist()
        next_best = f"; next {_scored(view, seen, others[0])}" if others else ""
        sentences.append(
            f"{uid}: {model_name(name)} says {_scored(view, seen, best)}{next_best}. "
            f"{_for_and_against(view, seen.esv[:, best])} {_without(view, seen, best)}"
        )
    return sentences


def _scored(view: ClipView, seen: ModelView, label: int) -> str:
    return f"“{view.class_names[label]}” ({seen.score[label]:.2f})"


def _for_and_against(view: ClipView, esv: np.ndarray) -> str:
    """The frames that count most, by when they are shown."""
    order = np.argsort(-esv, kind="stable")
    supporting = [int(place) for place in order[:2] if esv[place] > 0]
    against = int(order[-1])
    sentence = "No frame supports it"
    if supporting:
        verb = "supports" if len(supporting) == 1 else "support"
        named = listed([_element(view, place, esv[place]) for place in supporting])
        sentence = f"{_frames(view, len(supporting))} {named} {verb} it most"
    if esv[against] < 0:
        sentence += f"; {_element(view, against, esv[against])} speaks most against it"
    return f"{sentence}."


def _frames(view: ClipView, count: int) -> str:
    if view.frame_index.shape[1] > 1:
        return "The elements" if count > 1 else "The element"
    return "Frames" if count > 1 else "Frame"


def _element(view: ClipView, place: int, esv: float) -> str:
    """An element by its frames and the time of the first."""
    name = element_name(view.frame_index[place].tolist())
    moment = view.seconds[place]
    when = f" at {moment:.2f} s" if np.isfinite(moment) else ""
    return f"{name}{when} ({probability(esv)})"


def _without(view: ClipView, seen: ModelView, label: int) -> str:
    """What is said when elements are taken away in the order of their ESVs."""
    what = "frame" if view.frame_index.shape[1] == 1 else "element"
    n_elements = len(seen.esv)
    going = seen.removed["supporting"]
    sentence = f"It still says so as they are taken away in that order, down to the last {what}."
    for gone in range(1, n_elements):
        says = int(going[n_elements - gone].argmax())
        if says != label:
            most = _foremost(gone, "most supporting", what)
            sentence = f"Without {most} it says {_says(view, going[n_elements - gone], says)}."
            break
    coming = seen.removed["distracting"][1:, label]
    left = 1 + int(coming.argmax())
    if left < n_elements and coming[left - 1] > seen.score[label] + NOTEWORTHY:
        gone = n_elements - left
        last = np.sort(seen.esv[:, label])[gone - 1]  # of those that are gone, the best
        least = _foremost(gone, "most distracting" if last < 0 else "least supporting", what)
        sentence += f" Without {least} its score is {coming[left - 1]:.2f}."
    return sentence


def _foremost(count: int, kind: str, what: str) -> str:
    """So many of a kind.

    >>> _foremost(1, "most supporting", "frame"), _foremost(3, "least supporting", "element")
    ('the most supporting frame', 'the 3 least supporting elements')
    """
    return f"the {kind} {what}" if count == 1 else f"the {count} {kind} {what}s"


def _says(view: ClipView, scores: np.ndarray, label: int) -> str:
    return f"“{view.class_names[label]}” ({scores[label]:.2f})"


def metrics(views: Mapping[str, ClipView]) -> dict[str, float]:
    """How many clips; of a single one each model's highest score; how exactly ESVs add up."""
    numbers = {"clips": float(len(views))}
    seen = [(name, model) for view in views.values() for name, model in view.models.items()]
    if len(views) == 1:
        for name, model in seen:
            label = model.classes[0]
            numbers[f"{name}_highest_score"] = float(model.score[label])
            numbers[f"{name}_prior"] = float(model.prior[label])
    gaps = [np.abs(m.esv.sum(0) - (m.score - m.prior)).max() for _, m in seen]
    return {**numbers, "max_efficiency_gap": float(max(gaps))}


def scores_of(uid: str, view: ClipView) -> pd.DataFrame:
    """Every class's score by each model, the highest first."""
    tables = []
    for name, seen in view.models.items():
        order = np.argsort(-seen.score, kind="stable")
        columns = {
            "clip": uid,
            "model": name,
            "class": [view.class_names[label] for label in order],
            "score": seen.score[order],
            "prior": seen.prior[order],
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)


def esvs_of(uid: str, view: ClipView) -> pd.DataFrame:
    """ESVs of the classes that are drawn: a row for each element."""
    rows = []
    for name, seen in view.models.items():
        for label in seen.classes:
            for place, held in enumerate(view.frame_index.tolist()):
                row = {
                    "clip": uid,
                    "model": name,
                    "class": view.class_names[label],
                    "frames": element_name(held),
                    "second": float(view.seconds[place]),
                    "esv": float(seen.esv[place, label]),
                }
                if seen.stderr is not None:
                    row["stderr"] = float(seen.stderr[place, label])
                rows.append(row)
    return pd.DataFrame(rows)


def removal_of(uid: str, view: ClipView) -> pd.DataFrame:
    """The winner's score, and what is said instead, with fewer and fewer elements left."""
    rows = []
    for name, seen in view.models.items():
        label = seen.classes[0]
        for order, scores in seen.removed.items():
            for left in range(len(scores) - 1, -1, -1):
                rows.append(
                    {
                        "clip": uid,
                        "model": name,
                        "removed first": ORDERS[order],
                        "left": left,
                        "class": view.class_names[label],
                        "score": float(scores[left, label]),
                        "says": view.class_names[int(scores[left].argmax())],
                    }
                )
    return pd.DataFrame(rows)


def strip_of(uid: str, view: ClipView, place: Place) -> Strip:
    """The clip as W&B shows it: what every frame adds to the first model's answer."""
    label = next(iter(view.models.values())).classes[0]
    return Strip(
        title=f"{view.class_names[label]}  (clip {uid})",
        frames=view.frames,
        frame_index=view.frame_index[:, 0] if view.frame_index.shape[1] == 1 else view.frame_index,
        esvs={name: seen.esv[:, label] for name, seen in view.models.items()},
        notes={name: f"score {seen.score[label]:.2f}" for name, seen in view.models.items()},
        evidence=None,
        video=place,
    )


def summary_of(models: Sequence[ModelAtHand], n_frames: int) -> str:
    """What was asked, and how it is read."""
    study = models[0].study
    exact = "" if study.estimator.budget is None else ", estimated, with 95 % intervals if stated,"
    return (
        f"{listed([model_name(model.name) for model in models])}, {classes_of(models[0])}, "
        f"{'sees' if len(models) == 1 else 'see'} {n_frames} frames of each clip, at the centres of "
        f"equal segments. ESVs{exact} are what each frame adds to (blue) or takes from (orange) the "
        "score of a class, on average over all orders in which frames can come; they add up to the "
        f"score minus the prior, {prior_of(models[0])}.\n"
        "Frames are then taken away one by one, in the order of the ESVs of the class that is "
        "said: where they tell the reasons, the score falls at once when those of the highest ESVs "
        "go first, and stays when those of the lowest do."
    )


def classes_of(model: ModelAtHand) -> str:
    """Whose classes are told apart."""
    if model.own_classes:
        n_classes = len(model.class_names)
        return f"asked about {n_classes} classes of its own, as {model.own_classes}"
    return f"trained on {model.study.dataset.name}"


def prior_of(model: ModelAtHand) -> str:
    """What the prior is."""
    if np.ptp(model.prior) == 0:
        return "the same for every class"
    return "the class's share of the training clips"


def captions(names: Mapping[str, str], views: Mapping[str, ClipView]) -> dict[str, str]:
    """Of the pictures and the tables."""
    pictures_of = {
        name: f"{uid}: the frames that are shown, ESVs of each model's highest classes under them; "
        "below, its highest scores with the prior as a line, and the score of what it says against "
        "the frames that are left (dotted: the prior)."
        for uid, name in names.items()
    }
    tables = {
        "scores": "Every class's score and prior.",
        "removal": "The score of what the model says, and what it says instead, as frames go.",
        "esvs": "ESVs of each model's highest classes; times on the video's clock.",
    }
    return {**pictures_of, **tables}


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
