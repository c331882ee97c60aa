"""Error against evaluations: our estimators, of heads and of the same as a called model."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

import playfair
from playfair.benchmark.heads import even_prior, made_up_features
from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.estimators import ESTIMATORS, fitting
from playfair.shapley.game import Game, by_coalitions, game_of
from playfair.shapley.subset_scores import scores_of_subsets

# what is counted as an evaluation
HEADS = "evaluations of heads"
CALLS = "calls of the model"


class Repeated(NamedTuple):
    """Estimates against exact values, draw by draw."""

    error: Tensor  # (draw, video, frame, class)
    covered: Tensor  # alike: whether 95 % intervals hold the exact value; NaN where none are stated
    evaluations: int  # per video and draw
    ms: float  # per video and draw
    estimator: str  # what was taken


def measure_error(
    model: MultiscaleTRN, n_frames: int, budgets: list[int], n_videos: int, repeats: int
) -> pd.DataFrame:
    """Mean squared error of ESVs against exact values, coverage of 95 % intervals, and time.

    In the second unit a model is called that looks the scores up, so only errors are told: of the
    class with the highest score, as in the table of peers.

    Args:
        model: the heads.
        n_frames: of each video.
        budgets: evaluations per video; those that would list all coalitions are left out.
        n_videos: made-up ones.
        repeats: draws of each estimate.

    Returns:
        A row per unit, estimator and budget: "counted in", "estimator", "evaluations", "ms" per
        video (in the first unit), "mse", "coverage".
    """
    features, _ = made_up_features(n_videos, n_frames, torch.Generator().manual_seed(99))
    prior = even_prior()
    exact = playfair.explain(model, features, prior)
    scores = scores_of_subsets(model, features, prior)
    # videos and frames by number, for the model that looks scores up
    grid = torch.meshgrid(torch.arange(n_videos), torch.arange(n_frames), indexing="ij")
    numbers = torch.stack(grid, -1).float()
    by_number = partial(look_up, scores)
    videos = torch.arange(n_videos)
    top = exact.score.argmax(1)
    seeds = range(repeats)
    rows: list[dict[str, object]] = []
    estimating = [budget for budget in budgets if budget < 2**n_frames - 1]
    for budget in estimating or [2 ** (n_frames - 1)]:
        for name in accepting(by_coalitions(game_of(model, features, prior)), budget):
            draws = repeated(model, features, prior, exact.esv, budget, name, seeds)
            row = {
                "counted in": HEADS,
                "estimator": f"playfair {name}",
                "evaluations": draws.evaluations,
                "ms": draws.ms,
                "mse": float(draws.error.square().mean()),
                "coverage": float(draws.covered.mean()),
            }
            rows.append(row)
        for name in accepting(game_of(by_number, numbers, prior), budget):
            draws = repeated(by_number, numbers, prior, exact.esv, budget, name, seeds)
            row = {
                "counted in": CALLS,
                "estimator": f"playfair {name}",
                "evaluations": draws.evaluations,
                "mse": float(draws.error[:, videos, :, top].square().mean()),
                "coverage": float(draws.covered[:, videos, :, top].mean()),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def accepting(game: Game, budget: int) -> list[str]:
    """The estimators that fit a game and accept so few evaluations."""
    return [name for name in fitting(game) if budget >= ESTIMATORS[name].least(game)]


def repeated(
    game: Callable[[Tensor], Tensor],
    features: Tensor,
    prior: Tensor,
    exact: Tensor,
    budget: int,
    estimator: str,
    seeds: Sequence[int],
) -> Repeated:
    """Estimates against exact values, one for each seed.

    Args:
        game: the model.
        features: (video, frame, feature).
        prior: (class,).
        exact: exact ESVs (video, frame, class).
        budget: evaluations per video.
        estimator: its name.
        seeds: of the draws.
    """
    errors: list[Tensor] = []
    covered: list[Tensor] = []
    evaluations = 0
    taken = estimator
    start = time.perf_counter()
    for seed in seeds:
        estimate = playfair.explain(
            game,
            features,
            prior,
            budget=budget,
            estimator=estimator,
            generator=torch.Generator().manual_seed(seed),
        )
        error = estimate.esv - exact
        errors.append(error)
        if estimate.stderr is None:
            covered.append(torch.full_like(error, torch.nan, dtype=torch.float64))
        else:
            holds = (error.abs() < 1.96 * estimate.stderr).double()
            covered.append(holds.masked_fill(estimate.stderr.isnan(), torch.nan))
        evaluations = estimate.evaluations
        taken = estimate.estimator
    ms = 1e3 * (time.perf_counter() - start) / len(seeds) / len(features)
    return Repeated(torch.stack(errors), torch.stack(covered), evaluations, ms, taken)


def look_up(table: Tensor, features: Tensor) -> Tensor:
    """A model whose features are (video, frame) numbers and whose scores are in a table."""
    video, frame = features.long().unbind(-1)
    return table[(1 << frame).sum(1), video[:, 0]].log()
