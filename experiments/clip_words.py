"""What is said of clips that models explain, in words."""

from collections.abc import Mapping, Sequence

import numpy as np

from playfair.report.figures.one_clip import ClipView, ModelView
from playfair.report.look import element_name, model_name, probability, score
from playfair.report.sentences import listed
from playfair.steps.at_hand import ModelAtHand

NOTEWORTHY = 0.01  # of a score: less is not told


def findings(uid: str, view: ClipView) -> list[str]:
    """What each model says of the clip, for which frames, and without which it says otherwise."""
    sentences = []
    for name, seen in view.models.items():
        best, *others = np.argsort(-seen.score, kind="stable").tolist()
        next_best = f"; next {_says(view, seen.score, others[0])}" if others else ""
        sentences.append(
            f"{uid}: {model_name(name)} says {_says(view, seen.score, best)}{next_best}. "
            f"{_for_and_against(view, seen.esv[:, best])} {_without(view, seen, best)}"
        )
    return sentences


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
        sentence += f" Without {least} its score is {score(coming[left - 1])}."
    return sentence


def _foremost(count: int, kind: str, what: str) -> str:
    """So many of a kind.

    >>> _foremost(1, "most supporting", "frame"), _foremost(3, "least supporting", "element")
    ('the most supporting frame', 'the 3 least supporting elements')
    """
    return f"the {kind} {what}" if count == 1 else f"the {count} {kind} {what}s"


def _says(view: ClipView, scores: np.ndarray, label: int) -> str:
    return f"“{view.class_names[label]}” ({score(scores[label])})"


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
