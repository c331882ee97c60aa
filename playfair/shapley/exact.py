"""Exact Element Shapley Values from the scores of all coalitions.

phi_i = mean over sizes s of ( mean score of the size-(s+1) coalitions with i - mean score of the
size-s coalitions without i ), Price & Damen 2020, eq. 3-4; equal to the mean marginal contribution
over all orders.
"""

from collections.abc import Iterator
from math import comb

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.caches import kept
from playfair.shapley.coalitions import members
from playfair.shapley.errors import TooManyElements
from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Block, Game, blocks_of
from playfair.shapley.memory import bytes_of_video, videos_together

MAX_FRAMES = 20

Esv = Float[Tensor, "video element class"]
Score = Float[Tensor, "video class"]


def exhaustive(game: Game) -> int:
    """Evaluations that leave nothing to sample: of the model, or of a multi-scale model's heads."""
    own = getattr(game, "n_evaluations", None)
    return 2**game.n_elements - 1 if own is None else own


def plan(game: Game, budget: int | None, generator: torch.Generator) -> Plan:
    """Nothing is drawn.

    Raises:
        TooManyElements: there are too many coalitions to list.
        NotEnoughMemory: not even one video's fit into memory.
    """
    check_length(game.n_elements)
    together = videos_together(game.n_videos, game.n_elements, game.n_classes, game.prior.device)
    memory = min(together, game.n_videos) * bytes_of_video(game.n_elements, game.n_classes)
    return Plan(2**game.n_elements - 1, None, together, memory)


def estimate(drawn: None, game: Game) -> Estimate:
    """The values themselves, by the game's own way if it has one."""
    own = getattr(game, "exact_values", None)
    if own is not None:
        esv, score = own()
    else:
        esv, score = esv_from_blocks(blocks_of(game), game.n_elements, game.prior)
    return Estimate(esv, None, score)


def check_length(n_elements: int) -> None:
    """Raise TooManyElements where there are too many coalitions to list."""
    if n_elements > MAX_FRAMES:
        raise TooManyElements(n_elements, MAX_FRAMES)


def esv_from_blocks(
    blocks: Iterator[Block], n_elements: int, prior: Float[Tensor, " class"]
) -> tuple[Esv, Score]:
    """ESVs and the score of the whole video, in float64."""
    sums: Tensor | None = None
    for start, scores in blocks:
        columns = scores.flatten(1)
        if sums is None:
            sums = columns.new_zeros(n_elements, columns.shape[1], dtype=torch.float64)
            weights = shares(n_elements, columns.device, columns.dtype)
        sums += weights[:, start : start + len(columns)] @ columns
    assert sums is not None
    score = scores[-1, :, : len(prior)].double()
    return esv_from_sums(
        sums.unflatten(-1, scores.shape[1:])[..., : len(prior)], score, prior
    ), score


@kept(maxsize=32)
def shares(
    n_elements: int, device: torch.device, dtype: torch.dtype
) -> Float[Tensor, "element coalition"]:
    """What each coalition's score counts in A_i of `esv_from_sums`."""
    of_sizes = torch.tensor(
        [0.0, *(share_of_size(n_elements, size) for size in range(1, n_elements)), 0.0], dtype=dtype
    )
    return torch.cat(
        [members(n_elements, size).T * share for size, share in enumerate(of_sizes)], 1
    ).to(device)


def share_of_size(n_elements: int, size: int) -> float:
    """What a coalition of fewer than all elements counts for its elements in `esv_from_sums`."""
    return 1 / (size * (n_elements - size) * comb(n_elements, size))


def esv_from_sums(
    sums: Float[Tensor, "element video class"], score: Score, prior: Float[Tensor, " class"]
) -> Esv:
    """ESVs from sums of scores.

    They are the scores of all elements and of none and, for each element, the sum A_i of the scores
    of all other coalitions with it, each times the `share_of_size`.

    A coalition of size s counts +1 / (s C(T, s)) for its elements and -1 / ((T - s) C(T, s)) for
    the others, hence

        phi_i = (v(all) - v(none)) / T + T A_i - sum over j of A_j,

    in which A cancels over elements to rounding in float64: the ESVs sum to score - prior however
    long the sums.
    """
    n_elements = len(sums)
    return torch.add((score - prior) / n_elements - sums.sum(0), sums, alpha=n_elements).transpose(
        0, 1
    )


@estimator("exact")
def exact() -> Estimator:
    """All coalitions, as many videos together as fit in memory."""
    return Estimator(exhaustive, plan, estimate)
