"""ESVs without bias where nothing is exact: means over random coalitions, scored without bias.

A coalition of many frames has too many subsets to list, and the softmax of a mean over some of
them is biased. Draws whose number is random take the bias off (Blanchet & Glynn 2015, "Unbiased
Monte Carlo for optimization and functions of expectations"): with g_n the softmax of a mean over n
draws, and J a random level,

    score = g_n + ( g_2m of all 2m draws - mean of g_m of their two halves ) / P(J),    m = n 2^J,

has the mean lim g_n, as the differences telescope over the levels.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.game import scores_by_size
from playfair.shapley.pairs import draw_pairs
from playfair.shapley.removal import seen
from playfair.shapley.rows import before_relu, rows_of

# subsets of each scale, per half at level 0: of 2 to 16 the least error for the time, at 32 and 64
# frames
DRAWS = 4

# P(J = j) is proportional to its power j: squared differences fall with 4^-j, costs grow with 2^j
LESS = 2**-1.5

# independent runs, and scores of the whole video in each
RUNS = 16
WHOLE = 100

# draws at once: their hidden layers of one scale, 64 wide, take 17 MB for two videos
TOGETHER = 2**15


@torch.no_grad()
def unbiased_esv(
    score: Callable[[Tensor], Tensor],
    shape: Sequence[int],
    prior: Tensor,
    budget: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, "video frame class"], Float[Tensor, "video frame class"]]:
    """ESVs and their standard errors, from `budget` scores of coalitions per video.

    The identity of `playfair.shapley.pairs` with nothing fitted, in independent runs, whose spread
    is the error.

    Args:
        score: coalitions of one size, (coalition, frame) → scores (coalition, video, class), right
            in the mean.
        shape: videos, frames.
        prior: (class,), the score of no frames.
        budget: scores of coalitions per video.
        generator: of the coalitions.
    """
    n_videos, n_frames = shape
    everything = torch.ones(WHOLE, n_frames, dtype=torch.bool)
    runs = []
    for _ in range(RUNS):
        pairs = draw_pairs(n_frames, budget // RUNS // 2, generator)
        inside = torch.cat([pairs.inside, ~pairs.inside, everything])
        scores = scores_by_size(score, inside, n_videos).double()
        kept, others, whole = scores.split([len(pairs.inside), len(pairs.inside), WHOLE])
        esv = (pairs.contrast * pairs.share[:, None]).T @ (kept - others)
        esv += (whole.mean(0) - prior.double().repeat(n_videos)) / n_frames
        runs.append(esv.unflatten(1, (n_videos, -1)).transpose(0, 1))
    return torch.stack(runs).mean(0), torch.stack(runs).std(0) / RUNS**0.5


def unbiased_score(
    model: MultiscaleTRN, features: Float[Tensor, "video frame feature"], generator: torch.Generator
) -> Callable[[Tensor], Tensor]:
    """Scores of coalitions that are right in the mean, from a few random subsets of each.

    Returns:
        A function of coalitions of one size, (coalition, frame) → (coalition, video, class).
    """
    frames = features.transpose(0, 1).contiguous()
    tables = {
        scale: rows_of(frames, model.projection(scale))
        for scale in range(1, min(len(frames), model.n_max) + 1)
    }

    def score(inside: Bool[Tensor, "coalition frame"]) -> Float[Tensor, "coalition video class"]:
        kept = seen(inside, "delete")
        level = (torch.rand(len(kept), generator=generator).log() / torch.tensor(LESS).log()).int()
        out = frames.new_empty(len(kept), len(features), len(model.readout(1)[1]))
        for j in level.unique().tolist():
            n_draws = DRAWS * 2 ** (j + 1)
            probability = (1 - LESS) * LESS**j
            of_level = (level == j).nonzero().flatten()
            for which in of_level.split(max(1, TOGETHER // n_draws)):
                logits = logits_of_draws(model, tables, kept[which], n_draws, generator)
                halves = logits.unflatten(1, (2, -1)).mean(2).softmax(-1).mean(1)
                difference = logits.mean(1).softmax(-1) - halves
                start = logits[:, :DRAWS].mean(1).softmax(-1)
                out[which] = start + difference / probability
        return out

    return score


def logits_of_draws(
    model: MultiscaleTRN,
    tables: dict[int, Tensor],
    kept: Tensor,
    n_draws: int,
    generator: torch.Generator,
) -> Float[Tensor, "coalition draw video class"]:
    """The mean over scales of their logits on random subsets of the kept frames.

    Args:
        model: the heads.
        tables: scale → the products of every frame and position, as `rows_of` makes them.
        kept: frames of each coalition, (coalition, size).
        n_draws: subsets of each coalition.
        generator: of the subsets.
    """
    order = torch.rand(len(kept), n_draws, kept.shape[1], generator=generator).argsort(-1)
    n_scales = min(kept.shape[1], len(tables))
    total = torch.zeros(())
    for scale in range(1, n_scales + 1):
        weight, bias = model.readout(scale)
        chosen = kept[:, None].expand_as(order).gather(2, order[..., :scale])
        chosen = chosen.sort(-1).values.flatten(0, 1)
        logits = before_relu(tables[scale], chosen).relu() @ weight.T + bias
        total = total + logits.unflatten(0, order.shape[:2]) / n_scales
    return total
