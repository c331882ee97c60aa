"""Which game heads make that show their linear layers: the shortest that the removal allows."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame, logits_of
from playfair.shapley.errors import NotWhatIsComputed, WrongPrior, WrongUnits
from playfair.shapley.game import Game, at_least_float32
from playfair.shapley.levels import blocks_of_levels
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.linear_heads import LinearHeads, layers_of
from playfair.shapley.mean_game import MeanGame, mean_over_elements
from playfair.shapley.rows import element_logits


def game_of_heads(
    model: LinearHeads,
    units: Float[Tensor, "video element feature"],
    prior: Float[Tensor, " class"],
    *,
    removal: str = "delete",
    batch_size: int | None = None,
    compared: bool = True,
) -> Game:
    """The shortest game that heads which show their layers allow.

    With elements deleted that is `MeanGame` for one scale and `LinearGame` for several. With a
    removal that leaves all elements in place the whole of a multi-scale model is called for every
    coalition, and of a single scale the mean over its elements' logits, computed once for each.

    Args:
        model: the heads, in eval mode.
        units: what they see of each element.
        prior: of the heads' classes.
        removal: what becomes of an element outside a coalition.
        batch_size: the most rows of a call, where they are called.
        compared: whether the model's own answer is compared with its layers'; not needed where it
            is known that nothing but the layers makes it.

    Raises:
        WrongUnits: units are not (video, element, feature), or on another device than the model.
        WrongPrior: the prior has other classes than the model.
        NotWhatIsComputed: the model's own answer is not that of the layers it shows.
    """
    if units.ndim != 3:
        raise WrongUnits(
            f"this model takes features of shape (video, element, feature), got "
            f"{tuple(units.shape)}"
        )
    weight, bias = model.readout(1)  # of the smallest scale: the classes are those of all
    n_classes = len(bias)
    device = weight.device
    if device != units.device:
        raise WrongUnits(
            f"the model is on {device}, its features are on {units.device}; type "
            f'features.to("{device}")'
        )
    if len(prior) != n_classes:
        raise WrongPrior(
            f"prior has {len(prior)} entries but the model has {n_classes} classes; give one "
            "probability per class, in the order of the model's outputs"
        )
    if removal == "delete":
        kind = MeanGame if model.n_max == 1 else LinearGame
        if compared:
            compare_layers(kind(model, units[:1], prior))
        return kind(model, units, prior, batch_size=batch_size)
    called: Callable[[Tensor], Tensor] = model
    by_us = model.n_max == 1 and removal == "freeze"
    if by_us:
        called = mean_over_elements
        units = element_logits(model, units)
    return CallableGame(
        called, units, prior, removal=removal, batch_size=batch_size, threaded=by_us
    )


# What rounding may change of a score; of units in half precision, as the layers are multiplied in
# float32.
ROUNDING = 1e-4
HALF_ROUNDING = 2e-2
# Elements that are compared, at most: 255 coalitions, of one video.
COMPARED = 8


def compare_layers(game: LinearGame) -> None:
    """Calls the model with a whole video, and with every other of its elements.

    Of a longer video, with equally spaced elements.

    Raises:
        NotWhatIsComputed: it answers with something else than its layers.
    """
    is_half = game.units.dtype != at_least_float32(game.units)
    most = HALF_ROUNDING if is_half else ROUNDING
    step = -(-game.n_elements // COMPARED)
    for units in (game.units[:, ::step], game.units[:, :: 2 * step]):
        own = logits_of(game.model, units, game.n_classes).softmax(-1)
        for block in blocks_of_levels(layers_of(game.model, units), units):
            of_layers = block.scores[-1, :, : game.n_classes]
        change = (own - of_layers).abs().max().item()
        if not change <= most:
            raise NotWhatIsComputed(type(game.model).__name__, change)
