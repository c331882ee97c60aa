"""How near do estimated ESVs come to exact ones, and at what cost?

Estimates of the recommended estimator and of the published, constructive one against exact values,
on the trained heads of the studies: error, correlation, coverage of the stated intervals, and time,
by budget and number of frames. Reads features and heads; writes nothing but its result.
(`experiment=benchmark` asks it of made-up heads, with peers.)

Budgets that would list all coalitions are left out, as the values are exact then, and so are those
below the least of the recommended estimator. Expected: errors fall with the budget, the recommended
estimator's faster; its intervals cover 95 % or more.
"""

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import torch

from playfair.experiments.estimates import PUBLISHED, Estimates, estimated, joint_rows
from playfair.experiments.left_out import (
    LeftOutError,
    least_frames_per_element,
    lengths_that_fit,
    pretrained_names,
)
from playfair.report.figures.approximation import approximation_figure
from playfair.report.look import model_name
from playfair.report.sentences import drawn_over
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import head_of
from playfair.steps.samples import sampled_units
from playfair.steps.seeds import by_model
from playfair.steps.study import Study
from playfair.steps.workplace import device_of


def approximation(
    studies: Sequence[Study],
    *,
    frames: Sequence[int] = (8, 12, 16),
    budgets: Sequence[int] = (100, 240, 400, 900),
    n_videos: int = 12,
    repeats: int = 1,
) -> Result:
    """Estimated against exact ESVs of n_videos validation videos, each `repeats` times."""
    check_budgets(studies, frames, budgets, n_videos)
    parts: list[dict[str, object]] = []
    models = by_model(studies)
    names = pretrained_names(studies)
    asked = frames
    frames = lengths_that_fit(studies, frames)
    if not frames:
        raise LeftOutError(
            f"{names} takes none of {list(asked)} frames. Type experiment.frames=[16], or as many "
            "as it was trained on."
        )
    for model, seeds in models.items():
        for n_frames in frames:
            of_seeds = [
                of_study(study, frames, n_frames, budgets, n_videos, repeats) for study in seeds
            ]
            rows = joint_rows(of_seeds, [study.seed for study in seeds])
            parts += [{"model": model, "frames": n_frames, **row} for row in rows]
    if not parts:
        raise nothing_estimated(frames, budgets, LeftOutError if names else ValueError)
    table = pd.DataFrame(parts)
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    return Result(
        "Approximation",
        f"Estimates ({repeats} of each) against exact ESVs of {n_videos} validation videos, evenly "
        f"spaced among those of at least {max(frames)} frames, with 95 % intervals over "
        f"{over}.",
        findings=verdicts(table),
        metrics=headline(table),
        tables={"approximation": table},
        figures={"approximation": approximation_figure(table)},
        alts={
            "approximation": "For each model lines against the budget of evaluations: error, "
            "correlation, coverage and time, of the recommended and of the published estimator."
        },
        captions=captions(over),
    )


def of_study(
    study: Study,
    frames: Sequence[int],
    n_frames: int,
    budgets: Sequence[int],
    n_videos: int,
    repeats: int,
) -> list[Estimates]:
    """The estimates of one study's videos at n_frames, rows of `per_video` named by uid."""
    clips = evenly_spaced(
        study.shown().lengths, frames, n_videos, MAX_FRAMES * (study.frames_per_element or 1)
    )
    split = study.dataset.opened.split(study.split_name)
    prior = torch.from_numpy(study.dataset.opened.prior())
    features = sampled_units(study, clips, n_frames)
    head = head_of(study.head_step, study.layout)
    device = device_of(head, study.workplace)
    estimates = estimated(
        head.to(device), features.to(device), prior, split.targets[clips], budgets, repeats
    )
    uids = pd.Index(split.uids[clips], name="uid")
    return [
        estimate._replace(per_video=estimate.per_video.set_axis(uids)) for estimate in estimates
    ]


def check_budgets(
    studies: Sequence[Study], frames: Sequence[int], budgets: Sequence[int], n_videos: int
) -> None:
    """What can be known of the options before anything is made.

    Raises:
        ValueError: which of them leave nothing to be estimated, or to be compared with.
    """
    most = MAX_FRAMES * least_frames_per_element(studies)
    if max(frames) > most or n_videos < 2:
        raise ValueError(
            f"Estimates are compared with exact values, known up to {most} frames, of 2 "
            f"videos at least; got frames={list(frames)} and n_videos={n_videos}. Type "
            "experiment.frames=[8,12] experiment.n_videos=12, say."
        )
    if any(study.is_pretrained for study in studies):
        return  # how many elements it makes of frames, it says itself
    if studies and all(min(budgets) >= evaluations(study, max(frames)) for study in studies):
        raise nothing_estimated(frames, budgets)


def evaluations(study: Study, n_frames: int) -> int:
    """How many leave nothing to be estimated: of the model, or of a multi-scale head's scales."""
    n_max = (study.model.get("head") or {}).get("n_max")
    if not n_max:
        return 2**n_frames - 1
    return sum(comb(n_frames, scale) for scale in range(1, min(n_frames, n_max) + 1))


def nothing_estimated(
    frames: Sequence[int], budgets: Sequence[int], kind: type[ValueError] = ValueError
) -> ValueError:
    """The refusal of budgets that list all coalitions."""
    return kind(
        f"With so few frames, {list(frames)}, every budget of {list(budgets)} lists all "
        "coalitions: nothing is estimated. Type experiment.frames=[12,16] or smaller "
        "experiment.budgets=[…]."
    )


def evenly_spaced(
    lengths: np.ndarray, frames: Sequence[int], n_videos: int, most: int = MAX_FRAMES
) -> np.ndarray:
    """Clips that are long enough for all numbers of frames, evenly spaced among them.

    Args:
        lengths: (clip,), frames of each clip.
        most: frames of which exact values are known.
    """
    long_enough = np.flatnonzero(lengths >= max(frames))
    if len(long_enough) < n_videos or max(frames) > most or n_videos < 2:
        raise ValueError(
            f"Asked for {n_videos} validation clips of at least {max(frames)} frames; there are "
            f"{len(long_enough)}, the longest has {lengths.max()}, and exact values are known up "
            f"to {most} frames. Type fewer frames, such as experiment.frames=[8,12], or "
            "fewer videos, such as experiment.n_videos=2, the least with an interval."
        )
    places = np.linspace(0, len(long_enough) - 1, n_videos)
    return long_enough[places.round().astype(int)]


def headline(table: pd.DataFrame) -> dict[str, float]:
    """Of each model at the most frames and largest budget: both estimators' quality."""
    values = {}
    for row in hardest(table).to_dict("records"):
        role = "published" if row["estimator"] == PUBLISHED else "recommended"
        for measure in ("error", "correlation", "coverage"):
            if np.isfinite(row[measure]):
                values[f"{row['model']}_{role}_{measure}"] = float(row[measure])
    return values


def hardest(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of each model's most frames and largest budget."""
    most = table[table["frames"] == table.groupby("model")["frames"].transform("max")]
    return most[most["budget"] == most.groupby("model")["budget"].transform("max")]


def verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence for each model."""
    sentences = []
    for model, rows in hardest(table).groupby("model", sort=False):
        clauses = [clause(row) for row in rows.to_dict("records")]
        first = rows.iloc[0]
        sentences.append(
            f"{model_name(str(model))}, {first['frames']} frames, budget {first['budget']}: mean "
            f"squared error over that of an estimate of 0: {'; '.join(clauses)}."
        )
    return sentences


def clause(row: Mapping[str, Any]) -> str:
    """What one estimator's estimates are like."""
    error = f"{row['error']:.2g} [{row['error_low']:.2g}, {row['error_high']:.2g}]"
    coverage = "no stated errors"
    if np.isfinite(row["coverage"]):
        interval = f"[{row['coverage_low']:.2f}, {row['coverage_high']:.2f}]"
        coverage = f"coverage {row['coverage']:.2f} {interval}"
    return f"{row['estimator']} {error}, {coverage}"


def captions(over: str) -> dict[str, str]:
    """What the figure shows.

    Args:
        over: what intervals take in.
    """
    return {
        "approximation": "Error: mean squared error over frames and classes, divided by the mean "
        "square of the exact values: 1 is what an estimate of 0 has. Correlation: Pearson's, of "
        "the true class over a video's frames. Coverage: share of frames and classes whose "
        "stated 95 % interval holds the exact value; dotted: 0.95. Time: ms per video, all "
        f"videos at once; grey: exact values. Bars: 95 % intervals over {over}. Budgets count "
        "evaluations of single scales' heads for TRN, of the model for TSN, whose exact values "
        "have a shorter way.",
    }
