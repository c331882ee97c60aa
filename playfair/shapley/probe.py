"""The first look at a model that is called: whether one input has one answer, and of logits."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame, logits_of
from playfair.shapley.checks import looks_like_one_video
from playfair.shapley.errors import (
    ProbabilitiesForLogits,
    Unsteady,
    WrongPrior,
    WrongScores,
    WrongUnits,
)
from playfair.shapley.game import Game, parts_of
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.mode import modules_within
from playfair.shapley.removal import seen

# What unordered sums on a GPU may change of a score between two calls.
SAME_CALL = 1e-3
# And other kernels for a batch of another size, whatever the model computes in; or half precision.
OTHER_BATCH = 2e-2
# Both: of a deep model in bfloat16, sure of its class, by up to 0.033 (24 layers, random weights).
HALF_IN_OTHER_BATCH = 0.1
# How many clips are looked at where the first looks like probabilities.
CLIPS = 8


class Probe(NamedTuple):
    """What the first look showed.

    Attributes:
        score: of the first video, looked at alone.
        seconds: of one pass with one row.
    """

    score: Float[Tensor, " class"]
    seconds: float


def probe(game: Game) -> Probe | None:
    """Calls a game's model twice with the whole of its first video; None where none is called.

    Raises:
        Unsteady: the answers differ.
        ProbabilitiesForLogits: they are no logits.
        ValueError: as the game itself, where the answer is of the wrong kind.
    """
    if isinstance(game, LinearGame) or getattr(game, "threaded", False):
        return None  # layers of ours, or sums of what they made
    first = first_answer(game)
    start = perf_counter()
    second = score_of_first(game)
    seconds = perf_counter() - start
    compare(first, second, getattr(game, "dtype", torch.float32), "calls")
    return Probe(second, seconds)


def first_answer(game: Game) -> Float[Tensor, " class"]:
    """The score of the whole first video.

    Raises:
        WrongUnits: the model fails with it, and is on another device or of another dtype.
    """
    if not isinstance(game, CallableGame):
        return score_of_first(game)
    logits = first_logits(game.model, game.units[:1], game.n_classes)
    if are_probabilities(logits):
        refuse_probabilities(game)
    return logits[0].softmax(-1).cpu()


def first_logits(
    model: Callable[[Tensor], Any], units: Float[Tensor, "1 element *unit"], n_classes: int | None
) -> Float[Tensor, "1 class"]:
    """The model's answer to the whole first video; errors as of `first_answer`.

    It is given a copy, as every later call gives it one: layers that work in place write to it.
    """
    try:
        return logits_of(model, units.clone(), n_classes)
    except (WrongScores, WrongPrior):
        raise
    except Exception as error:  # of whatever type the model's own code raises
        if looks_like_one_video(units):
            raise WrongUnits(
                f"the model fails with {tuple(units.shape)}, the first of what came. Expected (video, "
                "frame, channel, height, width); it looks as if it were one video, (frame, channel, "
                f"height, width): then type x[None]. ({type(error).__name__}: {error})"
            ) from error
        if isinstance(error, RuntimeError):
            refuse_misfit(model, units, error)
        error.add_note(f"The model was given the whole first video, units {tuple(units.shape)}.")
        raise


def score_of_first(game: Game) -> Float[Tensor, " class"]:
    """Of the whole first video, alone where the game can be cut; on the CPU, for which it waits."""
    whole = torch.ones(1, game.n_elements, dtype=torch.bool, device=game.prior.device)
    return parts_of(game, 1)[0].scores(whole)[0, 0].cpu()


def compare(
    one: Float[Tensor, " class"], other: Float[Tensor, " class"], dtype: torch.dtype, within: str
) -> None:
    """Raises Unsteady where two scores of the same clip differ by more than rounding."""
    change = (one.double() - other.double()).abs().max().item()
    is_half = dtype not in (torch.float32, torch.float64)
    if within == "calls":
        most = OTHER_BATCH if is_half else SAME_CALL
    else:
        most = HALF_IN_OTHER_BATCH if is_half else OTHER_BATCH
    if not change <= most:
        raise Unsteady(change, within)


def computes_in(model: Any, units: Tensor, precision: str) -> torch.dtype:
    """What a model multiplies in: as asked for, or as its weights say, as transformers' do.

    Example:
        >>> computes_in(len, torch.ones(1), "float32"), computes_in(len, torch.ones(1), "bfloat16")
        (torch.float32, torch.bfloat16)
    """
    if precision == "bfloat16":
        return torch.bfloat16
    own = getattr(model, "dtype", None)
    return own if isinstance(own, torch.dtype) else units.dtype


def refuse_probabilities(game: CallableGame) -> None:
    """Raises ProbabilitiesForLogits where more answers than the first are probabilities.

    One row may be so by chance: hence more clips are looked at, and every other element of them.
    """
    units = game.units[:CLIPS]
    inside = torch.arange(game.n_elements, device=units.device)[None] % 2 == 0
    parts = [units, units[:, seen(inside, game.removal)[0]]]
    if all(
        are_probabilities(logits_of(game.model, part.clone(), game.n_classes)) for part in parts
    ):
        raise ProbabilitiesForLogits


def refuse_misfit(model: object, units: Tensor, error: RuntimeError) -> None:
    """Raises WrongUnits where a model that failed has weights elsewhere, or of another dtype."""
    weights = [weight for _, part in modules_within(model) for weight in part.parameters()]
    floating = [weight for weight in weights if weight.is_floating_point()]
    devices = sorted({str(weight.device) for weight in weights})
    dtypes = sorted({str(weight.dtype) for weight in floating})
    if "meta" in devices:
        raise WrongUnits(
            "weights of the model are on the device meta, which holds no numbers: load them first"
        ) from error
    if devices and str(units.device) not in devices:
        raise WrongUnits(
            f"the model is on {', '.join(devices)}, its features are on {units.device}; type "
            f'features.to("{devices[0]}")'
        ) from error
    if dtypes and str(units.dtype) not in dtypes:
        raise WrongUnits(
            f"the model's weights are {', '.join(dtypes)}, its features {units.dtype}; type "
            f"features.to({dtypes[0]}), or model.to({units.dtype})"
        ) from error


def are_probabilities(logits: Float[Tensor, "n class"]) -> bool:
    """Whether each row is 0 or more and sums to 1; of one class it says nothing.

    Example:
        >>> are_probabilities(torch.tensor([[0.3, 0.7]])), are_probabilities(torch.zeros(1, 2))
        (True, False)
    """
    if logits.shape[1] < 2:
        return False
    return bool((logits >= 0).all() and ((logits.sum(1) - 1).abs() < 1e-3).all())
