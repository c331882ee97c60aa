"""ESVs from a budget of evaluations, for any number of frames: which estimator is for which model.

What is random is drawn once and is the same for all videos of a call, so that a video's values do not depend
on its company. Errors of different videos are therefore correlated: for a mean over many videos, split them
over calls with different generators.
"""

from collections.abc import Callable
from functools import partial
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.constructive import (
    Levels,
    coalitions_per_size,
    constructive,
    grow,
    scores_of_grown,
    scores_of_grown_heads,
)
from playfair.shapley.game import Heads, Model, scores_by_size, scores_of
from playfair.shapley.kernel_regression import kernel_regression
from playfair.shapley.memory import LIMIT
from playfair.shapley.pairs import Pairs, draw_pairs, least_pairs
from playfair.shapley.stratified import Fit
from playfair.shapley.surrogate_esv import designs_and_pairs, surrogate_esv
from playfair.shapley.threads import side_by_side

Estimate = tuple[Tensor, Tensor, Tensor]  # esv and stderr (frame, column), score (column,); float64

ESTIMATORS = {True: ("surrogate", "constructive"), False: ("stratified", "kernel", "constructive")}


def exhaustive(model: Model, n_frames: int) -> int:
    """Evaluations that leave nothing to sample: the model's, or of a multi-scale model's heads."""
    n_sizes = min(n_frames, model.n_max) if isinstance(model, Heads) else n_frames
    return sum(comb(n_frames, size) for size in range(1, n_sizes + 1))


def sampled(
    model: Model,
    features: Float[Tensor, "video frame feature"],
    prior: Float[Tensor, " class"],
    budget: int,
    removal: str,
    generator: torch.Generator,
    estimator: str | None,
) -> Attribution:
    """Estimated ESVs and standard errors; ValueError names the least budget and the estimators there are."""
    n_frames, n_classes, device = features.shape[1], len(prior), features.device
    heads = isinstance(model, Heads)
    name = estimator or ESTIMATORS[heads][0]
    if name not in ESTIMATORS[heads]:
        raise ValueError(
            f"estimator {name!r} is not for this model, type one of {', '.join(ESTIMATORS[heads])}; "
            "those for plain callables take a multi-scale model as explain(model.forward, ...)"
        )
    n_sizes = min(n_frames, model.n_max) if isinstance(model, Heads) else n_frames
    if name in ("stratified", "kernel"):
        least = 1 + 2 * least_pairs(n_frames)
    else:
        least = sum(
            min(8 if name == "surrogate" else 2, comb(n_frames, s)) for s in range(1, n_sizes + 1)
        )
    if budget < least:
        raise ValueError(
            f"budget is {budget}, but the {name} estimator needs at least {least} evaluations for {n_frames} "
            f"frames; type explain(..., budget={least}) or more"
        )

    run: Callable[[Tensor], Estimate]
    if isinstance(model, Heads) and name == "surrogate":
        plan = designs_and_pairs(n_frames, n_sizes, budget, generator, device)
        seed = int(torch.randint(2**31, (), generator=generator))
        evaluations = sum(len(design.inside) for design in plan[0])
        run = partial(surrogate_esv, model, prior, plan, seed)
    elif name == "constructive":
        levels = grow(n_frames, coalitions_per_size(n_frames, n_sizes, budget), generator)
        evaluations = sum(len(level) for level in levels[:n_sizes])
        run = partial(constructive_esv, model, prior, levels, removal)
    else:
        pairs = draw_pairs(n_frames, (budget - 1) // 2, generator)
        evaluations = 1 + 2 * len(pairs.inside)
        assert not isinstance(model, Heads)
        run = partial(paired_esv, model, prior, pairs, removal, name)

    # Several float64 copies of one score per coalition and class are in memory at once.
    together = max(1, LIMIT.get(device.type, 2**29) // (64 * max(2048, budget) * n_classes))
    videos, parts = features.split(together), []
    for part, (esv, stderr, score) in zip(
        videos, side_by_side(run, videos, LIMIT["cpu"]), strict=True
    ):
        shape = (len(part), n_classes)
        parts.append(
            (*(x.unflatten(1, shape).transpose(0, 1) for x in (esv, stderr)), score.view(shape))
        )
    esv, stderr, score = (torch.cat(x).to(features.dtype) for x in zip(*parts, strict=True))
    return Attribution(esv, score, stderr, evaluations)


def paired_esv(
    model: Callable[[Tensor], Tensor],
    prior: Float[Tensor, " class"],
    pairs: Pairs,
    removal: str,
    name: str,
    features: Float[Tensor, "video frame feature"],
) -> Estimate:
    """Stratified or kernel estimates of a plain callable."""

    def scores(inside: Bool[Tensor, "coalition frame"]) -> Float[Tensor, "coalition column"]:
        score = partial(scores_of, model, features, n_classes=len(prior), removal=removal)
        return scores_by_size(score, inside.to(features.device), len(features))

    n_frames = features.shape[1]
    score = scores(torch.ones(1, n_frames, dtype=torch.bool))[0].double()
    total = score - prior.double().repeat(len(features))
    d = scores(pairs.inside) - scores(~pairs.inside)
    if name == "kernel":
        return *kernel_regression(pairs, d, total), score
    esv, stderr = Fit(pairs, d.device).estimate(d)
    return esv + total / n_frames, stderr, score


def constructive_esv(
    model: Model,
    prior: Float[Tensor, " class"],
    levels: Levels,
    removal: str,
    features: Float[Tensor, "video frame feature"],
) -> Estimate:
    """The published sampler, for either kind of model."""
    if isinstance(model, Heads):
        scores = scores_of_grown_heads(model, features, levels)
    else:
        scores = scores_of_grown(model, features, levels, len(prior), removal)
    return constructive(levels, scores, prior.double().repeat(len(features)))
