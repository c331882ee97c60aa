"""Do stated errors hold? The share of exact values within 95 % intervals, by game and clip."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

import playfair
from playfair.benchmark.combinations import COMBINED, combination_heads, combination_videos
from playfair.benchmark.known_games import known_games
from playfair.shapley.estimators import ESTIMATORS, fitting
from playfair.shapley.exact import MAX_FRAMES, exhaustive
from playfair.shapley.explain import explain_game
from playfair.shapley.game import Game, by_coalitions, game_of

# Off by less, a value is right: of probabilities in float32.
ROUNDING = 1e-6
# Beside the least budget and these: shares of all evaluations, where exact values are known.
BUDGETS = (200, 400, 900, 2000)
SHARES = (0.8, 0.95)
MOST = 5000


def share_held(
    game: Game,
    truth: Float[Tensor, "video element class"],
    budget: int,
    estimator: str,
    seeds: Iterable[int],
) -> Float[Tensor, "video element class"]:
    """How often the interval held each value, over the draws that stated one; NaN where none did."""
    held = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        ours = explain_game(game, budget=budget, estimator=estimator, generator=generator)
        assert ours.stderr is not None
        off = (ours.esv.double() - truth.double()).abs()
        holds = (off <= 1.96 * ours.stderr.double() + ROUNDING).double()
        held.append(holds.masked_fill(ours.stderr.isnan(), torch.nan))
    return torch.stack(held).nanmean(0)


def budgets_of(game: Game, estimator: str) -> list[int]:
    """From the least budget to near exhaustion, none of them within a tenth of the one before."""
    least = ESTIMATORS[estimator].least(game)
    everything = exhaustive(game)
    near = [int(share * everything) for share in SHARES] if game.n_elements <= MAX_FRAMES else []
    asked = {least, 2 * least, *BUDGETS, *near}
    if least >= everything:
        return []
    budgets = [least]
    for budget in sorted(asked):
        if 1.1 * budgets[-1] < budget < everything and budget <= MOST:
            budgets.append(budget)
    return budgets


def measure_coverage(frames: Sequence[int], repeats: int) -> pd.DataFrame:
    """Games of known values, and heads that answer to combinations of frames.

    Args:
        frames: numbers of elements.
        repeats: draws of each estimate.

    Returns:
        A row for each kind of game, estimator, number of elements and budget: "game", "estimator",
        "frames", "budget", "draws", "coverage" (the mean), "least" (of one game or clip), "clips"
        (how many of them, but for those of which no draw stated an error).
    """
    rows = []
    for n_frames in frames:
        game, truth, names = known_games(n_frames)
        kinds = np.array(names)
        for estimator in ("stratified", "kernel_shap"):
            for budget in budgets_of(game, estimator):
                held = share_held(game, truth[None], budget, estimator, range(repeats))
                by_game = held[0].mean(0).numpy()
                for kind in dict.fromkeys(names):
                    at = (estimator, n_frames, budget, repeats)
                    rows.append(row_of(kind, *at, by_game[kinds == kind]))
        if n_frames <= MAX_FRAMES:
            for together in COMBINED:
                heads = combination_heads(together)
                videos = combination_videos(together, 6, n_frames)
                rows += rows_of_heads(f"{together} together", heads, videos, None, repeats)
    return pd.DataFrame(rows)


def rows_of_heads(
    name: str, model: nn.Module, units: Tensor, prior: Tensor | None, repeats: int
) -> list[dict[str, object]]:
    """A row for each budget, of the recommended estimator on some clips.

    Args:
        name: what the rows are called.
        model: the head.
        units: (video, element, *unit), few enough elements for exact values.
        prior: (class,); None: uniform.
        repeats: draws of each estimate.
    """
    exact = playfair.explain(model, units, prior)
    assert exact.prior is not None
    game = by_coalitions(game_of(model, units, exact.prior))
    estimator = fitting(game)[0]
    rows = []
    for budget in budgets_of(game, estimator):
        held = share_held(game, exact.esv, budget, estimator, range(repeats))
        by_clip = held.nanmean((1, 2)).numpy()
        rows.append(row_of(name, estimator, units.shape[1], budget, repeats, by_clip))
    return rows


def row_of(
    name: str, estimator: str, n_frames: int, budget: int, draws: int, held: np.ndarray
) -> dict[str, object]:
    """One row; held: of each game or clip, NaN where no error was stated."""
    stated = held[np.isfinite(held)]
    return {
        "game": name,
        "estimator": estimator,
        "frames": n_frames,
        "budget": budget,
        "draws": draws,
        "coverage": float(stated.mean()) if len(stated) else np.nan,
        "least": float(stated.min()) if len(stated) else np.nan,
        "clips": len(stated),
    }
