"""ESVs of a multi-scale model from its surrogate, with standard errors that count what was not evaluated."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.game import Heads, at_least_float32
from playfair.shapley.memory import block_rows
from playfair.shapley.pairs import Pairs, draw_pairs, least_pairs
from playfair.shapley.stratified import Fit
from playfair.shapley.surrogate import (
    Design,
    Scale,
    coefficients,
    draw_designs,
    fit,
    fitted,
    weights,
)

# Pairs of coalitions scored by the surrogate, which costs no evaluation of the model: their noise is a tenth
# of the surrogate's error at 904 evaluations. Their number does not depend on the number of frames, so that
# time grows linearly with it.
PAIRS = 2048
# Perturbed surrogates, and pairs they are scored on, from which the standard error is told.
DRAWS, DRAW_PAIRS = 4, 512


class Plan(NamedTuple):
    """All that is random, the same for all videos: evaluated subsets, and pairs for values and for errors."""

    designs: list[Design]
    pairs: Pairs
    few: Pairs


def designs_and_pairs(
    n_frames: int, n_scales: int, budget: int, generator: torch.Generator, device: torch.device
) -> Plan:
    """Draw the plan for a budget of head evaluations."""
    designs = draw_designs(n_frames, n_scales, budget, generator, device)
    few = max(DRAW_PAIRS, 2 * least_pairs(n_frames))
    pairs = max(PAIRS, 2 * budget, few)
    return Plan(
        designs, draw_pairs(n_frames, pairs, generator), draw_pairs(n_frames, few, generator)
    )


def surrogate_esv(
    model: Heads,
    prior: Float[Tensor, " class"],
    plan: Plan,
    seed: int,
    features: Float[Tensor, "video frame feature"],
) -> tuple[Tensor, Tensor, Tensor]:
    """ESVs and standard errors (frame, column), score (column,); float64.

    The standard error joins the noise of the sampled pairs and that of the evaluated subsets. The latter is
    seen from surrogates refitted to leave-one-out residuals with random signs (wild bootstrap, Wu 1986): their ESVs'
    squared change, less what the few pairs that show it add to it, averaged over frames, which steadies it.

    With 904 evaluations of trained heads (8 videos, 8 draws) the mean of its square was 1.05, 1.07, 1.00 and 1.16
    times the mean squared error at 12, 16, 32 and 64 frames, and 95 % intervals held 90, 95, 95 and 95 % of values.
    At 10 frames they held 92, 86, 79 and 91 % with 300, 600, 800 and 960 of 1,012 evaluations: close to exhaustion
    what is left rests on few subsets, the same for all videos and classes, and a rare large residual is missed.
    """
    frames = features.transpose(0, 1).to(at_least_float32(features)).contiguous()
    n_frames, n_videos, _ = frames.shape
    device = frames.device
    scales = [fit(design, model, frames) for design in plan.designs]
    known = coefficients(scales)
    whole = torch.ones(1, n_frames, dtype=torch.bool, device=device)
    score = scores(weights(plan.designs, whole), known, n_videos)[0].double()

    blocks = plan.pairs.inside.to(device).split(block_rows(device) // 2)
    differences = [
        scores(weights(plan.designs, inside), known, n_videos)
        - scores(weights(plan.designs, ~inside), known, n_videos)
        for inside in blocks
    ]
    esv, noise = Fit(plan.pairs, device).estimate(torch.cat(differences))
    esv += (score - prior.double().repeat(n_videos)) / n_frames

    inside = plan.few.inside.to(device)
    few, few_others, few_fit = (
        weights(plan.designs, inside),
        weights(plan.designs, ~inside),
        Fit(plan.few, device),
    )
    generator = torch.Generator().manual_seed(seed)
    moved, added = torch.zeros_like(esv[:1]), torch.zeros_like(esv[:1])
    for _ in range(DRAWS):
        drawn = known + coefficients([change(scale, generator) for scale in scales])
        change_of = [
            scores(w, drawn, n_videos) - scores(w, known, n_videos) for w in (few, few_others)
        ]
        shift, of_pairs = few_fit.estimate(change_of[0] - change_of[1])
        moved += shift.square().mean(0, keepdim=True) / DRAWS
        added += of_pairs.square().mean(0, keepdim=True) / DRAWS
    # The part that the few pairs add is told from all of a video's classes: a difference for each would be too noisy.
    moved = moved.unflatten(1, (n_videos, -1))
    part = added.unflatten(1, (n_videos, -1)).sum(-1, keepdim=True) / moved.sum(
        -1, keepdim=True
    ).clamp(min=1e-30)
    moved = (moved * (1 - part).clamp(min=0.1)).flatten(1)
    return esv, (noise.square() + moved).sqrt(), score


def change(known: Scale, generator: torch.Generator) -> Scale:
    """How the surrogate would change, had its leave-one-out residuals come with other signs."""
    design = known.design
    signs = torch.randint(0, 2, (len(design.inside), 1), generator=generator) * 2 - 1
    left = known.alone * signs.to(known.alone) * design.unseen**0.5
    return Scale(design, *fitted(design, left, torch.zeros_like(known.network)))


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
