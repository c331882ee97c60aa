"""ESVs of a multi-scale model from its surrogate, with errors that count what was not evaluated."""

from collections.abc import Callable
from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, at_least_float32
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.mean_game import MeanGame
from playfair.shapley.memory import block_rows
from playfair.shapley.nothing_seen import of_scales
from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import Pairs, draw_pairs, least_pairs
from playfair.shapley.scale_surrogate import (
    Design,
    Scale,
    coefficients,
    draw_designs,
    fit,
    weights,
)
from playfair.shapley.stratified import in_videos, without
from playfair.shapley.subset_means import scores_of_means
from playfair.shapley.surrogate_error import (
    refitted,
    residual_square,
    score_variance,
    shares_not_seen,
    told,
)

# Pairs of coalitions scored by the surrogate, which costs no evaluation of the model: their noise
# is a tenth of the surrogate's error at 904 evaluations. Their number does not depend on the number
# of frames, so that time grows linearly with it.
PAIRS = 2048
# Perturbed surrogates, and pairs they are scored on, from which the standard error is told.
DRAWS = 4
DRAW_PAIRS = 512
# What the few perturbed surrogates move by is seen in few draws, of all frames alike, and residuals
# of one scale are not of one size: 87 % of 95 % intervals held on the worst clip of a TRN of another
# seed at 12 frames and 900 evaluations; with so much more variance 92 %.
MORE = 1.5
# Subsets of each scale, or all. From twelve, 62 % of 95 % intervals held on the worst clip of a
# trained TRN, from 40 79 %, from 55 92 %.
FEWEST = 55
# R^2 on subsets that were left out, from which a surrogate is better than none. Of trained heads it
# is .88 to .99, of heads that answer to combinations of frames mostly below .3.
TOLD = 0.5


class Drawn(NamedTuple):
    """All that is random, the same for all videos.

    Attributes:
        designs: of each scale, the evaluated subsets.
        pairs: those that the surrogate scores for the values.
        few: those that it scores for their errors.
        seed: of the signs of the residuals.
    """

    designs: list[Design]
    pairs: Pairs
    few: Pairs
    seed: int


def fits(game: Game) -> bool:
    """Whether there are scales to evaluate one by one."""
    return isinstance(game, LinearGame) and not isinstance(game, MeanGame)


def least(game: Game) -> int:
    """55 subsets of each scale, or half of them, but at least twelve."""
    assert isinstance(game, LinearGame)
    n_subsets = [comb(game.n_elements, scale) for scale in range(1, game.n_scales + 1)]
    return sum(min(n, max(12, min(FEWEST, n // 2))) for n in n_subsets)


def plan(game: Game, budget: int, generator: torch.Generator) -> Plan:
    """Subsets of each scale, and pairs of coalitions that cost no evaluation of the model."""
    assert isinstance(game, LinearGame)
    n_elements = game.n_elements
    designs = draw_designs(n_elements, game.n_scales, budget, generator, game.units.device)
    few = max(DRAW_PAIRS, least_pairs(n_elements))
    many = max(PAIRS, 2 * budget, few)
    pairs_for_values = draw_pairs(n_elements, many, generator)
    pairs_for_errors = draw_pairs(n_elements, few, generator)
    seed = int(torch.randint(2**31, (), generator=generator))
    evaluations = sum(len(design.inside) for design in designs)
    return Plan(evaluations, Drawn(designs, pairs_for_values, pairs_for_errors, seed))


def estimate(plan: Drawn, game: Game) -> Estimate:
    """ESVs with standard errors; float64.

    The standard error joins the noise of the sampled pairs and both parts of `surrogate_error`.
    Videos that the surrogate tells nothing of get `subset_means` of the same evaluations in its
    place; their errors take in how far that is from the surrogate's.
    """
    assert isinstance(game, LinearGame)
    units = game.units
    frames = units.transpose(0, 1).to(at_least_float32(units)).contiguous()
    n_elements, n_videos, _ = frames.shape
    device = frames.device
    scales = [fit(design, game.model, frames) for design in plan.designs]
    fit_of_all = coefficients(scales)
    whole = torch.ones(1, n_elements, dtype=torch.bool, device=device)
    score = scores(weights(plan.designs, whole), fit_of_all, n_videos)[0].double()

    inside = plan.pairs.inside.to(device)
    differences, variances = of_both_sides(torch.sub, inside, scales, fit_of_all, n_videos)
    pair_fit = PairFit(plan.pairs, device)
    esv, noise = pair_fit.estimate(differences)
    esv += (score - game.prior.double().repeat(n_videos)) / n_elements
    not_seen = pair_fit.contrast.square().T @ variances.double()
    moved = moved_by_refits(plan, scales, fit_of_all, n_videos)
    total = noise.square() + not_seen + MORE * moved

    plain = told(scales, n_videos) < TOLD
    if plain.any():
        columns = plain.repeat_interleave(game.n_classes)
        instead, score_instead = of_means(plan, scales, columns, game)
        off = (esv[:, columns] - instead).square().mean(0)
        esv[:, columns] = instead
        score[columns] = score_instead
        total[:, columns] += off
    nothing = of_scales(scales, n_videos)
    return without(nothing, in_videos(game, esv, total.sqrt(), score))._replace(plain=plain)


def of_both_sides(
    joined: Callable[[Tensor, Tensor], Tensor],
    inside: Bool[Tensor, "coalition element"],
    scales: list[Scale],
    fit_of_all: Float[Tensor, "known column"],
    n_videos: int,
) -> tuple[Float[Tensor, "coalition column"], Float[Tensor, "coalition column"]]:
    """The surrogate's scores of coalitions and of their complements, joined, and their variances.

    Args:
        joined: torch.sub or torch.add, of a coalition's scores and its complement's.
        inside: the coalitions.
        scales: that the surrogate is of; subsets of theirs that were not seen make the variance.
        fit_of_all: their `coefficients`.
        n_videos: of the columns.
    """
    designs = [scale.design for scale in scales]
    squares = torch.stack([residual_square(scale) for scale in scales]).float()
    values = []
    variances = []
    for block in inside.split(block_rows(inside.device) // 2):
        sides = (block, ~block)
        kept, others = (scores(weights(designs, side), fit_of_all, n_videos) for side in sides)
        values.append(joined(kept, others))
        of_kept, of_others = (
            score_variance(shares_not_seen(designs, side) @ squares, of_side, n_videos)
            for side, of_side in zip(sides, (kept, others), strict=True)
        )
        variances.append(of_kept + of_others)
    return torch.cat(values), torch.cat(variances)


def of_means(
    plan: Drawn, scales: list[Scale], columns: Tensor, game: Game
) -> tuple[Float[Tensor, "element column"], Float[Tensor, " column"]]:
    """ESVs and scores of some columns from plain means of the evaluated subsets."""
    n_videos = int(columns.sum()) // game.n_classes
    inside = plan.pairs.inside.to(columns.device)
    whole = torch.ones_like(inside[:1])
    kept = scores_of_means(scales, inside, columns, n_videos)
    others = scores_of_means(scales, ~inside, columns, n_videos)
    score = scores_of_means(scales, whole, columns, n_videos)[0]
    esv, _ = PairFit(plan.pairs, columns.device).estimate(kept - others)
    return esv + (score - game.prior.double().repeat(n_videos)) / game.n_elements, score


def moved_by_refits(
    plan: Drawn, scales: list[Scale], fit_of_all: Tensor, n_videos: int
) -> Float[Tensor, "1 column"]:
    """Squared change of ESVs with refitted surrogates, averaged over frames, which steadies it.

    Less what the few pairs that show it add to it. That part is taken from all of a video's
    classes: a difference for each would be too noisy.
    """
    device = fit_of_all.device
    inside = plan.few.inside.to(device)
    few = weights(plan.designs, inside)
    few_others = weights(plan.designs, ~inside)
    few_fit = PairFit(plan.few, device)
    generator = torch.Generator().manual_seed(plan.seed)
    moved = torch.zeros(1, fit_of_all.shape[1], dtype=torch.float64, device=device)
    added = torch.zeros_like(moved)
    for _ in range(DRAWS):
        perturbed = fit_of_all + coefficients([refitted(scale, generator) for scale in scales])
        changes, changes_of_others = (
            scores(weight, perturbed, n_videos) - scores(weight, fit_of_all, n_videos)
            for weight in (few, few_others)
        )
        shift, of_pairs = few_fit.estimate(changes - changes_of_others)
        moved += shift.square().mean(0, keepdim=True) / DRAWS
        added += of_pairs.square().mean(0, keepdim=True) / DRAWS
    of_videos = (n_videos, fit_of_all.shape[1] // n_videos)
    moved = moved.unflatten(1, of_videos)
    added = added.unflatten(1, of_videos)
    part = added.sum(-1, keepdim=True) / moved.sum(-1, keepdim=True).clamp(min=1e-30)
    return (moved * (1 - part).clamp(min=0.1)).flatten(1)


def scores(
    weights: Float[Tensor, "coalition known"],
    coefficients: Float[Tensor, "known column"],
    n_videos: int,
) -> Float[Tensor, "coalition column"]:
    """The surrogate's scores."""
    return (
        (weights.to(coefficients) @ coefficients)
        .unflatten(1, (n_videos, -1))
        .softmax(-1)
        .flatten(1)
    )


@estimator("surrogate")
def surrogate() -> Estimator:
    """The best for heads that show their layers."""
    return Estimator(least, plan, estimate, fits)
