"""ESVs of a kernel regression, corrected by what it leaves of what was evaluated."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.kernel_design import BLOCK, Drawn
from playfair.shapley.kernel_selection import Link
from playfair.shapley.kernels import Candidate
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.pairs import paired
from playfair.shapley.scored import Scored
from playfair.shapley.stated_error import StatedError

COUNTS = 0.25  # of the variance, from which noise is made less
# Pairs times rows up to which kernels are computed in float64, in twice the time.
IN_DOUBLE = 2**20
# Else in float32, but for videos of which that would count. Of a smooth kernel many large
# coefficients cancel, and ESVs are off by so much of their norm, times the kernel's mean: from 2e-9
# of it at 1,000 rows to 5e-8 at 1,700, mostly 1e-8 to 2e-8.
OFF_IN_FLOAT32 = 2e-8
COLUMNS = 256  # videos times classes, of which ESVs are told at once


def of_surrogate(
    drawn: Drawn,
    tried: Candidate,
    values: Float[Tensor, "row column"],
    scores: Float[Tensor, "row column"],
    link: Link,
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """ESVs and variances of columns that one candidate is chosen for.

    Args:
        drawn: what was drawn.
        tried: the candidate.
        values: what it is fitted to.
        scores: what they stand for.
        link: from values to scores.
    """
    process, effects, told, told_alone = told_of(drawn, tried, values, link)
    pairs = drawn.pairs
    n_pairs = len(pairs.inside)
    unseen = pairs.unseen.to(values)[:, None]
    weight = (pairs.contrast * pairs.share[:, None]).T.to(values)
    within = paired(scores - told, n_pairs)
    alone = paired(scores - told_alone, n_pairs)
    corrected = weight @ (unseen * alone)
    # as a chance of its own signs would make it, and as it is: of whole videos
    by_chance = link.by_video(weight.square() @ (unseen * alone.square()))
    as_it_is = link.by_video(corrected.square()).clamp(min=1e-300)
    part = (1 - 0.5 * by_chance / as_it_is).clamp(0.5, 1.0)
    variance = StatedError(pairs, weight.cpu(), values.device).variance(alone)
    own = drawn.regression(tried, drawn.to_fit).nugget / tried.nugget
    rounding = OFF_IN_FLOAT32 * own * process.norm(dim=0)
    precise = link.by_video(rounding.square()[None]) > COUNTS * link.by_video(variance)
    of_sums = torch.empty_like(variance)
    noise = torch.empty_like(variance)
    for dtype, some in ((torch.float64, precise), (torch.float32, ~precise)):
        if some.any():
            of_some = process[:, some].to(dtype)
            out = esv_of_surrogate(drawn, tried, of_some, effects[:, some], link, variance[:, some])
            of_sums[:, some], noise[:, some] = out
            if dtype == torch.float32:
                noise[:, some] += rounding[some].square()
    return of_sums + weight @ ((1 - unseen) * within) + part * corrected, variance + noise


def told_of(
    drawn: Drawn, tried: Candidate, values: Float[Tensor, "row column"], link: Link
) -> tuple[Tensor, Tensor, Float[Tensor, "row column"], Float[Tensor, "row column"]]:
    """A surrogate, and what it says of all that was evaluated.

    Args:
        drawn, tried, values, link: as of `of_surrogate`.

    Returns:
        Coefficients of the process and of the effects; scores, and scores without their own pair.
    """
    rows = drawn.to_fit
    regression = drawn.regression(tried, rows)
    known = values[rows]
    process = regression.process @ known
    effects = regression.effects @ known
    told = link(known - regression.nugget * process)
    told_alone = link(known - regression.left_out(process))
    if len(rows) < len(values):
        of_all = torch.empty_like(values)
        others = Others(drawn.inside[rows], torch.float64)
        for block in torch.arange(len(values), device=rows.device).split(BLOCK):
            of_all[block] = predicted(tried, drawn.inside[block], others, process, effects)
        of_all = link(of_all)
        told = of_all.index_copy(0, rows, told)
        told_alone = of_all.index_copy(0, rows, told_alone)
    return process, effects, told, told_alone


def esv_of_surrogate(
    drawn: Drawn,
    tried: Candidate,
    process: Float[Tensor, "row column"],
    effects: Float[Tensor, "effect column"],
    link: Link,
    variance: Float[Tensor, "element column"],
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """The surrogate's ESVs but for what elements have in common, and their variance by sampling.

    Args:
        drawn, tried, link: as of `of_surrogate`.
        process, effects: coefficients of the surrogate, the former in the dtype of its kernel.
        variance: of the ESVs beside that noise, which should not count.
    """
    few, *many = drawn.scored
    esv, noise = esv_from_pairs(drawn, tried, few, process, effects, link)
    for scored_more in many:
        # of whole videos, whose classes go together
        loud = link.by_video(noise) > COUNTS * link.by_video(variance)
        if loud.any():
            more = esv_from_pairs(
                drawn, tried, scored_more, process[:, loud], effects[:, loud], link
            )
            esv[:, loud], noise[:, loud] = more
    return esv, noise


def esv_from_pairs(
    drawn: Drawn, tried: Candidate, by: Scored, process: Tensor, effects: Tensor, link: Link
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """Likewise, from given pairs."""
    inside = by.pairs.inside.to(process.device)
    few = len(inside) * len(drawn.to_fit) <= IN_DOUBLE
    process = process.double() if few else process
    others = Others(drawn.inside[drawn.to_fit], process.dtype)
    differences = process.new_empty(len(inside), process.shape[1])
    for block in torch.arange(len(inside), device=inside.device).split(BLOCK):
        first = int(block[0])
        scores = []
        for coalitions, place in ((inside[block], first), (~inside[block], ~first)):
            of_kernel = by.kernel(tried.kernel, coalitions, others, place)
            scores.append(link(tried.trend(coalitions) @ effects + of_kernel @ process))
        differences[block] = (scores[0] - scores[1]).to(differences)
    esv = effects.new_empty(inside.shape[1], process.shape[1])
    noise = torch.empty_like(esv)
    for columns in torch.arange(process.shape[1], device=inside.device).split(COLUMNS):
        esv[:, columns], noise[:, columns] = by.fit.estimate(differences[:, columns])
    return esv, noise


def predicted(
    tried: Candidate, inside: Tensor, others: Others, process: Tensor, effects: Tensor
) -> Float[Tensor, "coalition column"]:
    """What a surrogate says of coalitions; float64, of a kernel in the others' dtype."""
    return tried.trend(inside) @ effects + tried.kernel(Likeness(inside, others)) @ process
