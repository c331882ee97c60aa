"""Which methods a comparison takes, and which are left out of it, for want of what."""

from collections.abc import Sequence

import pandas as pd

from playfair.attribution import METHODS, check_methods
from playfair.attribution.registry import NEEDS, gives
from playfair.experiments.left_out import pretrained_names
from playfair.report.sentences import listed
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import head_of
from playfair.steps.seeds import by_model
from playfair.steps.study import Study


def has_pictures(study: Study) -> bool:
    """Whether there is a backbone whose maps of single frames can be weighed."""
    return study.has_videos and not study.is_pretrained


def is_given(name: str, study: Study) -> bool:
    """Whether a study's model has all that a method needs."""
    known = METHODS[name]
    if not known.all_needs:
        return True
    head = head_of(study.head_step, study.layout)
    return all(gives(head, need, pictures=has_pictures(study)) for need in known.all_needs)


def not_given(studies: Sequence[Study], methods: Sequence[str]) -> str:
    """Which methods are left out for want of what they need, as a sentence for each need.

    Those that `left_out` has said are not said again.
    """
    said = ("gradcam", "pixel_change")
    by_need: dict[str, list[str]] = {}
    for name in methods:
        models = [model for model in by_model(studies) if not _given_to(name, studies, model)]
        pretrained = {study.name for study in studies if study.is_pretrained}
        if models and not (name in said and set(models) <= pretrained):
            need = NEEDS[METHODS[name].all_needs[0]]
            where = "" if len(models) == len(by_model(studies)) else f" of {listed(models)}"
            by_need.setdefault(f"{where}, needing {need}", []).append(METHODS[name].title)
    return "".join(f" Left out{need}: {listed(names)}." for need, names in by_need.items())


def _given_to(name: str, studies: Sequence[Study], model: str) -> bool:
    return all(is_given(name, study) for study in studies if study.name == model)


def methods_table(methods: Sequence[str], measures: pd.DataFrame) -> pd.DataFrame:
    """What each method is: method, title, unit, needs, source, and of how many models it is known."""
    taken = measures.groupby("method")["model"].nunique()
    return pd.DataFrame(
        {
            "method": name,
            "title": METHODS[name].title,
            "unit": METHODS[name].unit or "none: it orders frames",
            "needs": ", ".join(METHODS[name].all_needs) or "–",
            "source": METHODS[name].source or "–",
            "models": int(taken.get(name, 0)),
        }
        for name in methods
    )


def left_out(studies: Sequence[Study]) -> str:
    """What checkpoints cannot be asked, and why, as a sentence."""
    names = pretrained_names(studies)
    if not names:
        return ""
    return (
        f" {names} sees clips whole: Grad-CAM is left out, as there are no maps of single frames, "
        "and so are the pixel change, as there are no frames apart from what it sees, and the "
        "doubled frame, as the model takes no more frames than it was trained on. "
        "Integrated Gradients are of pixels, from the mean picture."
    )


def refuse_estimates(studies: Sequence[Study]) -> None:
    """Raises ValueError where ESVs are estimated: all is judged by exact scores of coalitions."""
    if any(study.estimator.budget is not None for study in studies):
        raise ValueError(
            "A comparison is of exact ESVs. Type estimator=exact, and up to 19 frames."
        )


def n_elements(studies: Sequence[Study], n_frames: int) -> int:
    """The most elements that any model has of so many frames."""
    per_element = [study.frames_per_element or n_frames for study in studies]
    return n_frames // min(per_element, default=1)


def chosen_methods(methods: Sequence[str] | None, n_frames: int) -> list[str]:
    """Each method once; ValueError where there is nothing to compare, or too many coalitions."""
    if methods is None:
        methods = [name for name, known in METHODS.items() if known.default and not known.planted]
    check_methods(methods)
    methods = list(dict.fromkeys(methods))
    if "esv" not in methods or len(methods) < 2 or n_frames >= MAX_FRAMES:
        raise ValueError(
            f"A comparison is of ESV with others, on up to {MAX_FRAMES - 1} frames, whose "
            f"coalitions are all scored; got experiment.methods=[{','.join(methods)}] and "
            f"n_frames={n_frames}. Type experiment.methods=[esv,integrated_gradients] n_frames=8, "
            "say."
        )
    return methods
