"""Which game heads make that show their linear layers: the shortest that the removal allows."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame
from playfair.shapley.errors import WrongPrior, WrongUnits
from playfair.shapley.game import Game
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.linear_heads import LinearHeads, n_classes_of
from playfair.shapley.mean_game import MeanGame, mean_over_elements
from playfair.shapley.rows import element_logits


def game_of_heads(
    model: LinearHeads,
    units: Float[Tensor, "video element feature"],
    prior: Float[Tensor, " class"],
    *,
    removal: str = "delete",
    batch_size: int | None = None,
) -> Game:
    """The shortest game that heads which show their layers allow.

    With elements deleted that is `MeanGame` for one scale and `LinearGame` for several. With a
    removal that leaves all elements in place the whole of a multi-scale model is called for every
    coalition, and of a single scale the mean over its elements' logits, computed once for each.

    Raises:
        WrongUnits: units are not (video, element, feature).
        WrongPrior: the prior has other classes than the model.
    """
    if units.ndim != 3:
        raise WrongUnits(
            f"this model takes features of shape (video, element, feature), got "
            f"{tuple(units.shape)}"
        )
    n_classes = n_classes_of(model)
    if len(prior) != n_classes:
        raise WrongPrior(
            f"prior has {len(prior)} entries but the model has {n_classes} classes; give one "
            "probability per class, in the order of the model's outputs"
        )
    if removal == "delete":
        kind = MeanGame if model.n_max == 1 else LinearGame
        return kind(model, units, prior, batch_size=batch_size)
    called: Callable[[Tensor], Tensor] = model
    by_us = model.n_max == 1 and removal == "freeze"
    if by_us:
        called = mean_over_elements
        units = element_logits(model, units)
    return CallableGame(
        called, units, prior, removal=removal, batch_size=batch_size, threaded=by_us
    )
