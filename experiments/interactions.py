"""Which pairs of frames work together?

The pairwise Shapley interaction index of every two frames of every validation video: what they say
together beyond what each says alone. Reads the ESV stores (for what was explained), features and
heads; keeps those of the true class, which the explorer shows clip by clip.

Expected: TRN needs a frame from before and one from after the middle of an action to tell it from
its time-reversed twin, so that such pairs work together; TSN, blind to order, has no such pairs.
TSN is not without interactions: the softmax saturates, so that any two telling frames are
redundant. Three measures tell these apart:

- true class: all of it, saturation too.
- true class − twin: interactions of the difference of the two scores. What TSN cannot tell cancels
  but for noise.
- order: half the difference between the clip's interactions and those of the same frames shown in
  reverse. What does not depend on order cancels exactly: for TSN it is 0 whatever the clip.

Found on the synthetic dataset at 8 frames: as expected, and within one side of the middle TRN's
frames are redundant.

Of more than 20 elements the index is estimated, by estimator=sampled, and it is said.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.compare import of_models
from playfair.analysis.design import design
from playfair.analysis.evidence import evidence_of, middle_of_evidence
from playfair.analysis.frame_pairs import (
    ACROSS,
    ROUNDING,
    SAME,
    by_distance,
    by_kind,
    by_pair,
    pair_kinds,
)
from playfair.experiments.explored import explored
from playfair.experiments.left_out import least_frames_per_element
from playfair.report.figures.interactions import heat_maps_figure, pairs_figure
from playfair.report.look import element_word, model_name, probability
from playfair.report.sentences import drawn_over, on_trainings, written
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps import interactions as steps
from playfair.steps.interactions import Interactions
from playfair.steps.obtain import obtain
from playfair.steps.seeds import along_videos, by_model
from playfair.steps.study import Study

OWN = "true class"
CONTRAST = "true class − twin"
ORDER = "order"
STDERR = "standard error"


def interactions(studies: Sequence[Study], *, n_frames: int) -> Result:
    """Interactions of all pairs of frames of the validation videos, and what order does to it."""
    most = MAX_FRAMES * least_frames_per_element(studies)
    estimates = any(study.estimator.budget is not None for study in studies)
    if n_frames < 2 or (n_frames > most and not estimates):
        raise ValueError(
            f"A pair is of two frames, and its exact interaction known of 2 to {most} "
            f"frames, got n_frames={n_frames}. Type n_frames=8, say; or, of more frames, "
            "estimator=sampled to estimate it."
        )
    pairs = {}
    kinds = {}
    distances = {}
    metrics: dict[str, float] = {}
    findings: list[str] = []
    models = by_model(studies)
    for model, seeds in models.items():
        esvs, measures = of_seeds(seeds, n_frames)
        crossing = design(esvs)
        stderr = measures.pop(STDERR, None)
        pairs[model] = by_pair(measures, crossing)
        kinds[model] = by_kind(measures, kinds_of_pairs(esvs), crossing)
        distances[model] = by_distance(measures, crossing)
        rows = kinds[model].set_index(["measure", "pairs"])
        metrics |= headline(model, rows["mean"])
        metrics[f"{model}_largest_order"] = float(np.abs(measures[ORDER]).max())
        findings.append(verdict(model, rows, element_word([seeds[0].frames_per_element])))
        if stderr is not None:
            budget = seeds[0].estimator.budget
            sentence, numbers = estimated(model, measures[OWN], stderr, budget)
            findings.append(sentence)
            metrics |= numbers
    word = element_word(study.frames_per_element for study in studies)
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    return Result(
        "Interactions",
        f"Pairwise Shapley interaction index of the {word}s of every validation video at "
        f"{n_frames} frames, with 95 % intervals over {over}: above 0 two {word}s say "
        "more together than apart, below 0 one makes the other redundant.",
        findings=findings,
        metrics=metrics,
        explore=explored(studies, n_frames),
        tables={
            "kinds": of_models(kinds),
            "distances": of_models(distances),
            "pairs": of_models(pairs),
        },
        figures={
            "interactions": heat_maps_figure(pairs, word),
            "before_and_after": pairs_figure(kinds, distances, word),
        },
        alts={
            "interactions": f"Grids of {word} against {word} for each model: the mean interaction of "
            "the true class, of it minus its twin, and by order.",
            "before_and_after": f"Dots for each model: the mean interaction of pairs of {word}s by "
            f"where they lie; lines: by how many {word}s they are apart.",
        },
        captions=captions(over, word),
    )


def of_seeds(seeds: Sequence[Study], n_frames: int) -> tuple[xr.Dataset, dict[str, np.ndarray]]:
    """The stores of a model's seeds and the three measures of all their videos, in one order."""
    stores = [study.esvs(n_frames) for study in seeds]
    parts = [measured(study, n_frames) for study in seeds]
    joint = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return along_videos(stores, [study.seed for study in seeds]), joint


def measured(study: Study, n_frames: int) -> dict[str, np.ndarray]:
    """The three measures of every explained video: (video, element, element)."""
    store = obtain(Interactions(study.esvs_step(n_frames)), study.layout)
    names = {steps.OWN: OWN, steps.CONTRAST: CONTRAST, steps.ORDER: ORDER, steps.STDERR: STDERR}
    return {
        title: store[name].values.astype(np.float64)
        for name, title in names.items()
        if name in store
    }


def estimated(
    model: str, own: np.ndarray, stderr: np.ndarray, budget: int | None
) -> tuple[str, dict[str, float]]:
    """What is said of a model whose interactions are estimated, and its numbers.

    Args:
        model: its name.
        own: interactions (video, element, element).
        stderr: their standard errors; NaN of videos of which none is stated.
        budget: evaluations of a clip.
    """
    first, second = np.triu_indices(own.shape[1], 1)
    whence = f"{model_name(model)}: estimates, from {budget:,} evaluations of a clip"
    if np.isnan(stderr[:, first, second]).all():  # of the estimator that was asked for
        return f"{whence}, whose standard errors are not known; means over clips take them in.", {}
    error = float(np.sqrt(np.nanmean(np.square(stderr[:, first, second]))))
    size = float(np.sqrt(np.mean(np.square(own[:, first, second]))))
    sentence = (
        f"{whence}: a pair's standard error is {error:.2g} (root mean square), of interactions of "
        f"{size:.2g}; means over clips take it in."
    )
    return sentence, {f"{model}_stated_error": error}


def kinds_of_pairs(esvs: xr.Dataset) -> dict[str, np.ndarray]:
    """Pairs by the side of the action's middle they lie on; of the clip's, if none is known."""
    index = esvs["frame_index"].values
    evidence = evidence_of(esvs)
    if evidence is None:
        half = np.arange(index.shape[1]) < index.shape[1] / 2
        return pair_kinds(np.tile(half, (len(index), 1)), None)
    return pair_kinds(index < middle_of_evidence(esvs)[:, None], evidence)


def headline(model: str, mean: pd.Series) -> dict[str, float]:
    """Across the middle and on the same side, of what there is."""
    measures = {CONTRAST: "contrast", ORDER: "order"}
    kinds = {ACROSS: "across", SAME: "same_side"}
    return {
        f"{model}_{measure_name}_{kind_name}": float(mean[measure, kind])
        for measure, measure_name in measures.items()
        for kind, kind_name in kinds.items()
        if (measure, kind) in mean
    }


def verdict(model: str, rows: pd.DataFrame, word: str = "frame") -> str:
    """Whether a model shows before/after pairs: by true class − twin, or by order without twins."""
    name = model_name(model)
    measure = CONTRAST if (CONTRAST, ACROSS) in rows.index else ORDER
    if (measure, ACROSS) not in rows.index:
        return f"{name}: no video has two {word}s on both sides of the middle."
    across: Mapping[str, object] = rows.loc[(measure, ACROSS)].to_dict()
    return (
        f"{name}: one {word} before and one after the middle {_effect(across)} for {measure} "
        f"({written(across, probability)}){on_trainings(across)}."
    )


def _effect(row: Mapping[str, object]) -> str:
    if float(row["low"]) > ROUNDING:  # type: ignore[arg-type]
        return "work together"
    if float(row["high"]) < -ROUNDING:  # type: ignore[arg-type]
        return "hinder each other"
    return "show no interaction told apart from 0"


def captions(over: str, word: str = "frame") -> dict[str, str]:
    """What the figures and tables show.

    Args:
        over: what intervals take in.
        word: `look.element_word` of the models.
    """
    return {
        "interactions": f"Mean interaction of {word}s i and j over videos; all cells share one "
        "scale; a dot: the 95 % interval holds 0. True class: of its score. True class − twin: "
        "of its score minus that of the same action played backwards. Order: the part that "
        "changes sign when the frames are shown in reverse; 0 for a model blind to order.",
        "kinds": "Means over a video's pairs of a kind, then over the videos that have some. "
        f"Across the middle: one {word} before and one after the middle of the action, both within "
        "it.",
        "distances": f"Means over pairs of {word}s that many {word}s apart.",
        "before_and_after": "Mean interaction of pairs by where they lie in the action, which the "
        f"dataset knows (of the clip, where it does not), and by how many {word}s they are apart. "
        f"Bars and bands: 95 % intervals over {over}.",
        "pairs": "Means of every pair over videos; none: the 95 % interval holds 0.",
    }
