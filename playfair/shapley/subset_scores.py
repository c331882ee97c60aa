"""Scores of all 2^T coalitions in one table, to be looked up by the elements that are kept."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.checks import check_finite
from playfair.shapley.coalitions import all_members
from playfair.shapley.entrance import enter, entrance
from playfair.shapley.exact import check_length
from playfair.shapley.game import Game, blocks_of


def scores_of_subsets(
    model: Any,
    features: Tensor,
    prior: Tensor,
    *,
    removal: str | None = None,
) -> Float[Tensor, "subset video class"]:
    """Scores of all coalitions, float64; arguments as of `explain`.

    Returns:
        Row Σ 2^i over the kept elements i; row 0 is the prior.

    Raises:
        ValueError: as `explain`.

    Example:
        >>> table = scores_of_subsets(lambda x: x.mean(1), 2 * torch.eye(2)[None], torch.ones(2) / 2)
        >>> table.shape, table[0, 0].tolist()  # rows: no element, element 0, element 1, both
        (torch.Size([4, 1, 2]), [0.5, 0.5])
    """
    game = enter(
        model,
        features,
        prior,
        removal=removal,
        precision="float32",
        batch_size=None,
        check_size=check_length,
    ).game
    return table_of_scores(game)


def table_of_scores(game: Game) -> Float[Tensor, "subset video class"]:
    """The same of any game."""
    n_elements = game.n_elements
    check_length(n_elements)
    with entrance():
        table = game.prior.double().repeat(2**n_elements, game.n_videos, 1)
        for start, scores in blocks_of(game):
            inside = all_members(n_elements)[start : start + len(scores)]
            row = (inside.long() << torch.arange(n_elements)).sum(1)
            table[row.to(table.device)] = scores[..., : game.n_classes].double()
        check_finite(table[-1], table.transpose(0, 1))
    return table
