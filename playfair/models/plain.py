"""Whether a head computes what its class says: then its layers may be read instead of called."""

from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from playfair.shapley.callable_game import CallableGame
from playfair.shapley.game import Game
from playfair.shapley.heads_game import game_of_heads
from playfair.shapley.mode import check_mode

# Kinds of modules that heads of ours are made of, and the forward of each as it was defined: one
# that was put in its place later is seen.
FORWARD: dict[type[nn.Module], Any] = {
    kind: kind.forward for kind in (nn.Linear, nn.Dropout, nn.ModuleList)
}
# Hooks of torch that are called for every module of the process.
HOOKS_OF_ALL = tuple(
    hooks
    for name in (
        "_global_forward_hooks",
        "_global_forward_pre_hooks",
        "_global_backward_hooks",
        "_global_backward_pre_hooks",
    )
    if (hooks := getattr(torch_module, name, None)) is not None
)


def known(kind: type[nn.Module]) -> type[nn.Module]:
    """Registers a class of ours, as a decorator."""
    FORWARD[kind] = kind.forward
    return kind


def is_plain(model: nn.Module) -> bool:
    """Whether nothing but the parameters of the model's layers makes its answer.

    That is, all of its modules are exactly of the known kinds, in eval mode, without hooks
    (pruning and the older weight norm are hooks), without parametrizations (these change the
    class), without a `forward` of the instance's own, and all their parameters plain ones.

    Example:
        >>> head = nn.Linear(2, 2).eval()
        >>> is_plain(head), is_plain(nn.utils.parametrizations.weight_norm(head))
        (True, False)
    """
    if any(HOOKS_OF_ALL):
        return False
    waiting = [model]
    for module in waiting:  # which grows meanwhile
        if not _is_plain_module(module):
            return False
        for part in module._modules.values():
            if part is not None:
                waiting.append(part)
    return True


def game_of_own(
    model: Any,
    units: Float[Tensor, "video frame feature"],
    prior: Float[Tensor, " class"],
    *,
    removal: str,
    batch_size: int | None,
) -> Game:
    """The game of a head of ours: from its layers where it is plain, else it is called.

    A subclass, or one with hooks, pruning or an adapter, computes something else than its layers.
    A plain one is in eval mode throughout; of any other that is looked at here.

    Raises:
        InTrainMode: it is called, and in train mode, or a part of it.
    """
    if is_plain(model):
        return game_of_heads(
            model, units, prior, removal=removal, batch_size=batch_size, compared=False
        )
    check_mode(model)
    return CallableGame(model, units, prior, removal=removal, batch_size=batch_size)


def _is_plain_module(module: Any) -> bool:
    """Without its parts; half a microsecond each, as a model of 8 scales has 34 of them."""
    kind = type(module)
    own = module.__dict__
    if FORWARD.get(kind) is not kind.forward or own["training"]:
        return False
    if own["_forward_hooks"] or own["_forward_pre_hooks"]:
        return False
    if own["_backward_hooks"] or own["_backward_pre_hooks"]:
        return False
    # what an instance may not have under its class's names
    if "forward" in own or "projection" in own or "readout" in own:
        return False
    for value in own["_parameters"].values():  # a layer without a bias has None there
        if type(value) is not nn.Parameter and type(value) is not Tensor:
            return False
    return True
