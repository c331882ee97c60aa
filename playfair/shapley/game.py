"""The score of every coalition, size by size: v(X') = softmax of the model's logits of X'.

Two kinds of model. `Heads` (TSN, multi-scale TRN) show their linear pieces, so that every frame is multiplied
once and coalitions are sums; any other callable `(n, size, feature) -> logits (n, class)` is called for every
coalition. Both are generators of blocks that hold all videos and classes; a block's memory is used again, so
it must be consumed before the next one is asked for.
"""

from collections.abc import Callable, Iterator
from math import comb
from typing import NamedTuple, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from playfair.shapley.coalitions import children, coalitions, rank, row_index

# Rows (coalition x video) worked on together: hidden layer and logits of a block then stay in cache.
BLOCK_ROWS = 2048


@runtime_checkable
class Heads(Protocol):
    """f(X) = mean over scales s <= min(|X|, n_max) of the mean of f_s(Y) over X's subsets Y of size s, where
    f_s(Y) = weight_s relu(sum over p of rows_s[p, y_p - p]) + bias_s and weight_s, bias_s = readout(s)."""

    n_max: int

    def rows(
        self, frames: Float[Tensor, "frame video feature"], scale: int
    ) -> Float[Tensor, "position start video hidden"]: ...

    def readout(self, scale: int) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]: ...


Model = Heads | Callable[[Tensor], Tensor]


class Block(NamedTuple):
    """Scores of consecutive coalitions of one size, counted from `start`."""

    size: int
    start: int
    scores: Float[Tensor, "coalition video class"]


def blocks_of_heads(model: Heads, features: Float[Tensor, "video frame feature"]) -> Iterator[Block]:
    """Scores level by level, by the recurrence over children (coalitions with one frame removed):

    f(X) = [ f_|X|(X) + (|X| - 1) * mean over children of f ] / |X| up to n_max frames, and above it the mean
    over children. Two levels are in memory. Logits are kept without the readout's bias, whose mean over
    scales is the same for all coalitions of a size and enters just before the softmax.
    """
    n_videos, n_frames, _ = features.shape
    frames = features.transpose(0, 1).contiguous()
    level = torch.empty(0)
    bias: Tensor | float = 0.0
    for size in range(1, n_frames + 1):
        n_coalitions = comb(n_frames, size)
        below, has_head = level, size <= model.n_max
        if has_head:
            weight, own_bias = (p.to(frames.dtype) for p in model.readout(size))
            bias = bias + (own_bias - bias) / size
            table, pairs = front_and_back(model.rows(frames, size), n_frames, size)
        level = frames.new_empty(n_coalitions, n_videos * len(weight))
        share = (size - 1) / size**2 if has_head else 1 / size
        steps = max(1, BLOCK_ROWS // n_videos)
        for start in range(0, n_coalitions, steps):
            stop = min(start + steps, n_coalitions)
            logits = level[start:stop].view(-1, len(weight))
            if size > 1:
                kids = children(n_frames, size)[start:stop].to(frames.device)
                level[start:stop] = gather_sum(below, kids).mul_(share)
            if has_head:
                hidden = gather_sum(table, pairs[start:stop]).relu_().view(len(logits), -1)
                torch.addmm(logits, hidden, weight.t(), beta=float(size > 1), alpha=1 / size, out=logits)
            yield Block(size, start, (logits + bias).softmax(-1).view(stop - start, n_videos, -1))


def front_and_back(
    rows: Float[Tensor, "position start video hidden"], n_frames: int, size: int
) -> tuple[Float[Tensor, "part column"], Int[Tensor, "coalition part"]]:
    """Sums of rows for the front halves and back halves of coalitions, and which two make each coalition.

    Few halves serve many coalitions (at 16 frames, size 8: 495 fronts and 495 backs for 12,870), so a
    coalition costs two additions instead of `size`.
    """
    device, flat, n_front = rows.device, rows.flatten(2), (size + 1) // 2
    n_starts = flat.shape[1]
    flat = flat.flatten(0, 1)
    fronts = coalitions(n_frames - size + n_front, n_front)
    pairs = coalitions(n_frames, size)
    table, index = gather_sum(flat, row_index(fronts, 0, n_starts).to(device)), [rank(pairs[:, :n_front])]
    if n_front < size:
        backs = coalitions(n_frames - n_front, size - n_front) + n_front
        table = torch.cat([table, gather_sum(flat, row_index(backs, n_front, n_starts).to(device))])
        index.append(len(fronts) + rank(pairs[:, n_front:] - n_front))
    return table, torch.stack(index, dim=1).int().to(device)


def gather_sum(
    table: Float[Tensor, "row column"], index: Int[Tensor, "bag part"]
) -> Float[Tensor, "bag column"]:
    """Row b of the result is the sum of the table's rows index[b]."""
    return F.embedding_bag(index, table, mode="sum")


def blocks_of_callable(
    model: Callable[[Tensor], Tensor], features: Float[Tensor, "video frame feature"], n_classes: int
) -> Iterator[Block]:
    """Scores of any model, every coalition a call's row: `(n, size, feature) -> logits (n, class)`."""
    n_videos, n_frames, _ = features.shape
    steps = max(1, BLOCK_ROWS // n_videos)
    for size in range(1, n_frames + 1):
        subsets = coalitions(n_frames, size).to(features.device)
        for start in range(0, len(subsets), steps):
            kept = features[:, subsets[start : start + steps]]
            logits = call(model, kept.transpose(0, 1).flatten(0, 1), n_classes)
            yield Block(size, start, logits.softmax(-1).unflatten(0, (-1, n_videos)))


def call(
    model: Callable[[Tensor], Tensor], features: Float[Tensor, "n size feature"], n_classes: int
) -> Float[Tensor, "n class"]:
    """The model's logits, at least float32; ValueError when they are not one finite vector per row."""
    logits = model(features)
    if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(features):
        came = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
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
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
