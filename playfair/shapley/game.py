"""The score of every coalition, size by size: v(X') = softmax of the model's logits of X'.

Two kinds of model. `Heads` (TSN, multi-scale TRN) show their linear layers, so that every frame is multiplied
once and coalitions are sums (heads.py); any other callable `(n, size, feature) -> logits (n, class)` is called for
every coalition. Both are generators of blocks that hold all videos and classes; a block's memory is used again, so
it must be consumed before the next one is asked for.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.coalitions import members, of_size
from playfair.shapley.memory import block_rows
from playfair.shapley.removal import seen


class Projection(NamedTuple):
    """From frames to the hidden layer of one scale's head, by the position they hold."""

    weight: Float[Tensor, "position feature hidden"]
    bias: Float[Tensor, " hidden"]


@runtime_checkable
class Heads(Protocol):
    """f(X) = mean over scales s <= min(|X|, n_max) of the mean of f_s(Y) over X's subsets Y of size s, where
    f_s(Y) = C relu(h) + d with C, d = readout(s) and h = b + sum over p of y_p W_p with W, b = projection(s), or, where
    that is None, h = y itself."""

    n_max: int

    def projection(self, scale: int) -> Projection | None: ...

    def readout(
        self, scale: int
    ) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]: ...


Model = Heads | Callable[[Tensor], Tensor]


class Block(NamedTuple):
    """Scores of consecutive coalitions in the order of `all_members`, the first of them the `start`-th."""

    start: int
    scores: Float[Tensor, "coalition video class"]


def spans(n_coalitions: int, n_videos: int, device: torch.device) -> Iterator[slice]:
    """Consecutive blocks of nearly equal size, about block_rows(device) rows of (coalition, video) each."""
    n_blocks = -(-n_coalitions * n_videos // block_rows(device))
    step = -(-n_coalitions // n_blocks)
    for start in range(0, n_coalitions, step):
        yield slice(start, min(start + step, n_coalitions))


def blocks_of_callable(
    model: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame feature"],
    n_classes: int,
    removal: str,
) -> Iterator[Block]:
    """Scores of any model, every coalition a call's row: `(n, size, feature) -> logits (n, class)`."""
    n_videos, n_frames, _ = features.shape
    for size in range(1, n_frames + 1):
        inside, first = members(n_frames, size).to(features.device), of_size(n_frames, size).start
        for span in spans(len(inside), n_videos, features.device):
            yield Block(
                first + span.start, scores_of(model, features, inside[span], n_classes, removal)
            )


def scores_of(
    model: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame feature"],
    inside: Bool[Tensor, "coalition frame"],
    n_classes: int,
    removal: str,
) -> Float[Tensor, "coalition video class"]:
    """Scores of coalitions of one size by one call of the model."""
    rows = features[:, seen(inside, removal)].transpose(0, 1).flatten(0, 1)
    return call(model, rows, n_classes).softmax(-1).unflatten(0, (len(inside), len(features)))


def scores_by_size(
    score: Callable[[Tensor], Tensor], inside: Bool[Tensor, "coalition frame"], n_videos: int
) -> Float[Tensor, "coalition column"]:
    """Scores of coalitions of any sizes, `score` being asked for blocks of one size."""
    sizes = inside.sum(1)
    found: list[tuple[Tensor, Tensor]] = []
    for size in sizes.unique().tolist():
        which = (sizes == size).nonzero().flatten()
        for span in spans(len(which), n_videos, inside.device):
            found.append((which[span], score(inside[which[span]]).flatten(1)))
    out = found[0][1].new_empty(len(inside), found[0][1].shape[1])
    for which, values in found:
        out[which] = values
    return out


def call(
    model: Callable[[Tensor], Tensor], features: Float[Tensor, "n size feature"], n_classes: int
) -> Float[Tensor, "n class"]:
    """The model's logits, at least float32; ValueError when they are not one finite vector per row."""
    logits = model(features)
    if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(features):
        came = (
            f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        )
        raise ValueError(
            f"the model must turn features (n, size, feature) into logits (n, class); given "
            f"{tuple(features.shape)} it returned {came}. Average over frames inside the model."
        )
    if logits.shape[1] != n_classes:
        raise ValueError(
            f"prior has {n_classes} entries but the model returned {logits.shape[1]} classes; give one "
            "probability per class, in the order of the model's outputs"
        )
    if not logits.isfinite().all():
        raise ValueError(
            "the model returned NaN or infinite logits for finite features; check its weights, or its dtype "
            "(float16 overflows above 65504)"
        )
    return logits.to(at_least_float32(logits))


def at_least_float32(values: Tensor) -> torch.dtype:
    """The dtype to compute in."""
    return torch.promote_types(values.dtype, torch.float32)
