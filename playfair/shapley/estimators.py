"""What an estimator is, and all that there are: the one place where they are looked up.

An estimator is three pure functions, as in optax a gradient transformation is two: the least budget
it accepts, what it draws (once for all videos), and the estimate of some videos from what was
drawn. Whoever registers one makes it known to `explain`, to the experiments and to the command
line:

    from playfair.shapley import Estimator, estimator

    @estimator("permutations")
    def permutations() -> Estimator:
        return Estimator(least, plan, estimate)
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.errors import (
    IncompleteEstimator,
    UnfitEstimator,
    UnknownEstimator,
    WrongOption,
)
from playfair.shapley.game import Game, by_coalitions
from playfair.shapley.memory import LIMIT


class Plan(NamedTuple):
    """What was drawn for a game, before any of its scores is asked for.

    Attributes:
        evaluations: model evaluations that the estimate will spend per video.
        drawn: all that is random, the same for all videos.
        together: how many videos are estimated at once; None: as many as `videos_of_budget`.
        memory: bytes that a thread takes for them.
    """

    evaluations: int
    drawn: Any = None
    together: int | None = None
    memory: int = LIMIT["cpu"]


class Estimate(NamedTuple):
    """Values of some videos, in float64 or in the game's dtype.

    Attributes:
        esv: (video, element, class), probability; over elements they sum to score - prior.
        stderr: (video, element, class), such that 95 % of the true values lie within 1.96 of it;
            None where values are exact, or where no such error is known; NaN for a video of which
            none can be stated.
        score: (video, class), of the whole videos.
        plain: (video,), which videos the estimator fell back to plain means for; None: it has
            nothing to fall back to.
        ratio: (video,), where an estimator was chosen for each video, the kernel's variance over
            that of the stratified one; both leave-one-out, means over elements and classes.
    """

    esv: Float[Tensor, "video element class"]
    stderr: Float[Tensor, "video element class"] | None
    score: Float[Tensor, "video class"]
    plain: Bool[Tensor, " video"] | None = None
    ratio: Float[Tensor, " video"] | None = None


def any_game(game: Game) -> bool:
    """Fits whatever tells scores of coalitions."""
    return True


class Estimator(NamedTuple):
    """How ESVs are estimated.

    Attributes:
        least: of a game, the least budget (evaluations per video) from which values and their
            errors can be told.
        plan: of (game, budget, generator), what is drawn.
        estimate: of (what was drawn, game), the values; the game may be some of the videos.
        fits: whether the game offers what the estimator asks for.
        most_rows: of the regression that it solves, which memory must hold.
    """

    least: Callable[[Game], int]
    plan: Callable[[Game, int, torch.Generator], Plan]
    estimate: Callable[[Any, Game], Estimate]
    fits: Callable[[Game], bool] = any_game
    most_rows: int = 0


# What each part is called with, and what it returns.
FUNCTIONS = {
    "least": "least(game) -> int, the least budget",
    "plan": "plan(game, budget, generator) -> Plan(evaluations, drawn)",
    "estimate": "estimate(drawn, game) -> Estimate(esv (video, element, class), "
    "stderr (video, element, class) or None, score (video, class))",
}
# The best first; those that others register come after these.
PREFERRED = ("surrogate", "chosen", "kernel", "stratified", "kernel_shap", "constructive")
# Filled by importing `playfair.shapley`, and plug-ins.
ESTIMATORS: dict[str, Estimator] = {}


def estimator(name: str) -> Callable[[Callable[[], Estimator]], Callable[[], Estimator]]:
    """Registers what the decorated function returns.

    Raises:
        ValueError: another one has that name.
        IncompleteEstimator: what comes is no `Estimator`, or one without some of its functions.
    """

    def register(make: Callable[[], Estimator]) -> Callable[[], Estimator]:
        new = whole(name, make)
        present = ESTIMATORS.get(name)
        if present is not None and origin(present.estimate) != origin(new.estimate):
            raise ValueError(f"there is an estimator {name!r} already; choose another name")
        ESTIMATORS[name] = new
        return make

    return register


def origin(function: object) -> tuple[str, str]:
    """By which what is registered again, as by a cell that is run twice, is told from another."""
    kind = type(function).__name__
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", kind)


def whole(name: str, make: Callable[[], Estimator]) -> Estimator:
    """What `make` returns, if it has all functions of an estimator."""
    called = f"{getattr(make, '__name__', make)}()"
    try:
        made = make()
    except TypeError as error:  # Estimator(…) was given too little, or something else
        raise IncompleteEstimator(name, list(FUNCTIONS.values()), f"{called}: {error}") from error
    if not isinstance(made, Estimator):
        came = f"{called} returned {type(made).__name__}"
        raise IncompleteEstimator(name, list(FUNCTIONS.values()), came)
    lacks = [text for part, text in FUNCTIONS.items() if not callable(getattr(made, part))]
    if lacks:
        raise IncompleteEstimator(name, lacks, f"{called} returned one that is not whole")
    return made


def fitting(game: Game) -> Sequence[str]:
    """Names of the estimators of this game, the best first."""
    names = [
        name for name, candidate in ESTIMATORS.items() if name != "exact" and candidate.fits(game)
    ]
    ours = [name for name in PREFERRED if name in names]
    return ours + [name for name in names if name not in PREFERRED]


def check_name(name: str) -> None:
    """Raise UnknownEstimator where nothing is registered under that name."""
    if name not in ESTIMATORS:
        raise UnknownEstimator(name, list(ESTIMATORS))


def to_estimate(game: Game) -> Game:
    """The game as estimators ask it.

    Raises:
        WrongOption: it multiplies in bfloat16, and its heads are asked scale by scale.
    """
    game = by_coalitions(game)
    if getattr(game, "precision", "float32") != "float32":
        raise WrongOption(
            "precision",
            "bfloat16",
            "float32 where a multi-scale model's values are estimated; bfloat16 is of exact ones",
        )
    return game


def estimator_of(game: Game, name: str | None) -> str:
    """The name that was asked for, or the best for the game.

    Raises:
        UnknownEstimator: nothing is registered under it.
        UnfitEstimator: it does not fit the game.
    """
    names = fitting(game)
    if name is None:
        return names[0]
    check_name(name)
    if name != "exact" and name not in names:
        raise UnfitEstimator(name, names)
    return name


def videos_of_budget(game: Game, budget: int) -> int:
    """How many videos to estimate at once.

    Several float64 copies of one score per coalition and class are in memory at once.
    """
    limit = LIMIT.get(game.prior.device.type, 2**29)
    return max(1, limit // (64 * max(2048, budget) * game.n_classes))
