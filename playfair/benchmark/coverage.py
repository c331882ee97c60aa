"""Do stated errors hold? The share of exact values within 95 % intervals, by game and clip.

What is told exactly lies within any interval, and says nothing of it: games and clips of which all
draws tell all values are counted apart, and left out of the shares.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

import playfair
from playfair.benchmark.combinations import COMBINED, combination_heads, combination_videos
from playfair.benchmark.error import look_up
from playfair.benchmark.known_games import known_games
from playfair.shapley.attribution import Attribution
from playfair.shapley.estimators import ESTIMATORS, fitting
from playfair.shapley.exact import MAX_FRAMES, exhaustive
from playfair.shapley.explain import explain_game
from playfair.shapley.game import Game, by_coalitions, game_of
from playfair.shapley.subset_scores import scores_of_subsets

# Off by less, a value is right: of probabilities in float32.
ROUNDING = 1e-6
# Beside the least budget and these: shares of all evaluations, where exact values are known.
BUDGETS = (200, 400, 900, 2000)
SHARES = (0.8, 0.95)
MOST = 5000
# Of estimators that fit a regression for every draw: so many draws at least, and more while their
# evaluations are so many together; so many evaluations at most; of called models so many elements
# and clips.
DEAR = ("chosen", "kernel")
DEAR_DRAWS = 3
DEAR_TOGETHER = 1500
DEAR_MOST = 1000
DEAR_ELEMENTS = 12
DEAR_CLIPS = 4


class Judged(NamedTuple):
    """Estimates against exact values, over draws.

    Attributes:
        held: how often the interval held each value, of the draws that stated one; NaN: none did.
        exact: whether all draws told it.
    """

    held: Float[Tensor, "video element class"]
    exact: Bool[Tensor, "video element class"]


def share_held(
    game: Game,
    truth: Float[Tensor, "video element class"],
    budget: int,
    estimator: str,
    seeds: Iterable[int],
) -> Float[Tensor, "video element class"]:
    """How often the interval held each value, over the draws that stated one; NaN where none did."""
    return judged(answers_of(game, budget, [estimator], seeds)[estimator], truth).held


def answers_of(
    game: Game, budget: int, estimators: Sequence[str], seeds: Iterable[int]
) -> dict[str, list[Attribution]]:
    """What each estimator says, draw by draw; `kernel` after `chosen` costs nothing where it was it.

    Args:
        game: what is estimated.
        budget: evaluations per video.
        estimators: their names.
        seeds: of the draws.
    """
    answers: dict[str, list[Attribution]] = {name: [] for name in estimators}
    for seed in seeds:
        of_seed: dict[str, Attribution] = {}
        for name in estimators:
            same = of_seed.get("chosen")
            if same is None or same.estimator != name:
                generator = torch.Generator().manual_seed(seed)
                same = explain_game(game, budget=budget, estimator=name, generator=generator)
            of_seed[name] = same
            answers[name].append(same)
    return answers


def judged(answers: Sequence[Attribution], truth: Float[Tensor, "video element class"]) -> Judged:
    """Which intervals of some draws held, and what was told exactly."""
    held = []
    exact = torch.ones_like(truth, dtype=torch.bool)
    for ours in answers:
        assert ours.stderr is not None
        off = (ours.esv.double() - truth.double()).abs()
        holds = (off <= 1.96 * ours.stderr.double() + ROUNDING).double()
        held.append(holds.masked_fill(ours.stderr.isnan(), torch.nan))
        exact &= off <= ROUNDING
    return Judged(torch.stack(held).nanmean(0), exact)


def budgets_of(game: Game, estimator: str) -> list[int]:
    """From the least budget to near exhaustion, none of them within a tenth of the one before."""
    least = ESTIMATORS[estimator].least(game)
    everything = exhaustive(game)
    most = DEAR_MOST if estimator in DEAR else MOST
    near = [int(share * everything) for share in SHARES] if game.n_elements <= MAX_FRAMES else []
    asked = {least, 2 * least, *BUDGETS, *near}
    if least >= everything:
        return []
    budgets = [least]
    for budget in sorted(asked):
        if 1.1 * budgets[-1] < budget < everything and budget <= most:
            budgets.append(budget)
    return budgets


def draws_of(estimator: str, budget: int, repeats: int) -> int:
    """How many draws of an estimator are judged where so many are asked for."""
    if estimator not in DEAR:
        return repeats
    return min(repeats, max(DEAR_DRAWS, DEAR_TOGETHER // budget))


def measure_coverage(frames: Sequence[int], repeats: int) -> pd.DataFrame:
    """Games of known values, and heads that answer to combinations of frames.

    Args:
        frames: numbers of elements.
        repeats: draws of each estimate.

    Returns:
        A row for each kind of game, estimator, number of elements and budget: "game", "estimator",
        "frames", "budget", "draws", "coverage" (the mean), "least" (of one game or clip), "clips"
        (how many of them, but for those of which no draw stated an error) and "exact" (those that
        all draws told exactly, which are left out).
    """
    rows = []
    for n_frames in frames:
        game, truth, names = known_games(n_frames)
        kinds = np.array(names)
        for estimators in (DEAR, ("stratified",), ("kernel_shap",)):
            for budget in budgets_of(game, estimators[0]):
                draws = draws_of(estimators[0], budget, repeats)
                for name, answers in answers_of(game, budget, estimators, range(draws)).items():
                    of_games = judged(answers, truth[None])
                    by_game = of_games.held[0].mean(0).numpy()
                    exact = of_games.exact[0].all(0).numpy()
                    for kind in dict.fromkeys(names):
                        at = (name, n_frames, budget, draws)
                        these = kinds == kind
                        rows.append(row_of(kind, *at, by_game[these], exact[these]))
        if n_frames <= MAX_FRAMES:
            for together in COMBINED:
                heads = combination_heads(together)
                videos = combination_videos(together, 6, n_frames)
                rows += rows_of_heads(f"{together} together", heads, videos, None, repeats)
    return pd.DataFrame(rows)


def rows_of_heads(
    name: str, model: nn.Module, units: Tensor, prior: Tensor | None, repeats: int
) -> list[dict[str, object]]:
    """A row for each budget, of the recommended estimator on some clips, and of a called model's.

    Args:
        name: what the rows are called.
        model: the head; of up to 12 elements also as a function that is called, whose layers are
            not read.
        units: (video, element, *unit), few enough elements for exact values.
        prior: (class,); None: uniform.
        repeats: draws of each estimate.
    """
    exact = playfair.explain(model, units, prior)
    assert exact.prior is not None
    game = by_coalitions(game_of(model, units, exact.prior))
    rows = rows_of_game(name, game, exact.esv, fitting(game)[:1], repeats)
    if units.shape[1] <= DEAR_ELEMENTS:
        called = called_game(model, units[:DEAR_CLIPS], exact.prior)
        for estimators in (DEAR, ("stratified",)):
            truth = exact.esv[:DEAR_CLIPS]
            rows += rows_of_game(f"{name}, called", called, truth, estimators, repeats)
    return rows


def rows_of_game(
    name: str, game: Game, truth: Tensor, estimators: Sequence[str], repeats: int
) -> list[dict[str, object]]:
    """A row for each budget and estimator.

    Args:
        name: what the rows are called.
        game: of some clips.
        truth: (video, element, class).
        estimators: their names, of the same budgets and draws.
        repeats: draws of each estimate.
    """
    rows = []
    for budget in budgets_of(game, estimators[0]):
        draws = draws_of(estimators[0], budget, repeats)
        for estimator, answers in answers_of(game, budget, estimators, range(draws)).items():
            of_clips = judged(answers, truth)
            by_clip = of_clips.held.nanmean((1, 2)).numpy()
            exact = of_clips.exact.flatten(1).all(1).numpy()
            rows.append(row_of(name, estimator, game.n_elements, budget, draws, by_clip, exact))
    return rows


def called_game(model: nn.Module, units: Tensor, prior: Tensor) -> Game:
    """The same scores as a called model's, which are looked up: clips and elements by number."""
    scores = scores_of_subsets(model, units, prior)
    grid = torch.meshgrid(*(torch.arange(n) for n in units.shape[:2]), indexing="ij")
    numbers = torch.stack(grid, -1).to(units)
    return game_of(partial(look_up, scores), numbers, prior)


def row_of(
    name: str,
    estimator: str,
    n_frames: int,
    budget: int,
    draws: int,
    held: np.ndarray,
    exact: np.ndarray,
) -> dict[str, object]:
    """One row; held: of each game or clip, NaN where no error was stated; exact: told exactly."""
    stated = held[np.isfinite(held) & ~exact]
    return {
        "game": name,
        "estimator": estimator,
        "frames": n_frames,
        "budget": budget,
        "draws": draws,
        "coverage": float(stated.mean()) if len(stated) else np.nan,
        "least": float(stated.min()) if len(stated) else np.nan,
        "clips": len(stated),
        "exact": int(exact.sum()),
    }
