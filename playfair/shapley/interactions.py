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
from playfair.shapley.errors import BudgetTooSmallForPairs, WrongOption
from playfair.shapley.estimators import check_name, to_estimate
from playfair.shapley.exact import MAX_FRAMES, check_length, exhaustive
from playfair.shapley.explain import why_exact
from playfair.shapley.game import Block, Game, blocks_of, parts_of
from playfair.shapley.memory import check_budget, videos_together
from playfair.shapley.pair_attribution import PairAttribution
from playfair.shapley.passes import announcing
from playfair.shapley.sampled_interactions import least as least_budget
from playfair.shapley.sampled_interactions import sampled


def explain_pairs(
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
) -> PairAttribution:
    """Pairwise interactions of elements, for all classes, exact or estimated with their errors.

    Args:
        model, x, prior, removal, batch_size, progress, generator, precision: as of `explain`; or a
            function of masks and how many elements it knows, as of `explain_masks`.
        budget: None for exact values (up to 20 elements); else the most evaluations per video to
            estimate them from, counted as of `explain`.
        estimator: None for the best: of a multi-scale model "surrogate", of others "kernel"
            where its stated error is plainly less, else "stratified". Or one of these by name.

    Returns:
        The index, and where it was estimated its standard errors.

    Raises:
        ValueError: as `explain`.

    Example:
        >>> together = lambda inside: inside[:, :2].all(1, keepdim=True).float()
        >>> answer = explain_pairs(together, 24, budget=700)
        >>> answer.index.shape, answer.evaluations
        (torch.Size([1, 24, 24, 1]), 699)
        >>> bool((answer.index[0, 0, 1, 0] - 1).abs() < 1.96 * answer.stderr[0, 0, 1, 0])
        True
    """
    check_options(budget, None, generator, precision, batch_size)
    if estimator is not None:
        check_name(estimator)
    if isinstance(x, int):
        # Imported here, as masks build on this file.
        from playfair.shapley.masks import masked

        if removal is not None:
            raise WrongOption("removal", removal, "left out: a function of masks removes by itself")
        of_masks = masked(model, x, prior, batch_size)
        game: Game = of_masks.game
        seconds: float | None = of_masks.seconds
        dtype = of_masks.game.dtype
    else:
        game, first, _, _ = enter(
            model,
            x,
            prior,
            removal=removal,
            precision=precision,
            batch_size=batch_size,
            check_size=check_length if budget is None else None,
        )
        seconds = None if first is None else first.seconds
        dtype = x.dtype
    generator = generator or torch.Generator().manual_seed(0)
    with announcing(game, budget, seconds, progress), entrance():
        return pairs_of_game(game, budget, generator, estimator).in_dtype(dtype)


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
    """Pairwise interactions of elements, for all classes; probability. `explain_pairs` has errors.

    Args:
        model, x, prior, removal, budget, batch_size, progress, generator, estimator, precision: as
            of `explain_pairs`.

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
    return explain_pairs(
        model,
        x,
        prior,
        removal=removal,
        budget=budget,
        batch_size=batch_size,
        progress=progress,
        generator=generator,
        estimator=estimator,
        precision=precision,
    ).index


def pairs_of_game(
    game: Game, budget: int | None, generator: torch.Generator, estimator: str | None
) -> PairAttribution:
    """Exact values, or those of an estimator that fits the game; float64."""
    if budget is None:
        check_length(game.n_elements)
    if budget is None or (game.n_elements <= MAX_FRAMES and budget >= exhaustive(game)):
        index = interactions_of_game(game)
        return PairAttribution(index, None, exhaustive(game), "exact", why_exact(game, budget))
    game = to_estimate(game)
    least = least_budget(game)
    if budget < least:
        raise BudgetTooSmallForPairs(budget, least, game.n_elements)
    check_budget(budget, game.n_elements, game.n_classes, game.prior.device)
    answer = sampled(game, budget, generator, estimator)
    first, second = torch.triu_indices(game.n_elements, game.n_elements, offset=1)
    shape = (game.n_videos, game.n_elements, game.n_elements, game.n_classes)
    index, stderr = (part.new_zeros(shape) for part in (answer.values, answer.stderr))
    index[:, first, second] = index[:, second, first] = answer.values
    stderr[:, first, second] = stderr[:, second, first] = answer.stderr
    check_finite(index.sum((1, 2)), index)
    return PairAttribution(index, stderr, answer.evaluations, answer.estimator, answer.why)


def interactions_of_game(game: Game) -> Float[Tensor, "video element element class"]:
    """The exact index of any game, float64.

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
