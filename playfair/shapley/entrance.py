"""From what a caller gives to a game that may be explained: all that is looked at before."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from playfair.shapley.caches import trim_caches
from playfair.shapley.checks import check, check_options, looks_like_one_video
from playfair.shapley.errors import NotAModel, WrongPrior, WrongScores
from playfair.shapley.game import Game, at_least_float32, game_of, own_removal
from playfair.shapley.memory import keep_freed_memory
from playfair.shapley.precision import as_called_here, full_products, without_autocast
from playfair.shapley.probe import Probe, first_logits, probe
from playfair.shapley.removal import REMOVALS

log = logging.getLogger("playfair")

# What holds another module and calls it with what it is given.
WRAPPERS: tuple[type[nn.Module], ...] = (
    nn.DataParallel,
    nn.parallel.DistributedDataParallel,
    torch.optim.swa_utils.AveragedModel,
)


class Entered(NamedTuple):
    """What passed the checks.

    Attributes:
        game: of the model and what it sees of videos.
        first: what its model showed at the first look; None where none is called.
        prior_from: "given", or "uniform" where none was.
        removal: what becomes of elements outside a coalition.
    """

    game: Game
    first: Probe | None
    prior_from: str
    removal: str


@contextmanager
def entrance() -> Iterator[None]:
    """Surrounds every public call: no gradients, no autocast or TF32, little memory kept after it."""
    keep_freed_memory()
    try:
        with torch.no_grad(), without_autocast(), full_products():
            yield
    finally:
        trim_caches()


@torch.no_grad()
def enter(
    model: Any,
    units: Any,
    prior: Tensor | None,
    *,
    removal: str | None,
    precision: str,
    batch_size: int | None,
    budget: int | None = None,
    generator: torch.Generator | None = None,
    check_size: Callable[[int], None] | None = None,
    look: bool = True,
) -> Entered:
    """The game of a model, after everything was looked at from which no values follow.

    Args:
        model, units, prior, removal, precision, batch_size, budget, generator: as of `explain`.
        check_size: raises where there are too many elements.
        look: whether a model that is called is looked at first, by two passes of one video.

    Raises:
        ValueError: its types are in `playfair.shapley.errors`.
    """
    model = unwrapped(model)
    check(model, units, prior)
    removals = tuple(getattr(model, "removals", REMOVALS))
    check_options(budget, removal, generator, precision, batch_size, removals)
    if check_size is not None:
        check_size(units.shape[1])
    units = units.detach()
    warn_of_axes(model, units)
    removal = own_removal(model) if removal is None else removal
    is_called = callable(model) and not hasattr(model, "game")
    called = as_called_here(model, units.device.type) if is_called else model
    with without_autocast(), full_products():
        if prior is None:
            n_classes = count_classes(called, units)
            prior = torch.full((n_classes,), 1 / n_classes, dtype=at_least_float32(units))
            prior_from = "uniform"
        else:
            prior_from = "given"
        game = game_of(
            called,
            units,
            prior.detach().to(units.device),
            removal=removal,
            batch_size=batch_size,
            precision=precision,
        )
        return Entered(game, probe(game) if look else None, prior_from, removal)


def warn_of_axes(model: Any, units: Tensor) -> None:
    """Logs what may be meant otherwise: a missing axis, another length, frames that go as pairs."""
    if looks_like_one_video(units):
        log.warning(
            "x is taken as %d videos of %d elements; if it is one video, (frame, channel, height, "
            "width), type x[None]",
            *units.shape[:2],
        )
    config = getattr(model, "config", None)
    n_frames = getattr(config, "num_frames", None)
    if isinstance(n_frames, int) and units.ndim == 5 and n_frames != units.shape[1]:
        log.warning(
            "%s says that it takes clips of %d frames (config.num_frames), and x holds %d of each: "
            "some models are wrong about other lengths without a word",
            type(model).__name__,
            n_frames,
            units.shape[1],
        )
    size = getattr(config, "tubelet_size", 1)
    together = size[0] if isinstance(size, list | tuple) else size
    if isinstance(together, int) and together > 1 and units.ndim == 5 and callable(model):
        log.warning(
            "%s makes one token of %d frames, and single frames are removed here, so that tokens "
            "are made of frames that never lay side by side. To remove them together, type "
            "explain(lambda x: model(x.flatten(1, 2)), x.unflatten(1, (-1, %d)), …)",
            type(model).__name__,
            together,
            together,
        )


def count_classes(model: Any, units: Tensor) -> int:
    """How many classes a model tells apart: as it says, or as many as it answers with.

    Raises:
        WrongPrior: neither is known.
        WrongScores: it answers with one number, whose softmax says nothing.
    """
    n_classes = getattr(model, "n_classes", None)
    if isinstance(n_classes, int) and n_classes > 0:
        return n_classes
    if hasattr(model, "game"):
        raise WrongPrior(
            f"{type(model).__name__} does not say its n_classes; give prior=…, one probability for "
            "each class"
        )
    if not callable(model):
        raise NotAModel(model)
    n_classes = first_logits(model, units[:1], None).shape[1]
    if n_classes == 1:
        raise WrongScores(
            "the model answers with one number a row, of which the softmax is 1 whatever it is. For "
            "yes or no by one logit type explain(lambda x: torch.nn.functional.pad(model(x), "
            "(1, 0)), ...), whose first class is no; what is no class at all is explained by "
            "explain_masks, without a softmax"
        )
    return n_classes


def unwrapped(model: Any) -> Any:
    """What a wrapper of torch calls, unless something else hooks in.

    Example:
        >>> head = nn.Linear(2, 2)
        >>> unwrapped(nn.DataParallel(head).eval()) is head
        True
    """
    while type(model) in WRAPPERS and not (model._forward_hooks or model._forward_pre_hooks):
        if model.training:
            return model
        model = model.module
    return model
