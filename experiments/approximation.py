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

import numpy as np
import pandas as pd
import torch

from playfair.analysis.compare import joined
from playfair.benchmark.repeated_warnings import each_warning_once
from playfair.experiments.approximation_limits import (
    check_budgets,
    check_long,
    evenly_spaced,
    nothing_estimated,
)
from playfair.experiments.approximation_words import (
    captions,
    hardest,
    left_out_of,
    long_verdicts,
    verdicts,
    where_estimates_pay,
    where_exact_is_better,
)
from playfair.experiments.called_passes import passes_table
from playfair.experiments.estimates import PUBLISHED, Estimates, estimated, joint_rows
from playfair.experiments.left_out import LeftOutError, lengths_that_fit, pretrained_names
from playfair.experiments.long_estimates import long_rows
from playfair.report.figures.approximation import approximation_figure
from playfair.report.sentences import drawn_over
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
        own = next(study for study in studies if study.is_pretrained)
        trained_on = head_of(own.head_step, own.layout).n_frames
        raise LeftOutError(
            f"{names} takes none of {list(asked)} frames. Type experiment.frames=[{trained_on}], as "
            "many as it was trained on."
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
    n_classes = len(studies[0].dataset.opened.prior())
    passes = passes_table(n_classes, frames, budgets)
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
        captions=captions(over, int(table["frames"].max())),
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


def headline(table: pd.DataFrame) -> dict[str, float]:
    """Of each model at the most frames and largest budget: both estimators' quality."""
    values = {}
    for row in hardest(table).to_dict("records"):
        role = "published" if row["estimator"] == PUBLISHED else "recommended"
        for measure in ("error", "correlation", "coverage"):
            if np.isfinite(row[measure]):
                values[f"{row['model']}_{role}_{measure}"] = float(row[measure])
    return values
