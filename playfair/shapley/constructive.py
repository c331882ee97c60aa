"""The published sampler (Price & Damen 2020), kept as the historical baseline.

At most m coalitions of each size, grown: those of size k + 1 are drawn among the extensions of
those of size k by one frame. Where the multi-scale model needs the mean over children, it takes it
over the sampled ones. Two flaws are mended: a size in which a frame is always or never present is
left out of that frame's mean (the published code counts it as score 0), and what is missing to
score - prior is shared equally. The bias of the sampled children remains, and coalitions that were
grown from each other are not independent: no standard error is known that holds, so none is stated.

Not linear in frames: the T sizes have m coalitions each, whose extensions are listed (m T of T
frames), so that at 904 evaluations time grew 3.8 and 4.3 times per doubling from 32 to 128 frames
on a multi-scale model (2.0 and 2.2 on a TSN; 3.7 and 3.8 with evaluations in proportion to frames).
"""

from collections.abc import Iterator
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, at_least_float32, scores_of_coalitions
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.rows import head_logits
from playfair.shapley.stratified import in_videos

# Of sizes 1, 2, ... T, which hold differently many coalitions.
Levels = list[Bool[Tensor, "_ element"]]


def n_sizes_of(game: Game) -> int:
    """Sizes whose coalitions cost an evaluation: those that have a head, or all."""
    return game.n_scales if isinstance(game, LinearGame) else game.n_elements


def least(game: Game) -> int:
    """Two coalitions of each size that costs evaluations."""
    return sum(min(2, comb(game.n_elements, s)) for s in range(1, n_sizes_of(game) + 1))


def plan(game: Game, budget: int, generator: torch.Generator) -> Plan:
    """Grown coalitions, the same for all videos."""
    n_sizes = n_sizes_of(game)
    m = coalitions_per_size(game.n_elements, n_sizes, budget)
    levels = grow(game.n_elements, m, generator)
    return Plan(sum(len(level) for level in levels[:n_sizes]), levels)


def estimate(levels: Levels, game: Game) -> Estimate:
    """ESVs without errors, as none is known that holds."""
    of_levels = scores_of_grown_heads if isinstance(game, LinearGame) else scores_of_grown
    scores = of_levels(game, levels)
    esv, score = esv_of_grown(levels, scores, game.prior.double().repeat(game.n_videos))
    return in_videos(game, esv, None, score)


def coalitions_per_size(n_elements: int, n_sizes: int, budget: int) -> int:
    """The largest m for which min(m, C(T, s)) coalitions of each size stay within the budget."""
    available = [comb(n_elements, size) for size in range(1, n_sizes + 1)]
    m = 1
    while m < budget and sum(min(m + 1, n) for n in available) <= budget:
        m += 1
    return m


def grow(n_elements: int, m: int, generator: torch.Generator) -> Levels:
    """Coalitions of size 1, 2, ... T, each of which extends one of the size before."""
    singles = torch.eye(n_elements, dtype=torch.bool)
    levels = [singles[torch.randperm(n_elements, generator=generator)[:m]]]
    for _ in range(1, n_elements):
        parents = levels[-1]
        extended = torch.unique((parents[:, None] | singles)[~parents], dim=0)
        levels.append(extended[torch.randperm(len(extended), generator=generator)[:m]])
    return levels


def mean_over_children(
    level: Bool[Tensor, "coalition element"], below: Bool[Tensor, "child element"], logits: Tensor
) -> Float[Tensor, "coalition column"]:
    """Mean of the children's logits, as far as children were sampled."""
    child = (level.double() @ below.double().T == below.sum(1)).to(logits)
    return (child / child.sum(1, keepdim=True)) @ logits


def scores_of_grown(game: Game, levels: Levels) -> Iterator[Float[Tensor, "coalition column"]]:
    """Scores level by level."""
    for level in levels:
        yield scores_of_coalitions(game, level)


def scores_of_grown_heads(
    game: Game, levels: Levels
) -> Iterator[Float[Tensor, "coalition column"]]:
    """Scores level by level, by the recurrence over the sampled children."""
    assert isinstance(game, LinearGame)
    elements = game.units.transpose(0, 1).to(at_least_float32(game.units)).contiguous()
    logits = elements.new_empty(0)
    for size, level in enumerate(levels, start=1):
        inside = level.to(elements.device)
        below = logits
        if size > 1:
            logits = mean_over_children(inside, levels[size - 2].to(elements.device), below)
        if size <= game.n_scales:
            own = head_logits(game.model, elements, inside).flatten(1)
            logits = own if size == 1 else (own + (size - 1) * logits) / size
        yield logits.unflatten(1, (game.n_videos, -1)).softmax(-1).flatten(1)


def esv_of_grown(
    levels: Levels,
    scores: Iterator[Float[Tensor, "coalition column"]],
    prior: Float[Tensor, " column"],
) -> tuple[Float[Tensor, "element column"], Float[Tensor, " column"]]:
    """ESVs and scores of the whole videos; float64."""
    n_elements = len(levels)
    prior = prior.double()
    gained = prior.new_zeros(n_elements, len(prior))
    counted = torch.zeros_like(gained[:, :1])
    without = prior.expand(n_elements, -1)
    seen_without = torch.ones_like(counted, dtype=torch.bool)
    value = prior[None]
    for level, of_level in zip(levels, scores, strict=True):
        inside = level.to(prior.device)
        value = of_level.double()
        mean, seen_with = mean_of_stratum(inside, value)
        usable = seen_with & seen_without
        gained += torch.where(usable, mean - without, 0.0)
        counted += usable
        without, seen_without = mean_of_stratum(~inside, value)
    esv = gained / counted.clamp(min=1)
    score = value[0]
    return esv + (score - prior - esv.sum(0)) / n_elements, score


def mean_of_stratum(
    member: Bool[Tensor, "coalition element"], value: Float[Tensor, "coalition column"]
) -> tuple[Float[Tensor, "element column"], Bool[Tensor, "element 1"]]:
    """For each element the mean over its coalitions, and whether there is any."""
    weight = member.T.to(value)
    count = weight.sum(1, keepdim=True)
    return weight @ value / count.clamp(min=1), count > 0


@estimator("constructive")
def constructive() -> Estimator:
    """The published sampler."""
    return Estimator(least, plan, estimate)
