"""Interactions of more elements than all coalitions can be listed of, with standard errors.

What is called is asked for coalitions and their complements. Their sums are fitted by effects of
two elements alone, as in `interaction_fit`, and by a surrogate of the logits, as in
`kernel_interactions`, which is taken of videos where its stated error is plainly less. Heads of
several scales are asked for subsets of each scale, as in `surrogate`, whose surrogate then scores
as many coalitions as it takes.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley import (
    kernel,
    kernel_interactions,
    pair_weights,
    scale_interactions,
    surrogate,
)
from playfair.shapley.chosen import verdict
from playfair.shapley.errors import TellsNoPairs
from playfair.shapley.estimated import warn_of_nothing_seen
from playfair.shapley.explain import WHY_ASKED
from playfair.shapley.game import Game, parts_of, scores_of_coalitions
from playfair.shapley.interaction_fit import InteractionFit
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pairs import summed
from playfair.shapley.student import widening

COLUMNS = 8192  # videos times classes that are estimated at once
COLUMNS_OF_KERNEL = 1024  # likewise, of a surrogate for each fold
# The kernel is taken up to so much of the variance of the fit. What is nearly met by effects of two
# elements, as one pair alone that interacts, is met by the fit with surer errors.
PLAINLY = 0.25


class Answer(NamedTuple):
    """Interactions of all videos.

    Attributes:
        values, stderr: (video, pair, class), of every two elements; NaN errors where none can be
            stated.
        evaluations: of each video.
        estimator, why: which was taken, and why.
    """

    values: Float[Tensor, "video pair class"]
    stderr: Float[Tensor, "video pair class"]
    evaluations: int
    estimator: str
    why: str


class Sampled(NamedTuple):
    """Of some videos.

    Attributes:
        values, stderr: likewise.
        nothing: (video,), of which all that was evaluated is alike.
        ratio: as of `estimators.Estimate`.
    """

    values: Float[Tensor, "video pair class"]
    stderr: Float[Tensor, "video pair class"]
    nothing: Bool[Tensor, " video"]
    ratio: Float[Tensor, " video"]


class Drawn(NamedTuple):
    """All that is random, the same for all videos.

    Attributes:
        inside: all that is evaluated: coalitions, their complements, the whole video.
        fit: from their sums to interactions.
        by_kernel: what a surrogate is asked for; None where none is.
        chosen: whether the fit is taken where the surrogate errs more.
    """

    inside: Bool[Tensor, "row element"]
    fit: InteractionFit
    by_kernel: kernel_interactions.Drawn | None
    chosen: bool


def least(game: Game) -> int:
    """The whole video, its single elements, and of each size so many that their spread is seen.

    Of heads of several scales as many as ESVs take.
    """
    if surrogate.fits(game):
        return surrogate.least(game)
    return 1 + 2 * pair_weights.least_pairs(game.n_elements)


def sampled(game: Game, budget: int, generator: torch.Generator, name: str | None) -> Answer:
    """Interactions of all videos, by the estimator that fits, or one by name.

    Raises:
        TellsNoPairs: it does not fit the game, or tells no interactions.
    """
    names = ("surrogate",) if isinstance(game, LinearGame) else ("kernel", "stratified")
    if name is not None and name not in ("chosen", *names):
        raise TellsNoPairs(name, names)
    together = max(1, COLUMNS // game.n_classes)
    if isinstance(game, LinearGame):
        of_scales = scale_interactions.plan(game, budget, generator)
        parts = [scale_interactions.estimate(of_scales, part) for part in parts_of(game, together)]
        index, stderr = (torch.cat(values) for values in zip(*parts, strict=True))
        nothing = stderr.flatten(1).isnan().any(1)
        why = "the heads show their layers, so that single scales are evaluated"
        answer = Answer(index, stderr, of_scales.evaluations, "surrogate", why)
    else:
        drawn = plan(game, budget, generator, name)
        if drawn.by_kernel is not None:
            together = max(1, COLUMNS_OF_KERNEL // game.n_classes)
        samples = [estimate(drawn, part) for part in parts_of(game, together)]
        index, stderr, nothing, ratio = map(torch.cat, zip(*samples, strict=True))
        taken, why = verdict(ratio.cpu(), PLAINLY) if drawn.chosen else (str(name), WHY_ASKED)
        answer = Answer(index, stderr, len(drawn.inside), taken, why)
    warn_of_nothing_seen(int(nothing.sum()), game.n_videos)
    return answer


def plan(game: Game, budget: int, generator: torch.Generator, name: str | None) -> Drawn:
    """Different coalitions, and what the estimator of that name needs beside them."""
    device = game.prior.device
    pairs = pair_weights.draw(game.n_elements, (budget - 1) // 2, generator)
    fit = InteractionFit(pairs, device)
    by_kernel = None
    if name != "stratified":
        by_kernel = kernel_interactions.plan(game, pairs, fit, generator)
    return Drawn(pairs.evaluated.to(device), fit, by_kernel, name in (None, "chosen"))


def estimate(drawn: Drawn, game: Game) -> Sampled:
    """Interactions of all videos of a game, in float64."""
    of_videos = (game.n_videos, game.n_classes)
    scores = scores_of_coalitions(game, drawn.inside).double().unflatten(1, of_videos)
    pairs = drawn.fit.pairs
    sums = summed(scores, len(pairs.inside)).flatten(1)
    ends = scores[-1] + game.prior.double()
    nothing = of_pairs(pairs, sums, ends.flatten(), game.n_videos)
    plain, plain_variance = (
        values.unflatten(1, of_videos) for values in drawn.fit.estimate(sums, ends.flatten())
    )
    ratio = torch.full((game.n_videos,), torch.nan, dtype=torch.float64, device=plain.device)
    if drawn.by_kernel is None:
        index, variance = plain, plain_variance
    else:
        index, variance = kernel_interactions.by_surrogate(drawn.by_kernel, scores, ends)
    if drawn.chosen:
        ratio = variance.mean((0, 2)) / plain_variance.mean((0, 2)).clamp(min=1e-300)
        ratio = ratio.masked_fill(nothing, torch.nan)
        worse = (ratio > PLAINLY)[:, None]
        index = torch.where(worse, plain, index)
        variance = torch.where(worse, plain_variance, variance)
    largest = scores.abs().amax((0, 2))
    variance = variance + (kernel.ROUNDING * largest).square()[:, None]
    stderr = variance.sqrt() * widening(pairs.freedom)
    stderr = stderr.masked_fill(nothing[:, None], torch.nan)
    return Sampled(index.transpose(0, 1), stderr.transpose(0, 1), nothing, ratio)
