"""The published sampler (Price & Damen 2020), kept as the historical baseline.

At most m coalitions of each size, grown: those of size k + 1 are drawn among the extensions of those of size
k by one frame. Where the multi-scale model needs the mean over children, it takes it over the sampled ones.
Two flaws are mended: a size in which a frame is always or never present is left out of that frame's mean
(the published code counts it as score 0), and what is missing to score - prior is shared equally. The bias of
the sampled children remains; standard errors treat coalitions as independent and are too small (see the
coverage in experiment=benchmark).

Not linear in frames: the T sizes have m coalitions each, whose extensions are listed (m T of T frames), so that
at 904 evaluations time grew 3.8 and 4.3 times per doubling from 32 to 128 frames on a multi-scale model (2.0
and 2.2 on a TSN; 3.7 and 3.8 with evaluations in proportion to frames).
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.game import Heads, at_least_float32, scores_by_size, scores_of
from playfair.shapley.heads import head_logits

Levels = list[Bool[Tensor, "coalition frame"]]


def coalitions_per_size(n_frames: int, n_sizes: int, budget: int) -> int:
    """The largest m for which min(m, C(T, s)) coalitions of sizes 1 ... n_sizes stay within the budget."""
    m = 1
    while (
        m < budget and sum(min(m + 1, comb(n_frames, s)) for s in range(1, n_sizes + 1)) <= budget
    ):
        m += 1
    return m


def grow(n_frames: int, m: int, generator: torch.Generator) -> Levels:
    """Coalitions of size 1, 2, ... T, each of which extends one of the size before."""
    singles = torch.eye(n_frames, dtype=torch.bool)
    levels = [singles[torch.randperm(n_frames, generator=generator)[:m]]]
    for _ in range(1, n_frames):
        parents = levels[-1]
        extended = torch.unique((parents[:, None] | singles)[~parents], dim=0)
        levels.append(extended[torch.randperm(len(extended), generator=generator)[:m]])
    return levels


def mean_over_children(
    level: Bool[Tensor, "coalition frame"], below: Bool[Tensor, "child frame"], logits: Tensor
) -> Float[Tensor, "coalition column"]:
    """Mean of the children's logits, as far as children were sampled."""
    child = (level.double() @ below.double().T == below.sum(1)).to(logits)
    return (child / child.sum(1, keepdim=True)) @ logits


def scores_of_grown(
    model: Callable[[Tensor], Tensor],
    features: Tensor,
    levels: Levels,
    n_classes: int,
    removal: str,
) -> Iterator[Float[Tensor, "coalition column"]]:
    """Scores level by level, of a plain callable."""
    score = partial(scores_of, model, features, n_classes=n_classes, removal=removal)
    for level in levels:
        yield scores_by_size(score, level.to(features.device), len(features))


def scores_of_grown_heads(
    model: Heads, features: Tensor, levels: Levels
) -> Iterator[Float[Tensor, "coalition column"]]:
    """Scores level by level, by the recurrence over the sampled children."""
    frames = features.transpose(0, 1).to(at_least_float32(features)).contiguous()
    logits = torch.empty(0)
    for size, level in enumerate(levels, start=1):
        inside = level.to(frames.device)
        below = logits
        if size > 1:
            logits = mean_over_children(inside, levels[size - 2].to(frames.device), below)
        if size <= model.n_max:
            own = head_logits(model, frames, inside).flatten(1)
            logits = own if size == 1 else (own + (size - 1) * logits) / size
        yield logits.unflatten(1, (len(features), -1)).softmax(-1).flatten(1)


def constructive(
    levels: Levels,
    scores: Iterator[Float[Tensor, "coalition column"]],
    prior: Float[Tensor, " column"],
) -> tuple[Tensor, Tensor, Tensor]:
    """ESVs (frame, column), standard errors (frame, column) and score (column,); float64."""
    n_frames = len(levels)
    with_frame = prior.new_zeros(n_frames, len(prior), dtype=torch.float64)
    variance, counted = torch.zeros_like(with_frame), torch.zeros_like(with_frame[:, :1])
    without, spread_without = prior.double().expand(n_frames, -1), torch.zeros_like(with_frame)
    there_without = torch.ones_like(counted, dtype=torch.bool)
    value = prior.double()[None]
    for size, (level, found) in enumerate(zip(levels, scores, strict=True), start=1):
        inside, value = level.to(prior.device), found.double()
        unseen = 1 - len(level) / comb(n_frames, size)
        mean, spread, there = of_stratum(inside, value, unseen)
        usable = there & there_without
        with_frame += torch.where(usable, mean - without, 0.0)
        variance += torch.where(usable, spread + spread_without, 0.0)
        counted += usable
        without, spread_without, there_without = of_stratum(~inside, value, unseen)
    esv, total = with_frame / counted.clamp(min=1), value[0] - prior.double()
    return esv + (total - esv.sum(0)) / n_frames, variance.sqrt() / counted.clamp(min=1), value[0]


def of_stratum(member: Tensor, value: Tensor, unseen: float) -> tuple[Tensor, Tensor, Tensor]:
    """For each frame: mean over its coalitions, the mean's variance, and whether there is any."""
    weight = member.T.to(value)
    count = weight.sum(1, keepdim=True)
    mean = weight @ value / count.clamp(min=1)
    square = weight @ value.square() / count.clamp(min=1) - mean.square()
    return mean, unseen * square.clamp(min=0) / (count - 1).clamp(min=1), count > 0
