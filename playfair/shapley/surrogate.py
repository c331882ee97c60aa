"""ESVs of a multi-scale model from its surrogate, with errors that count what was not evaluated."""

from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, at_least_float32
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.mean_game import MeanGame
from playfair.shapley.memory import block_rows
from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import Pairs, draw_pairs, least_pairs
from playfair.shapley.scale_surrogate import (
    Design,
    Scale,
    coefficients,
    draw_designs,
    fit,
    fitted,
    weights,
)
from playfair.shapley.stratified import in_videos
from playfair.shapley.student import widening

# Pairs of coalitions scored by the surrogate, which costs no evaluation of the model: their noise
# is a tenth of the surrogate's error at 904 evaluations. Their number does not depend on the number
# of frames, so that time grows linearly with it.
PAIRS = 2048
# Perturbed surrogates, and pairs they are scored on, from which the standard error is told.
DRAWS = 4
DRAW_PAIRS = 512
# Subsets of each scale, or all: from eight, 91 % of 95 % intervals held.
FEWEST = 12


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
    """Twelve subsets of each scale, or all."""
    assert isinstance(game, LinearGame)
    return sum(min(FEWEST, comb(game.n_elements, scale)) for scale in range(1, game.n_scales + 1))


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

    The standard error joins the noise of the sampled pairs and that of the evaluated subsets. The
    latter is seen from surrogates refitted to leave-one-out residuals with random signs (wild
    bootstrap, Wu 1986): their ESVs' squared change, less what the few pairs that show it add to it,
    averaged over frames, which steadies it.

    With 904 evaluations of trained heads (8 videos, 8 draws) the mean of its square was 1.05, 1.07,
    1.00 and 1.16 times the mean squared error at 12, 16, 32 and 64 frames, and 95 % intervals held
    90, 95, 95 and 95 % of values. At 10 frames they held 92, 86, 79 and 91 % with 300, 600, 800 and
    960 of 1,012 evaluations: close to exhaustion what is left rests on few subsets, the same for
    all videos and classes, and a rare large residual is missed.
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

    blocks = plan.pairs.inside.to(device).split(block_rows(device) // 2)
    differences = [
        scores(weights(plan.designs, inside), fit_of_all, n_videos)
        - scores(weights(plan.designs, ~inside), fit_of_all, n_videos)
        for inside in blocks
    ]
    esv, noise = PairFit(plan.pairs, device).estimate(torch.cat(differences))
    esv += (score - game.prior.double().repeat(n_videos)) / n_elements

    inside = plan.few.inside.to(device)
    few = weights(plan.designs, inside)
    few_others = weights(plan.designs, ~inside)
    few_fit = PairFit(plan.few, device)
    generator = torch.Generator().manual_seed(plan.seed)
    moved = torch.zeros_like(esv[:1])
    added = torch.zeros_like(esv[:1])
    for _ in range(DRAWS):
        perturbed = fit_of_all + coefficients([change(scale, generator) for scale in scales])
        changes, changes_of_others = (
            scores(weight, perturbed, n_videos) - scores(weight, fit_of_all, n_videos)
            for weight in (few, few_others)
        )
        shift, of_pairs = few_fit.estimate(changes - changes_of_others)
        moved += shift.square().mean(0, keepdim=True) / DRAWS
        added += of_pairs.square().mean(0, keepdim=True) / DRAWS
    # The part that the few pairs add is taken from all of a video's classes: a difference for each
    # would be too noisy.
    moved = moved.unflatten(1, (n_videos, -1))
    added = added.unflatten(1, (n_videos, -1))
    part = added.sum(-1, keepdim=True) / moved.sum(-1, keepdim=True).clamp(min=1e-30)
    moved = (moved * (1 - part).clamp(min=0.1)).flatten(1)
    stderr = (noise.square() + moved * widening(freedom_of(plan.designs)) ** 2).sqrt()
    return in_videos(game, esv, stderr, score)


def freedom_of(designs: list[Design]) -> float:
    """Degrees of freedom of what residuals tell of an error.

    They are few twice: the least-evaluated scale has few subsets, and few draws show their spread.
    Without this 80 % of 95 % intervals held at the least budget of 8 frames of trained heads, and
    89-93 % with all but a tenth evaluated.
    """
    counts = [len(design.inside) for design in designs if design.unseen > 0]
    fewest = max(1, min(counts, default=2) - 1)
    return 1 / (1 / fewest + 1 / (2 * DRAWS))


def change(scale: Scale, generator: torch.Generator) -> Scale:
    """How the surrogate would change, had its leave-one-out residuals come with other signs."""
    design = scale.design
    signs = torch.randint(0, 2, (len(design.inside), 1), generator=generator) * 2 - 1
    left = scale.alone * signs.to(scale.alone) * design.unseen**0.5
    return Scale(design, *fitted(design, left, torch.zeros_like(scale.network)))


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
