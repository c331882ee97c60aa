"""The public entrances for functions of masks: words, frames and words, a language model's answers."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.callable_game import in_words
from playfair.shapley.checks import check_options
from playfair.shapley.errors import NotAModel, WrongOption, WrongPrior, WrongScores
from playfair.shapley.explain import explain_game
from playfair.shapley.interactions import explain_pairs
from playfair.shapley.mask_game import MaskGame
from playfair.shapley.mode import check_mode
from playfair.shapley.passes import announcing
from playfair.shapley.precision import as_called_here, full_products, without_autocast
from playfair.shapley.probe import compare

Score = Callable[[Tensor], Any]


class Masked(NamedTuple):
    """A function of masks that was looked at.

    Attributes:
        game: with f(∅) as its prior.
        seconds: of one pass.
        prior_from: "given", or "empty mask".
    """

    game: MaskGame
    seconds: float
    prior_from: str


def explain_masks(
    score: Score,
    n_elements: int,
    prior: Tensor | None = None,
    *,
    budget: int | None = None,
    batch_size: int | None = None,
    progress: bool | None = False,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
) -> Attribution:
    """Shapley values of the elements of anything that can be scored with some of them left out.

    Args:
        score: from masks (coalition, element) bool, of any sizes, to scores (coalition, output);
            they are taken as they are, without a softmax.
        n_elements: how many elements there are, of whatever kind.
        prior: (output,), f(∅); None: what `score` says of the empty mask.
        budget, progress, generator, estimator: as of `playfair.explain`.
        batch_size: the most masks of a call; None: 2048. Halved where memory fails.

    Returns:
        Values, whose sum over elements is score - prior; of one video, with an output in the place
        of a class.

    Raises:
        ValueError: as `playfair.explain`.

    Example:
        >>> worth = torch.tensor([[1.0, 0.0], [2.0, 5.0], [0.5, 1.0]])
        >>> explain_masks(lambda inside: inside.float() @ worth, n_elements=3).esv[0, 1].tolist()
        [2.0, 5.0]
    """
    check_options(budget, None, generator, "float32", batch_size)
    game, seconds, prior_from = masked(score, n_elements, prior, batch_size)
    with announcing(game, budget, seconds, progress):
        answer = explain_game(game, budget=budget, generator=generator, estimator=estimator)
    return replace(answer, prior_from=prior_from)


def interactions_of_masks(
    score: Score,
    n_elements: int,
    prior: Tensor | None = None,
    *,
    budget: int | None = None,
    batch_size: int | None = None,
    progress: bool | None = False,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
) -> Float[Tensor, "element element output"]:
    """Pairwise interactions, as `playfair.interactions` defines them; `explain_pairs` has errors.

    Args:
        score, n_elements, prior, batch_size, progress: as of `explain_masks`.
        budget, generator, estimator: as of `playfair.explain_pairs`.

    Example:
        >>> both = lambda inside: inside[:, :2].all(1, keepdim=True).float()
        >>> interactions_of_masks(both, n_elements=3)[0, :, 0].tolist()
        [0.0, 1.0, 0.0]
    """
    answer = explain_pairs(
        score,
        n_elements,
        prior,
        budget=budget,
        batch_size=batch_size,
        progress=progress,
        generator=generator,
        estimator=estimator,
    )
    return answer.index[0]


@torch.no_grad()
def masked(score: Score, n_elements: int, prior: Any, batch_size: int | None) -> Masked:
    """The game of a function of masks, after it answered for none and for all elements.

    Raises:
        Unsteady: it answers differently to the same mask.
        WrongScores: with something else than one finite number for each mask and output.
        WrongPrior: f(∅) has other outputs than the function.
    """
    if not callable(score):
        raise NotAModel(score)
    if isinstance(n_elements, bool) or not isinstance(n_elements, int) or n_elements < 1:
        raise WrongOption("n_elements", n_elements, "a whole number, 1 or more")
    if prior is not None and not isinstance(prior, Tensor):
        raise WrongPrior(
            f"prior must be a tensor of one number for each output of score, got "
            f"{type(prior).__name__}; type torch.tensor([…])"
        )
    check_mode(score)
    called = as_called_here(score, "cuda" if torch.is_autocast_enabled("cuda") else "cpu")
    with without_autocast(), full_products():
        whole = torch.ones(1, n_elements, dtype=torch.bool)
        first = scores_of(called, whole)
        start = perf_counter()
        second = scores_of(called, whole)
        seconds = perf_counter() - start
        if first.shape != second.shape:
            raise WrongScores(
                f"score returned {first.shape[1]} outputs first and {second.shape[1]} then"
            )
        scale = max(1.0, first.abs().max().item())
        compare(first[0] / scale, second[0] / scale, first.dtype, "calls")
        empty = scores_of(called, ~whole)[0] if prior is None else prior.detach().cpu()
    if empty.shape != first.shape[1:] or not empty.is_floating_point():
        raise WrongPrior(
            f"prior must hold one number with a fraction for each of the {first.shape[1]} outputs "
            f"of score, got {empty.dtype} {tuple(empty.shape)}"
        )
    game = MaskGame(
        lambda inside: scores_of(called, inside),
        n_elements,
        empty.to(torch.promote_types(empty.dtype, first.dtype)),
        batch_size=batch_size,
        any_sizes=True,
    )
    return Masked(game, seconds, "empty mask" if prior is None else "given")


def scores_of(
    score: Score, inside: Bool[Tensor, "coalition element"]
) -> Float[Tensor, "coalition output"]:
    """What the function says of masks, on the CPU, in at least float32; one number is one output.

    Raises:
        WrongScores: it is of the wrong kind or number, or not finite.
    """
    answer = score(inside.clone())  # its own: it may write to it, and the engine's are kept
    scores = answer[:, None] if isinstance(answer, Tensor) and answer.ndim == 1 else answer
    if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) != len(inside):
        came = in_words(answer, call="explain_masks(lambda masks: score(masks)")
        raise WrongScores(
            f"score must turn masks (coalition, element) = {tuple(inside.shape)} into scores "
            f"(coalition, output); it returned {came}"
        )
    scores = scores.detach().cpu()
    if scores.is_complex():
        raise WrongScores(f"score returned {scores.dtype}; expected real numbers")
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    if not scores.isfinite().all():
        first = int((~scores.isfinite().all(1)).nonzero()[0])
        kept = int(inside[first].sum())
        raise WrongScores(
            f"score returned NaN or infinity for a mask with {kept} of {inside.shape[1]} elements"
        )
    return scores
