"""Interactions of more elements than all coalitions can be listed of, with standard errors.

What is called is asked for coalitions and their complements. Their sums are fitted by a surrogate of
the logits, as in `kernel`, or by effects of two elements alone, as in `interaction_fit`: of each
video that is taken whose leave-one-out error is less. Heads of several scales are asked for subsets
of each scale, as in `surrogate`, whose surrogate then scores as many coalitions as it takes.
"""

from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley import kernel, pair_weights, scale_interactions, surrogate
from playfair.shapley.chosen import WORSE, Verdict, verdict
from playfair.shapley.errors import TellsNoPairs
from playfair.shapley.estimated import warn_of_nothing_seen
from playfair.shapley.explain import WHY_ASKED
from playfair.shapley.game import Game, parts_of
from playfair.shapley.interaction_fit import FAINT, InteractionFit
from playfair.shapley.kernels import Candidate
from playfair.shapley.likeness import Others
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.student import widening

SCORED = 4096  # pairs of coalitions that a surrogate scores, which costs no evaluation
COLUMNS = 8192  # videos times classes that are estimated at once


class Answer(NamedTuple):
    """Interactions of all videos.

    Attributes:
        values, stderr: (video, pair, class), of every two elements; NaN errors of a video of which
            none can be stated.
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
        ratio: (video,), the kernel's variance over that of effects of two elements alone.
    """

    values: Float[Tensor, "video pair class"]
    stderr: Float[Tensor, "video pair class"]
    ratio: Float[Tensor, " video"]


class Drawn(NamedTuple):
    """All that is random, the same for all videos.

    Attributes:
        by_kernel: the coalitions, and surrogates to choose from.
        fit: from their sums to interactions.
        scored: from the sums of a surrogate's scores.
    """

    by_kernel: kernel.Drawn
    fit: InteractionFit
    scored: InteractionFit

    @property
    def evaluations(self) -> int:
        """Of the model, for each video."""
        return len(self.by_kernel.inside)


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
        why = "the heads show their layers, so that single scales are evaluated"
        answer = Answer(index, stderr, of_scales.evaluations, "surrogate", why)
    else:
        drawn = plan(game, budget, generator)
        taken = [estimate(drawn, part, name) for part in parts_of(game, together)]
        index, stderr, ratio = (torch.cat(values) for values in zip(*taken, strict=True))
        asked = name is not None and name in names
        found = Verdict(str(name), WHY_ASKED) if asked else verdict(ratio)
        answer = Answer(index, stderr, drawn.evaluations, found.estimator, found.why)
    warn_of_nothing_seen(int(stderr.flatten(1).isnan().any(1).sum()), game.n_videos)
    return answer


def plan(game: Game, budget: int, generator: torch.Generator) -> Drawn:
    """Different coalitions, and more of them for the surrogate."""
    n_elements = game.n_elements
    device = game.prior.device
    pairs = pair_weights.draw(n_elements, (budget - 1) // 2, generator)
    many = pair_weights.draw(n_elements, max(SCORED, 4 * len(pairs.inside)), generator)
    whole = torch.ones(1, n_elements, dtype=torch.bool)
    inside = torch.cat([pairs.inside, ~pairs.inside, whole]).to(device)
    # as many as of ESVs, of other sizes
    by_kernel = replace(
        kernel.plan(game, budget, generator).drawn, pairs=pairs, inside=inside, scored=()
    )
    return Drawn(by_kernel, InteractionFit(pairs, device), InteractionFit(many, device, FAINT))


def estimate(drawn: Drawn, game: Game, name: str | None = None) -> Sampled:
    """Interactions of all videos of a game, in float64; by a named estimator, or by the better."""
    by_kernel = drawn.by_kernel
    scores = kernel.scores_of_drawn(by_kernel, game)
    n_pairs = len(by_kernel.pairs.inside)
    sums = summed(scores, n_pairs)
    ends = scores[-1] + game.prior.double()
    plain, plain_variance = drawn.fit.estimate(sums.flatten(1), ends.flatten())
    of_videos = (game.n_videos, game.n_classes)
    plain = plain.unflatten(1, of_videos)
    plain_variance = plain_variance.unflatten(1, of_videos)
    index, variance = by_surrogate(drawn, scores, ends)
    ratio = variance.mean((0, 2)) / plain_variance.mean((0, 2)).clamp(min=1e-300)
    worse = ratio > WORSE
    if name in ("kernel", "stratified"):
        worse = torch.full_like(worse, name == "stratified")
    index = torch.where(worse[:, None], plain, index)
    variance = torch.where(worse[:, None], plain_variance, variance)
    largest = scores.abs().amax((0, 2))
    variance = variance + (kernel.ROUNDING * largest).square()[:, None]
    stderr = variance.sqrt() * widening(by_kernel.pairs.freedom)
    nothing = of_pairs(by_kernel.pairs, sums.flatten(1), ends.flatten(), game.n_videos)
    stderr = stderr.masked_fill(nothing[:, None], torch.nan)
    return Sampled(index.transpose(0, 1), stderr.transpose(0, 1), ratio)


def summed(rows: Tensor, n_pairs: int) -> Tensor:
    """Of each pair the coalition's value and its complement's."""
    return rows[:n_pairs] + rows[n_pairs : 2 * n_pairs]


def by_surrogate(
    drawn: Drawn,
    scores: Float[Tensor, "row video class"],
    ends: Float[Tensor, "video class"],
) -> tuple[Float[Tensor, "pair video class"], Float[Tensor, "pair video class"]]:
    """By the kernel that tells most of each video, and what it leaves."""
    by_kernel = drawn.by_kernel
    n_classes = scores.shape[2]
    probable = kernel.are_probabilities(scores)
    logits = kernel.logits_of(scores)
    choice = kernel.chosen(by_kernel, scores, logits, probable)
    index = scores.new_zeros(len(drawn.fit.first), *scores.shape[1:])
    variance = torch.zeros_like(index)
    for place in choice.unique().tolist():
        tried = by_kernel.tried[place]
        for softmax in (True, False):
            columns = (choice == place) & ((probable & tried.logits) == softmax)[:, None]
            if not columns.any():
                continue
            values = (logits if softmax else scores)[:, columns]
            link = kernel.Link(n_classes if softmax else 1)
            out = of_candidate(drawn, tried, values, scores[:, columns], ends[columns], link)
            index[:, columns], variance[:, columns] = out
    return index, variance


def of_candidate(
    drawn: Drawn,
    tried: Candidate,
    values: Float[Tensor, "row column"],
    scores: Float[Tensor, "row column"],
    ends: Float[Tensor, " column"],
    link: kernel.Link,
) -> tuple[Float[Tensor, "pair column"], Float[Tensor, "pair column"]]:
    """Interactions and variances of columns that one candidate is chosen for.

    Args:
        drawn: what was drawn.
        tried: the candidate.
        values: what it is fitted to.
        scores: what they stand for.
        ends: v(all) + v(none).
        link: from values to scores.
    """
    by_kernel = drawn.by_kernel
    told, alone, others, process, effects = told_of(by_kernel, tried, values, link)
    n_pairs = len(by_kernel.pairs.inside)
    within = summed(scores - told, n_pairs)
    left_out = summed(scores - alone, n_pairs)
    inside = drawn.scored.pairs.inside.to(values.device)
    sums = values.new_empty(len(inside), values.shape[1])
    for block in torch.arange(len(inside), device=inside.device).split(kernel.BLOCK):
        one, other = (
            link(kernel.predicted(tried, side, others, process, effects))
            for side in (inside[block], ~inside[block])
        )
        sums[block] = one + other
    index, noise = drawn.scored.estimate(sums, ends)
    fit = drawn.fit
    left = (1 - fit.unseen) * within + fit.unseen * left_out
    return index + fit.contrast.T @ left, fit.stated.variance(left_out) + noise


def told_of(
    by_kernel: kernel.Drawn,
    tried: Candidate,
    values: Float[Tensor, "row column"],
    link: kernel.Link,
) -> tuple[Tensor, Tensor, Others, Tensor, Tensor]:
    """What a surrogate says of all that was evaluated, and with its pair left out; and itself."""
    rows = by_kernel.to_fit
    regression = by_kernel.regression(tried, rows)
    process = regression.process @ values[rows]
    effects = regression.effects @ values[rows]
    told = link(values[rows] - regression.nugget * process)
    alone = link(values[rows] - regression.left_out(process))
    others = Others(by_kernel.inside[rows], torch.float64)
    if len(rows) < len(values):
        of_all = torch.empty_like(values)
        for block in torch.arange(len(values), device=rows.device).split(kernel.BLOCK):
            inside = by_kernel.inside[block]
            of_all[block] = kernel.predicted(tried, inside, others, process, effects)
        of_all = link(of_all)
        told = of_all.index_copy(0, rows, told)
        alone = of_all.index_copy(0, rows, alone)
    return told, alone, others, process, effects
