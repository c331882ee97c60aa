"""How near do estimated ESVs come to exact ones, and at what cost?

Estimates of the recommended estimator and of the published, constructive one against exact values, on the trained
heads of the studies: error, correlation, coverage of the stated intervals, and time, by budget and number of frames.
Reads features and heads; writes nothing but its result. (`experiment=benchmark` asks it of made-up heads, with peers.)

Every video has draws of its own, as draws that are shared would make the errors of videos alike. Budgets that would
list all coalitions are left out: the values are exact then. Expected: errors fall with the budget, the recommended
estimator's faster; its intervals cover about 95 %.
"""

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

import playfair
from playfair.analysis.approximation import quality, summary
from playfair.benchmark.error import repeated
from playfair.report.figures.approximation import approximation_figure
from playfair.result import Result
from playfair.shapley.estimators import fitting
from playfair.shapley.exact import MAX_FRAMES, exhaustive
from playfair.shapley.game import by_coalitions, game_of
from playfair.steps.study import Study

PUBLISHED = "constructive"


def approximation(
    studies: Sequence[Study],
    *,
    frames: Sequence[int] = (8, 12, 16),
    budgets: Sequence[int] = (100, 240, 900),
    n_videos: int = 12,
    repeats: int = 1,
) -> Result:
    """Estimated against exact ESVs of n_videos validation videos, each estimated `repeats` times."""
    rows: list[dict[str, object]] = []
    for study in studies:
        clips = evenly_spaced(study.features("validation").lengths, frames, n_videos)
        label, prior = (
            study.split("validation").targets[clips],
            torch.from_numpy(study.data.prior()),
        )
        for n_frames in frames:
            features = study.sampled_features(clips, n_frames)
            rows += [
                {"model": study.name, "frames": n_frames, **row}
                for row in measured(study.head, features, prior, label, budgets, repeats)
            ]
    if not rows:
        raise ValueError(
            f"With so few frames, {list(frames)}, every budget of {list(budgets)} lists all coalitions: nothing is "
            "estimated. Type experiment.frames=[12,16] or smaller experiment.budgets=[…]."
        )
    table = pd.DataFrame(rows)
    return Result(
        "Approximation",
        f"Estimates ({repeats} of each) against exact ESVs of {n_videos} validation videos, evenly spaced among "
        f"those of at least {max(frames)} frames, with 95 % bootstrap intervals over videos.\n"
        + "\n".join(verdicts(table)),
        metrics=headline(table),
        tables={"approximation": table},
        figures={"approximation": approximation_figure(table)},
        captions=CAPTIONS,
    )


def evenly_spaced(lengths: np.ndarray, frames: Sequence[int], n_videos: int) -> np.ndarray:
    """Clips that are long enough for all numbers of frames, evenly spaced among them. lengths: (clip,), frames."""
    there = np.flatnonzero(lengths >= max(frames))
    if len(there) < n_videos or max(frames) > MAX_FRAMES or n_videos < 2:
        raise ValueError(
            f"Asked for {n_videos} validation clips of at least {max(frames)} frames; there are {len(there)}, the "
            f"longest has {lengths.max()}, and exact values are known up to {MAX_FRAMES} frames. Type fewer frames, "
            "such as experiment.frames=[8,12], or fewer videos, such as experiment.n_videos=2, the least with an "
            "interval."
        )
    return there[np.linspace(0, len(there) - 1, n_videos).round().astype(int)]


def measured(
    head: nn.Module,
    features: Tensor,
    prior: Tensor,
    label: np.ndarray,
    budgets: Sequence[int],
    repeats: int,
) -> list[dict[str, object]]:
    """A row for every estimator and budget."""
    n_videos = len(features)
    start = time.perf_counter()
    exact = playfair.explain(head, features, prior).esv
    exact_ms = 1e3 * (time.perf_counter() - start) / n_videos
    game = game_of(head, features, prior)
    everything = exhaustive(game)
    recommended = fitting(by_coalitions(game))[0]
    rows: list[dict[str, object]] = []
    for budget in (b for b in budgets if b < everything):
        for estimator in (recommended, PUBLISHED):
            of_videos = []
            for video in range(n_videos):
                one, seeds = slice(video, video + 1), range(video * repeats, (video + 1) * repeats)
                try:
                    of_videos.append(
                        repeated(head, features[one], prior, exact[one], budget, estimator, seeds)
                    )
                except ValueError as refused:
                    raise ValueError(f"{refused}; here in experiment.budgets=[…]") from refused
            error = torch.cat([found[0] for found in of_videos], dim=1).numpy()
            covered = torch.cat([found[1] for found in of_videos], dim=1).numpy()
            *_, evaluations, ms = repeated(
                head, features, prior, exact, budget, estimator, [0]
            )  # timed all at once
            row = {
                "estimator": estimator,
                "budget": budget,
                "evaluations": evaluations,
                "ms": ms,
                "exact_ms": exact_ms,
            }
            rows.append(row | summary(quality(error, covered, exact.numpy(), label)))
    return rows


def headline(table: pd.DataFrame) -> dict[str, float]:
    """Of each model at the most frames and largest budget: error, correlation and coverage of both estimators."""
    return {
        f"{row.model}_{'published' if row.estimator == PUBLISHED else 'recommended'}_{measure}": float(
            getattr(row, measure)
        )
        for row in hardest(table).itertuples()
        for measure in ("error", "correlation", "coverage")
        if np.isfinite(getattr(row, measure))
    }


def hardest(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of each model's most frames and largest budget."""
    most = table[table["frames"] == table.groupby("model")["frames"].transform("max")]
    return most[most["budget"] == most.groupby("model")["budget"].transform("max")]


def verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence for each model."""
    sentences = []
    for model, rows in hardest(table).groupby("model", sort=False):
        said = [
            f"{row.estimator} {row.error:.2g} [{row.error_low:.2g}, {row.error_high:.2g}], "
            + (
                f"coverage {row.coverage:.2f} [{row.coverage_low:.2f}, {row.coverage_high:.2f}]"
                if np.isfinite(row.coverage)
                else "no stated errors"
            )
            for row in rows.itertuples()
        ]
        first = rows.iloc[0]
        sentences.append(
            f"{str(model).upper()}, {first['frames']} frames, budget {first['budget']}: mean squared error over that "
            f"of an estimate of 0: {'; '.join(said)}."
        )
    return sentences


CAPTIONS = {
    "approximation": "Error: mean squared error over frames and classes, divided by the mean square of the exact "
    "values: 1 is what an estimate of 0 has. Correlation: Pearson's, of the true class over a video's frames. "
    "Coverage: share of frames and classes whose stated 95 % interval holds the exact value; dotted: 0.95. Time: "
    "ms per video, all videos at once; grey: exact values. Bars: 95 % intervals over videos. Budgets count "
    "evaluations of single scales' heads for TRN, of the model for TSN, whose exact values have a shorter way.",
}
