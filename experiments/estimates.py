"""Estimates beside exact values on a trained head: error, coverage and time, by budget.

Every video has draws of its own, as draws that are shared would make the errors of videos alike.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

import playfair
from playfair.analysis.approximation import quality, summary
from playfair.benchmark.error import repeated
from playfair.shapley.estimators import ESTIMATORS, fitting
from playfair.shapley.exact import exhaustive
from playfair.shapley.game import by_coalitions, game_of

PUBLISHED = "constructive"


class Estimates(NamedTuple):
    """One estimator at one budget, on some videos."""

    estimator: str
    budget: int
    evaluations: int
    ms: float  # per video, all videos at once
    exact_ms: float  # the same of exact values
    per_video: pd.DataFrame  # of `analysis.approximation.quality`


def estimated(
    head: nn.Module,
    features: Tensor,
    prior: Tensor,
    label: np.ndarray,
    budgets: Sequence[int],
    repeats: int,
) -> list[Estimates]:
    """Every estimator at every budget that it accepts and that does not list all coalitions.

    Args:
        features: (video, element, *unit).
        prior: (class,).
        label: (video,), the true class.
    """
    start = time.perf_counter()
    exact = playfair.explain(head, features, prior).esv
    exact_ms = 1e3 * (time.perf_counter() - start) / len(features)
    everything = exhaustive(game_of(head, features, prior))
    estimating = [budget for budget in budgets if budget < everything]
    return compared(head, features, prior, label, exact, estimating, repeats, exact_ms)


def compared(
    head: nn.Module,
    features: Tensor,
    prior: Tensor,
    label: np.ndarray,
    truth: Tensor,
    budgets: Sequence[int],
    repeats: int,
    exact_ms: float = float("nan"),
) -> list[Estimates]:
    """Every estimator at every budget that it accepts, against values that are known.

    Args:
        features: (video, element, *unit).
        prior: (class,).
        label: (video,), the true class.
        truth: (video, element, class).
        exact_ms: per video, what exact values take; NaN where there are too many elements.
    """
    recommended, least = recommendation(head, features, prior)
    estimates = []
    for budget in budgets:
        # With one budget alone, the refusal says what the least is.
        if budget < least and max(budgets) >= least:
            continue
        for estimator in (recommended, PUBLISHED):
            error, covered = errors(head, features, prior, truth, budget, estimator, repeats)
            # timed all at once
            timed = repeated(head, features, prior, truth, budget, estimator, [0])
            per_video = quality(error, covered, truth.cpu().numpy(), label)
            estimates.append(
                Estimates(timed.estimator, budget, timed.evaluations, timed.ms, exact_ms, per_video)
            )
    return estimates


def recommendation(head: nn.Module, features: Tensor, prior: Tensor) -> tuple[str, int]:
    """The estimator that is taken where none is named, and the least budget that it accepts."""
    asked = by_coalitions(game_of(head, features, prior))
    recommended = fitting(asked)[0]
    return recommended, ESTIMATORS[recommended].least(asked)


def errors(
    head: nn.Module,
    features: Tensor,
    prior: Tensor,
    exact: Tensor,
    budget: int,
    estimator: str,
    repeats: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Errors and whether intervals cover, video by video: (draw, video, frame, class)."""
    error = []
    covered = []
    for video in range(len(features)):
        alone = slice(video, video + 1)
        seeds = range(video * repeats, (video + 1) * repeats)
        try:
            draws = repeated(head, features[alone], prior, exact[alone], budget, estimator, seeds)
        except ValueError as refused:
            raise ValueError(f"{refused}; here in experiment.budgets=[…]") from refused
        error.append(draws.error)
        covered.append(draws.covered)
    return torch.cat(error, dim=1).cpu().numpy(), torch.cat(covered, dim=1).cpu().numpy()


def joint_rows(
    of_seeds: Sequence[Sequence[Estimates]], seeds: Sequence[int]
) -> list[dict[str, object]]:
    """A row for every estimator and budget, over all seeds.

    Args:
        of_seeds: of every seed the estimates, in the same order.
        seeds: in the same order; one seed's rows are of videos alone.
    """
    rows = []
    for estimates in zip(*of_seeds, strict=True):
        per_video = estimates[0].per_video
        if len(seeds) > 1:
            tables = [of_seed.per_video for of_seed in estimates]
            per_video = pd.concat(dict(zip(seeds, tables, strict=True)), names=["seed", "uid"])
        row = {
            "estimator": estimates[0].estimator,
            "budget": estimates[0].budget,
            "evaluations": estimates[0].evaluations,
            "ms": float(np.mean([of_seed.ms for of_seed in estimates])),
            "exact_ms": float(np.mean([of_seed.exact_ms for of_seed in estimates])),
            **summary(per_video),
        }
        if len(seeds) > 1:
            row["seeds"] = len(seeds)
        rows.append(row)
    return rows
