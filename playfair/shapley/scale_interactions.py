"""Interactions of a multi-scale model from the surrogate of its scales; errors as in `surrogate`."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley import pair_weights
from playfair.shapley.game import Game, at_least_float32
from playfair.shapley.interaction_fit import FAINT, InteractionFit
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.nothing_seen import of_scales
from playfair.shapley.scale_surrogate import (
    Design,
    Scale,
    coefficients,
    draw_designs,
    fit,
    weights,
)
from playfair.shapley.subset_means import scores_of_means
from playfair.shapley.surrogate import DRAWS, MORE, TOLD, of_both_sides, scores
from playfair.shapley.surrogate_error import refitted, told

PAIRS = 4096  # of coalitions, that the surrogate scores
FEW = 1024  # that perturbed surrogates do, for errors


class Drawn(NamedTuple):
    """All that is random, the same for all videos.

    Attributes:
        designs: of each scale, the evaluated subsets.
        many: coalitions that the surrogate scores for the values.
        few: those that perturbed ones score for the errors.
        seed: of the signs of the residuals.
    """

    designs: list[Design]
    many: InteractionFit
    few: InteractionFit
    seed: int

    @property
    def evaluations(self) -> int:
        """Of single scales' heads, for each video."""
        return sum(len(design.inside) for design in self.designs)


def plan(game: LinearGame, budget: int, generator: torch.Generator) -> Drawn:
    """Subsets of each scale, and coalitions that cost no evaluation of the heads."""
    n_elements = game.n_elements
    device = game.units.device
    designs = draw_designs(n_elements, game.n_scales, budget, generator, device)
    least = pair_weights.least_pairs(n_elements)
    many, few = (
        InteractionFit(pair_weights.draw(n_elements, max(count, least), generator), device, FAINT)
        for count in (PAIRS, FEW)
    )
    return Drawn(designs, many, few, int(torch.randint(2**31, (), generator=generator)))


def estimate(
    drawn: Drawn, game: Game
) -> tuple[Float[Tensor, "video pair class"], Float[Tensor, "video pair class"]]:
    """Interactions and standard errors; NaN of videos of which none can be stated."""
    assert isinstance(game, LinearGame)
    units = game.units
    frames = units.transpose(0, 1).to(at_least_float32(units)).contiguous()
    n_elements, n_videos, _ = frames.shape
    device = frames.device
    scales = [fit(design, game.model, frames) for design in drawn.designs]
    fit_of_all = coefficients(scales)
    prior = game.prior.double().repeat(n_videos)
    whole = torch.ones(1, n_elements, dtype=torch.bool, device=device)
    score = scores(weights(drawn.designs, whole), fit_of_all, n_videos)[0].double()
    inside = drawn.many.pairs.inside.to(device)
    sums, not_seen = of_both_sides(torch.add, inside, scales, fit_of_all, n_videos)
    index, variance = drawn.many.estimate(sums, score + prior)
    variance = variance + drawn.many.contrast.square().T @ not_seen.double()
    variance = variance + MORE * moved(drawn, scales, fit_of_all, score, n_videos)
    plain = told(scales, n_videos) < TOLD
    if plain.any():
        columns = plain.repeat_interleave(game.n_classes)
        instead = of_means(drawn, scales, columns, prior[columns], int(plain.sum()))
        off = (index[:, columns] - instead).square().mean(0)
        index[:, columns] = instead
        variance[:, columns] += off
    stderr = variance.sqrt().masked_fill(
        of_scales(scales, n_videos).repeat_interleave(game.n_classes), torch.nan
    )
    of_videos = (n_videos, game.n_classes)
    return (
        index.unflatten(1, of_videos).transpose(0, 1),
        stderr.unflatten(1, of_videos).transpose(0, 1),
    )


def moved(
    drawn: Drawn,
    scales: list[Scale],
    fit_of_all: Tensor,
    score: Float[Tensor, " column"],
    n_videos: int,
) -> Float[Tensor, "1 column"]:
    """Squared change of interactions with refitted surrogates, averaged over pairs of elements."""
    device = fit_of_all.device
    inside = drawn.few.pairs.inside.to(device)
    whole = torch.ones_like(inside[:1])
    of_sides = [weights(drawn.designs, side) for side in (inside, ~inside, whole)]
    before = [scores(side, fit_of_all, n_videos) for side in of_sides]
    generator = torch.Generator().manual_seed(drawn.seed)
    square = torch.zeros(1, len(score), dtype=torch.float64, device=device)
    for _ in range(DRAWS):
        perturbed = fit_of_all + coefficients([refitted(scale, generator) for scale in scales])
        kept, others, end = (
            scores(side, perturbed, n_videos) - own
            for side, own in zip(of_sides, before, strict=True)
        )
        shift, _ = drawn.few.estimate(kept + others, end[0])
        square += shift.square().mean(0, keepdim=True) / DRAWS
    return square


def of_means(
    drawn: Drawn, scales: list[Scale], columns: Tensor, prior: Tensor, n_videos: int
) -> Float[Tensor, "pair column"]:
    """Interactions of some columns from plain means of the evaluated subsets."""
    inside = drawn.many.pairs.inside.to(columns.device)
    kept, others, whole = (
        scores_of_means(scales, side, columns, n_videos)
        for side in (inside, ~inside, torch.ones_like(inside[:1]))
    )
    index, _ = drawn.many.estimate(kept + others, whole[0] + prior)
    return index
