"""Which elements matter together: the pairwise Shapley interaction index (Grabisch & Roubens 1999).

    I_ij = sum over S without i, j of
               |S|! (T - |S| - 2)! / (T - 1)!  [ v(S+ij) - v(S+i) - v(S+j) + v(S) ]

It is positive where two elements say more together than apart, negative where one makes the other
redundant.
"""

from collections.abc import Iterator
from math import factorial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.checks import check_finite, check_options
from playfair.shapley.coalitions import all_members
from playfair.shapley.entrance import enter, entrance
from playfair.shapley.errors import WrongOption
from playfair.shapley.estimators import check_name
from playfair.shapley.exact import check_length, exhaustive
from playfair.shapley.game import Block, Game, blocks_of, parts_of
from playfair.shapley.memory import videos_together
from playfair.shapley.passes import announcing


def interactions(
    model: Any,
    x: Tensor | int,
    prior: Tensor | None = None,
    *,
    removal: str | None = None,
    budget: int | None = None,
    batch_size: int | None = None,
    progress: bool | None = False,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
    precision: str = "float32",
) -> Float[Tensor, "video element element class"]:
    """Pairwise interactions of elements, for all classes; probability. Exact values only.

    Args:
        model, x, prior, removal, batch_size, progress, precision: as of `explain`; or a function of
            masks and how many elements it knows, as of `explain_masks`.
        budget: None, or enough for exact values.
        generator, estimator: as of `explain`; exact values need neither.

    Returns:
        The index; symmetric, 0 on the diagonal. Of a function of masks, of one video.

    Raises:
        ValueError: as `explain`.

    Example:
        >>> one_is_enough = lambda x: torch.stack([x.amax((1, 2)), 0 * x[:, 0, 0]], 1)
        >>> features = torch.tensor([[[3.0], [3.0], [0.0]]])
        >>> index = interactions(one_is_enough, features, torch.tensor([0.5, 0.5]))
        >>> bool(index[0, 0, 1, 0] < 0)
        True
    """
    check_options(budget, None, generator, precision, batch_size)
    if estimator is not None:
        check_name(estimator)
    if isinstance(x, int):
        # Imported here, as masks build on this file.
        from playfair.shapley.masks import interactions_of_masks

        if removal is not None:
            raise WrongOption("removal", removal, "left out: a function of masks removes by itself")
        index: Tensor = interactions_of_masks(
            model, x, prior, budget=budget, batch_size=batch_size, progress=progress
        )
        return index[None]
    game, first, _, _ = enter(
        model,
        x,
        prior,
        removal=removal,
        precision=precision,
        batch_size=batch_size,
        check_size=check_length,
    )
    require_exact(game, budget)
    with announcing(game, None, None if first is None else first.seconds, progress):
        return interactions_of_game(game).to(x.dtype)


def require_exact(game: Game, budget: int | None) -> None:
    """Raises WrongOption where a budget does not reach for exact values."""
    if budget is not None and budget < exhaustive(game):
        raise WrongOption(
            "budget",
            budget,
            f"None, as interactions are exact only: they take {exhaustive(game):,} evaluations here",
        )


def interactions_of_game(game: Game) -> Float[Tensor, "video element element class"]:
    """The index of any game, float64.

    Raises:
        TooManyElements: there are too many coalitions to list.
        NotFiniteScores: the scores of some videos are no numbers.
    """
    n_elements = game.n_elements
    check_length(n_elements)
    with entrance():
        device = game.prior.device
        together = videos_together(game.n_videos, n_elements, game.n_classes, device)
        indices = [
            interactions_from_blocks(blocks_of(part), n_elements, game.prior)
            for part in parts_of(game, together)
        ]
        index = torch.cat(indices)
        check_finite(index.sum((1, 2)), index)
    return index


def interactions_from_blocks(
    blocks: Iterator[Block], n_elements: int, prior: Float[Tensor, " class"]
) -> Float[Tensor, "video element element class"]:
    """The index as a sum over coalitions, weighted by how many of the two they hold; float64."""
    i, j = torch.triu_indices(n_elements, n_elements, offset=1)
    by_size = [[weight(n_elements, size, n) for n in (0, 1, 2)] for size in range(n_elements + 1)]
    sums: Tensor | float = 0.0
    for start, scores in blocks:
        inside = all_members(n_elements)[start : start + len(scores)]
        weights = torch.tensor(by_size, dtype=scores.dtype)[
            inside.sum(1)[:, None], inside[:, i].int() + inside[:, j]
        ]
        sums = sums + (weights.T.to(scores.device) @ scores.flatten(1)).double().unflatten(
            1, scores.shape[1:]
        )
    assert isinstance(sums, Tensor)
    pairs = sums[..., : len(prior)].transpose(0, 1) + by_size[0][0] * prior.double()
    index = pairs.new_zeros(len(pairs), n_elements, n_elements, len(prior))
    index[:, i, j] = index[:, j, i] = pairs
    return index


def weight(n_elements: int, size: int, n_inside: int) -> float:
    """What a coalition counts that holds n_inside of the two elements."""
    others = size - n_inside
    if others < 0 or others > n_elements - 2:
        return 0.0
    sign = -1 if n_inside == 1 else 1
    return sign * factorial(others) * factorial(n_elements - others - 2) / factorial(n_elements - 1)
