"""The public entrances to the engine: a model and what it sees of videos, or a game."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import check_finite, check_options
from playfair.shapley.entrance import enter, entrance
from playfair.shapley.errors import BudgetTooSmall, counted
from playfair.shapley.estimated import estimated
from playfair.shapley.estimators import ESTIMATORS, check_name, estimator_of, to_estimate
from playfair.shapley.exact import MAX_FRAMES, exhaustive
from playfair.shapley.game import Game
from playfair.shapley.memory import check_budget
from playfair.shapley.passes import announcing
from playfair.shapley.probe import compare, computes_in


def explain(
    model: Any,
    x: Tensor,
    prior: Tensor | None = None,
    *,
    removal: str | None = None,
    budget: int | None = None,
    batch_size: int | None = None,
    progress: bool | None = False,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
    precision: str = "float32",
) -> Attribution:
    """Element Shapley Values of every element, for all classes and many videos at once.

    Args:
        model: `TSN`, `MultiscaleTRN`, a `VideoModel`, anything with a method
            `game(units, prior, *, removal, batch_size)`, or any callable from (n, size, *unit) to
            logits (n, class); in eval mode.
        x: (video, element, *unit), what the model sees of each element: features, or pixels (video,
            frame, channel, height, width), or tokens. Their dtype is returned, sums are kept in at
            least float32.
        prior: (class,), training-set class frequencies: the score of the empty coalition; None:
            uniform.
        removal: what becomes of an element outside a coalition: "delete" (the paper, and what None
            is where the model does not say), "freeze", the nearest kept element in its place, so
            that a model of fixed length works, or "blank", zeros.
        budget: None for exact values (up to 20 elements); else the most evaluations per video to
            estimate them from: of single scales' heads for a multi-scale model, otherwise of the
            model. With the same budget, time grows linearly with elements ("constructive" apart).
        batch_size: the most rows that a called model is shown at once; None: as many as fit in
            64 MB, at most 2048, on a CPU, or in 256 MB on a GPU. Halved where memory fails, which is logged.
        progress: whether a bar of the passes is drawn on stderr, for a model that is called. What
            takes more than a minute is announced else, by the logger "playfair"; None: neither.
        generator: source of what is drawn, on the CPU; seeded with 0 when None.
        estimator: None for the best, as the answer's `why` says: for a multi-scale model
            "surrogate", for others "kernel" or "stratified", by their leave-one-out errors. Or one
            of these by name, "kernel_shap", "constructive", or one that was registered with
            `@estimator(name)`; docs/estimators.md has what each costs and how far it is off.
        precision: "bfloat16" multiplies in bfloat16, by autocast where the model is called; of a
            multi-scale model the readouts, for exact values only. Scores are then off by up to
            0.01, see `experiment=benchmark`; softmax and sums stay as they are.

    Returns:
        ESVs (video, element, class), scores, and where they were estimated standard errors.

    Raises:
        ValueError: before anything is computed, for input from which no ESV follows; its types are
            in `playfair.shapley.errors`.

    Example:
        >>> prior = torch.tensor([0.2, 0.3, 0.5])
        >>> answer = explain(lambda x: x.mean(1), torch.randn(2, 4, 3), prior)
        >>> bool((answer.esv.sum(1) + prior - answer.score).abs().max() < 1e-6)
        True
        >>> explain(lambda x: x.mean(1), torch.randn(2, 64, 3), prior, budget=500).stderr.shape
        torch.Size([2, 64, 3])
    """
    entered = enter(
        model,
        x,
        prior,
        removal=removal,
        precision=precision,
        batch_size=batch_size,
        budget=budget,
        generator=generator,
    )
    game, first, _, _ = entered
    seconds = None if first is None else first.seconds
    with announcing(game, budget, seconds, progress):
        answer = explain_game(game, budget=budget, generator=generator, estimator=estimator)
    if first is not None:
        dtype = computes_in(model, x, precision)
        compare(first.score, answer.score[0].cpu(), dtype, "batches")
    answer = replace(answer, prior_from=entered.prior_from, removal=entered.removal)
    return answer.in_dtype(x.dtype)


def explain_more(
    model: Any,
    x: Tensor,
    prior: Tensor | None = None,
    *,
    removal: str | None = None,
    budget: int | None = None,
    batch_size: int | None = None,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
    precision: str = "float32",
) -> Attribution:
    """What `explain` says of further videos of a model that it has explained videos of.

    The same values. A model that is called is looked at once, and not here again: that takes two
    passes with a whole video.
    """
    entered = enter(
        model,
        x,
        prior,
        removal=removal,
        precision=precision,
        batch_size=batch_size,
        budget=budget,
        generator=generator,
        look=False,
    )
    answer = explain_game(entered.game, budget=budget, generator=generator, estimator=estimator)
    answer = replace(answer, prior_from=entered.prior_from, removal=entered.removal)
    return answer.in_dtype(x.dtype)


def explain_game(
    game: Game,
    *,
    budget: int | None = None,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
) -> Attribution:
    """Shapley values of any game, such as a `MaskGame`; arguments and answer as of `explain`.

    Example:
        >>> from playfair.shapley import MaskGame
        >>> both = lambda inside: inside[:, :2].all(1, keepdim=True).float()
        >>> esv = explain_game(MaskGame(both, n_elements=3, prior=torch.zeros(1))).esv
        >>> esv.flatten().round(decimals=3).abs().tolist()
        [0.5, 0.5, 0.0]
    """
    check_options(budget, None, generator, "float32", None)
    if estimator is not None:
        check_name(estimator)
    with entrance():
        answer = answer_of(game, budget, generator or torch.Generator().manual_seed(0), estimator)
        # What is no number in one coalition is none in any of its video's exact values.
        exact = answer.estimator == "exact"
        check_finite(answer.score, answer.esv[:, :1] if exact else answer.esv)
    return answer


def answer_of(
    game: Game, budget: int | None, generator: torch.Generator, estimator: str | None
) -> Attribution:
    """Exact values, or those of an estimator that fits the game."""
    listed = game.n_elements <= MAX_FRAMES
    if budget is None or (listed and budget >= exhaustive(game)):
        exact = estimated("exact", game, budget, generator)
        return replace(exact, why=why_exact(game, budget))
    game = to_estimate(game)
    name = estimator_of(game, estimator)
    least = ESTIMATORS[name].least(game)
    if budget < least:
        raise BudgetTooSmall(budget, least, name, game.n_elements)
    most_rows = ESTIMATORS[name].most_rows
    check_budget(budget, game.n_elements, game.n_classes, game.prior.device, most_rows)
    answer = estimated(name, game, budget, generator)
    if estimator is not None:
        return replace(answer, why=WHY_ASKED)
    return answer if answer.why else replace(answer, why="it is the first that fits the game")


WHY_ASKED = "it was asked for"


def why_exact(game: Game, budget: int | None) -> str:
    """Why nothing was estimated.

    Example:
        >>> from playfair.shapley import MaskGame
        >>> why_exact(MaskGame(lambda inside: inside.float(), 3, torch.zeros(3)), 100)
        'all coalitions take 7 evaluations, which is within the budget'
    """
    if budget is None:
        return "no budget was given"
    n_all = counted(exhaustive(game), "evaluation")
    return f"all coalitions take {n_all}, which is within the budget"
