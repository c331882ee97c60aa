"""How near do estimated ESVs come to exact ones, and at what cost?

Estimates of the recommended estimator and of the published, constructive one against exact values,
on the trained heads of the studies: error, correlation, coverage of the stated intervals, and time,
by budget and number of frames. Reads features and heads; writes nothing but its result.
(`experiment=benchmark` asks it of any models, beside other libraries.)

Estimates are for more than 20 elements, which have no exact values: there they are held against long
runs; and for models that are called, where passes are dear: the table of passes says from which
cost on they pay. Where exact values take less time than an estimate, the findings say so.

Budgets that would list all coalitions are left out, as the values are exact then, and so are those
below the least of the recommended estimator. Expected: errors fall with the budget, the recommended
estimator's faster; its intervals cover 95 % or more; of heads that are taken apart, exact values up
to 16 frames are cheaper than estimates.
"""

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import torch

from playfair.analysis.compare import joined
from playfair.benchmark.repeated_warnings import each_warning_once
from playfair.experiments.called_passes import passes_table
from playfair.experiments.estimates import PUBLISHED, Estimates, estimated, joint_rows
from playfair.experiments.left_out import (
    LeftOutError,
    least_frames_per_element,
    lengths_that_fit,
    pretrained_names,
)
from playfair.experiments.long_estimates import long_rows
from playfair.report.figures.approximation import approximation_figure
from playfair.report.look import decimal, model_name, number, small
from playfair.report.sentences import drawn_over, on_trainings
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import head_of
from playfair.steps.samples import sampled_units
from playfair.steps.seeds import by_model
from playfair.steps.study import Study
from playfair.steps.workplace import device_of


@each_warning_once()
def approximation(
    studies: Sequence[Study],
    *,
    frames: Sequence[int] = (8, 12, 16),
    budgets: Sequence[int] = (100, 240, 400, 900),
    n_videos: int = 12,
    repeats: int = 1,
    long_frames: Sequence[int] = (),
    long_videos: int = 4,
) -> Result:
    """Estimated against exact ESVs of n_videos validation videos, each `repeats` times.

    Args:
        studies: of all models and seeds.
        frames: up to 20 elements, of which exact values are known.
        budgets: evaluations.
        n_videos: validation videos.
        repeats: draws of every estimate.
        long_frames: numbers of frames without exact values, which long runs stand in for, of each
            model's first seed; a checkpoint of fixed length has none.
        long_videos: of which these are.
    """
    check_budgets(studies, frames, budgets, n_videos)
    check_long(long_frames, long_videos)
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
    known = joined([pd.DataFrame(parts).assign(truth="exact", truth_error=0.0)])
    long = long_table(models, long_frames, budgets, long_videos, repeats)
    table = joined([known, long]) if len(long) else known
    passes = passes_table(n_classes_of(studies), frames, budgets)
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    return Result(
        "Approximation",
        f"Estimates ({repeats} of each) against exact ESVs of {n_videos} validation videos, evenly "
        f"spaced among those of at least {max(frames)} frames, with 95 % intervals over "
        f"{over}.{left_out_of(long_frames, long, long_videos)}",
        findings=[
            *verdicts(known),
            *where_exact_is_better(known),
            *(long_verdicts(long) if len(long) else []),
            *where_estimates_pay(passes),
        ],
        metrics=headline(known),
        tables={"approximation": table, "passes": passes},
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


def long_table(
    models: Mapping[str, Sequence[Study]],
    long_frames: Sequence[int],
    budgets: Sequence[int],
    n_videos: int,
    repeats: int,
) -> pd.DataFrame:
    """Rows of estimates against long runs, of each model's first seed.

    A length that no n_videos clips have is left out, and so is a checkpoint, whose length is fixed.
    """
    rows: list[dict[str, object]] = []
    for model, seeds in models.items():
        study = seeds[0]
        if study.is_pretrained:
            continue
        lengths = study.shown().lengths
        for n_frames in long_frames:
            if int((lengths >= n_frames).sum()) < n_videos:
                continue
            clips = evenly_spaced(lengths, [n_frames], n_videos, n_frames)
            prior = torch.from_numpy(study.dataset.opened.prior())
            label = study.dataset.opened.split(study.split_name).targets[clips]
            head = head_of(study.head_step, study.layout)
            device = device_of(head, study.workplace)
            units = sampled_units(study, clips, n_frames).to(device)
            of_study = long_rows(head.to(device), units, prior, label, budgets, repeats)
            rows += [{"model": model, "frames": n_frames, **row} for row in of_study]
    return pd.DataFrame(rows)


def left_out_of(long_frames: Sequence[int], long: pd.DataFrame, n_videos: int) -> str:
    """Which of the lengths without exact values have no row, and why; where none was asked, how."""
    if not long_frames:
        return (
            f" Estimates are for more than {MAX_FRAMES} frames, which have no exact values: "
            "experiment=approximation asks of 32."
        )
    measured = set(long["frames"]) if len(long) else set()
    lacking = [n_frames for n_frames in long_frames if n_frames not in measured]
    if not lacking:
        return ""
    return (
        f" Nothing is estimated at {', '.join(map(str, lacking))} frames: fewer than {n_videos} "
        "clips are that long, or every budget is below the least, or the model's length is fixed."
    )


def n_classes_of(studies: Sequence[Study]) -> int:
    """How many classes the models tell apart."""
    return len(studies[0].dataset.opened.prior())


def check_long(long_frames: Sequence[int], n_videos: int) -> None:
    """What can be known of these options before anything is made.

    Raises:
        ValueError: exact values are known of a length, or there is no interval over the videos.
    """
    short = [n_frames for n_frames in long_frames if n_frames <= MAX_FRAMES]
    if short or n_videos < 2:
        raise ValueError(
            f"experiment.long_frames are of more than {MAX_FRAMES} frames, which have no exact "
            f"values, of 2 videos at least; got {list(long_frames)} and long_videos={n_videos}. "
            "Type experiment.long_frames=[32] experiment.long_videos=4, say; fewer frames are for "
            "experiment.frames=[…]."
        )


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
            f"squared error over that of an estimate of 0: {'; '.join(clauses)}"
            f"{on_trainings(first.to_dict())}."
        )
    return sentences


def where_exact_is_better(table: pd.DataFrame) -> list[str]:
    """A sentence for each model whose exact values take less time than the dearest estimate.

    Args:
        table: of numbers of frames whose exact values are known.
    """
    sentences = []
    for model, rows in table[table["estimator"] != PUBLISHED].groupby("model", sort=False):
        most = rows[rows["budget"] == rows.groupby("frames")["budget"].transform("max")]
        better = most[most["exact_ms"] <= most["ms"]].sort_values("frames")
        if better.empty:
            continue
        times = ", ".join(
            f"{number(row['exact_ms'])} ms against {number(row['ms'])} ms at {row['frames']}"
            for row in better.to_dict("records")
        )
        sentences.append(
            f"{model_name(str(model))}: exact values are cheaper than an estimate, and better "
            f"({times} frames): take these."
        )
    return sentences


def long_verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence for each model and number of frames that has no exact values.

    Args:
        table: of `long_table`.
    """
    sentences = []
    largest = table[
        table["budget"] == table.groupby(["model", "frames"])["budget"].transform("max")
    ]
    for (model, n_frames), rows in largest.groupby(["model", "frames"], sort=False):
        first = rows.iloc[0]
        clauses = "; ".join(clause(row) for row in rows.to_dict("records"))
        sentences.append(
            f"{model_name(str(model))}, {n_frames} frames, which have no exact values, budget "
            f"{first['budget']}: {clauses}; {number(first['ms'])} ms a video. Held against a "
            f"{first['truth']}, whose own error is {first['truth_error']:.1g}{on_trainings({})}."
        )
    return sentences


def where_estimates_pay(passes: pd.DataFrame) -> list[str]:
    """What estimates save of a called model's passes, at the most frames and the largest budget.

    Args:
        passes: of `passes_table`.
    """
    if passes.empty:
        return []
    most = passes[passes["frames"] == passes["frames"].max()]
    row = most.loc[most["budget"].idxmax()]
    pays = (
        f"where a pass takes more than {row['pays_from_ms']:.1g} ms"
        if row["pays_from_ms"]
        else "whatever a pass takes"
    )
    return [
        f"A model that is called: exact values of {row['frames']} elements take "
        f"{row['exact_passes']:,} passes, an estimate {row['passes']:,}, and less time {pays}; "
        f"its own time is {number(row['ms'])} ms a video."
    ]


def clause(row: Mapping[str, Any]) -> str:
    """What one estimator's estimates are like."""
    error = small(row["error"], row["error_low"], row["error_high"])
    coverage = "no stated errors"
    if np.isfinite(row["coverage"]):
        held = decimal(row["coverage"], row["coverage_low"], row["coverage_high"])
        coverage = f"coverage {held}"
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
        "have a shorter way. Above 20 frames, which have no exact values, a long run stands in "
        "for them (truth), off by truth_error itself; there, bars are over videos.",
        "passes": "A model that is called, whose passes cost nothing: CPU time of a video beside "
        "them (ms, exact_ms), all classes. Above pays_from_ms a pass, the estimate takes less time "
        "than exact values; 0: always. Its score is a mean over frames, of which estimates "
        "hardly err: errors of other models by budget are in docs/estimators.md.",
    }
