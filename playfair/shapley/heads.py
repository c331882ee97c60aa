"""Models that show their linear layers: one product per frame and position and one per subset that a head sees;
whatever else a coalition needs are sums of rows."""

from collections.abc import Iterator
from functools import lru_cache
from math import comb
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.coalitions import Bags, bags, children, of_size, row_index, rows_of_coalitions
from playfair.shapley.game import Block, Heads, Projection, at_least_float32, spans
from playfair.shapley.removal import seen


class Layers(NamedTuple):
    """The head of one scale as `blocks_of_heads` multiplies by it.

    weight: from the hidden layer to logits.
    bias: those of it and smaller scales, on average.
    """

    projection: Projection | None
    weight: Float[Tensor, "hidden class"]
    bias: Float[Tensor, " class"]


def blocks_of_heads(
    layers: list[Layers], features: Float[Tensor, "video frame feature"]
) -> Iterator[Block]:
    """Scores level by level, by the recurrence over children (coalitions with one frame removed):

    f(X) = [ f_|X|(X) + (|X| - 1) * mean over children of f ] / |X| up to n_max frames, and above it the mean
    over children. Two levels are in memory. Logits are kept without the readout's bias, whose mean over
    scales is the same for all coalitions of a size, and above n_max as plain sums over children: both enter
    in one pass just before the softmax. That is done in place: of a level in one piece as soon as the next one has
    been summed from it, of other pieces after they were copied to their level.

    layers: `layers_of` the model, once for all videos.
    """
    n_videos, n_frames, _ = features.shape
    frames = features.transpose(0, 1).to(at_least_float32(features)).contiguous()
    device, below, sums_per_mean = frames.device, frames.new_empty(0), 1.0
    n_classes = len(layers[0].bias)
    levels = frames.new_empty(2, comb(n_frames, n_frames // 2), n_videos * n_classes)
    whole: tuple[int, Tensor, Tensor, float] | None = None
    for size in range(1, n_frames + 1):
        has_head = size <= len(layers)
        if has_head:
            projection, weight, bias = layers[size - 1]
            table = table_of(rows_of(frames, projection))
            if weight.dtype == torch.bfloat16:
                table = table.bfloat16()
        else:
            sums_per_mean *= size
        first, n_coalitions = of_size(n_frames, size).start, comb(n_frames, size)
        for span, kids, rows in pieces(n_frames, size, has_head, n_videos, device):
            known = gather_sum(below, kids) if size > 1 else torch.zeros_like(levels[0, span])
            if whole is not None and span.stop == n_coalitions:
                yield scored(*whole)
                whole = None
            logits = known.view(-1, n_classes)
            if rows is not None:
                hidden = gather_sum(table, rows).relu_().view(len(logits), -1)
                share = (size - 1) / size**2
                if weight.dtype == torch.bfloat16:
                    logits.mul_(share).add_(hidden @ weight, alpha=1 / size)
                else:
                    logits.addmm_(hidden, weight, beta=share, alpha=1 / size)
            found = (
                first + span.start,
                logits.view(-1, n_videos, n_classes),
                bias,
                1 / sums_per_mean,
            )
            if len(known) == n_coalitions:
                level, whole = known, found
            else:  # into the same memory for every other level: fresh pages take time
                level = levels[size % 2, :n_coalitions]
                level[span] = known
                yield scored(*found)
        below = level
    assert whole is not None
    yield scored(*whole)


def scored(
    start: int,
    logits: Float[Tensor, "coalition video class"],
    bias: Float[Tensor, " class"],
    share: float,
) -> Block:
    """softmax(share * logits + bias), in place of the logits."""
    return Block(
        start, torch.softmax(torch.add(bias, logits, alpha=share, out=logits), -1, out=logits)
    )


@lru_cache(maxsize=128)
def pieces(
    n_frames: int, size: int, has_head: bool, n_videos: int, device: torch.device
) -> list[tuple[slice, Bags, Bags | None]]:
    """Consecutive coalitions that are worked on together, their children and, for a head, the rows of their frames.

    Kept, as the threads wait for each other's Python: 2 % of the time of 8 frames.
    """
    kids = bags(children, n_frames, size, device)
    rows = bags(rows_of_coalitions, n_frames, size, device) if has_head else None
    return [
        (span, kids.cut(span), None if rows is None else rows.cut(span))
        for span in spans(comb(n_frames, size), n_videos, device)
    ]


def layers_of(
    model: Heads, features: Float[Tensor, "video frame feature"], precision: str = "float32"
) -> list[Layers]:
    """The heads of all scales that features of so many frames need, as `blocks_of_heads` multiplies by them.

    Classes of score 0 are appended up to a multiple of 16, which fill whole vector registers: one AVX-512 core
    multiplies at 82 GFLOPS with 176 columns, at 68 with 174.
    """
    dtype, scales = at_least_float32(features), range(1, min(features.shape[1], model.n_max) + 1)
    readouts = [[p.to(dtype) for p in model.readout(scale)] for scale in scales]
    extra = -len(readouts[0][0]) % 16 if len(readouts[0][0]) > 32 else 0
    weights = [
        torch.cat([weight, weight.new_zeros(extra, weight.shape[1])]) for weight, _ in readouts
    ]
    if precision == "bfloat16":
        weights = [weight.bfloat16() for weight in weights]
    none = features.new_full((extra,), -1e30, dtype=dtype)
    sums = (
        torch.cat([x for _, bias in readouts for x in (bias, none)]).view(len(scales), -1).cumsum(0)
    )
    means = sums / torch.tensor(scales, dtype=dtype, device=sums.device)[:, None]
    projections = [projection_of(model, scale, dtype) for scale in scales]
    return [
        Layers(p, weight.t(), mean)
        for p, weight, mean in zip(projections, weights, means, strict=True)
    ]


def frame_logits(
    model: Heads, features: Float[Tensor, "video frame feature"]
) -> Float[Tensor, "video frame class"]:
    """The logits of every single frame."""
    features = features.to(at_least_float32(features))
    weight, bias = (p.to(features.dtype) for p in model.readout(1))
    frames = features.transpose(0, 1).contiguous()
    hidden = rows_of(frames, projection_of(model, 1, frames.dtype))[0].relu()
    return F.linear(hidden, weight, bias).transpose(0, 1)


def projection_of(model: Heads, scale: int, dtype: torch.dtype) -> Projection | None:
    """The projection to compute with."""
    found = model.projection(scale)
    return (
        found
        if found is None or found.bias.dtype == dtype
        else Projection(*(p.to(dtype) for p in found))
    )


def rows_of(
    frames: Float[Tensor, "frame video feature"], projection: Projection | None
) -> Float[Tensor, "position start video hidden"]:
    """What a frame adds to the hidden layer at each position it can hold, the bias at position 0.

    The first layer is a sum over positions, so every frame is multiplied once per position instead of
    once per coalition: hidden(Y) = sum over p of rows[p, y_p - p]. Position p can only hold the frames
    p ... T - s + p, hence the second axis counts from there (`start`, T - s + 1 of them).
    """
    if projection is None:
        return frames.unsqueeze(0)
    n_frames, n_videos, feature_dim = frames.shape
    n_positions = len(projection.weight)
    n_starts, step = n_frames - n_positions + 1, n_videos * feature_dim
    windows = frames.contiguous().as_strided(
        (n_positions, n_starts * n_videos, feature_dim), (step, feature_dim, 1)
    )
    rows = torch.bmm(windows, projection.weight)
    rows[0].add_(projection.bias)
    return rows.view(n_positions, n_starts, n_videos, -1)


def table_of(rows: Float[Tensor, "position start video hidden"]) -> Float[Tensor, "row column"]:
    """(position, start) and (video, hidden) as one axis each."""
    return rows.reshape(rows.shape[0] * rows.shape[1], -1)


def gather_sum(table: Float[Tensor, "row column"], of: Bags) -> Float[Tensor, "bag column"]:
    """The sum of the table's rows in each bag."""
    return torch.embedding_bag(table, of.rows, of.begins)[
        0
    ]  # F.embedding_bag checks what is right here


def head_logits(
    model: Heads, frames: Float[Tensor, "frame video feature"], inside: Bool[Tensor, "subset frame"]
) -> Float[Tensor, "subset video class"]:
    """The logits of one scale's head on some subsets of its size, alike in size."""
    subsets = seen(inside, "delete")
    weight, bias = (p.to(frames.dtype) for p in model.readout(subsets.shape[1]))
    rows = rows_of(frames, projection_of(model, subsets.shape[1], frames.dtype))
    return F.linear(before_relu(rows, subsets).relu(), weight, bias)


def before_relu(
    rows: Float[Tensor, "position start video hidden"], subsets: Int[Tensor, "subset frame"]
) -> Float[Tensor, "subset video hidden"]:
    """The hidden layer of some subsets."""
    n_frames = sum(rows.shape[:2]) - 1
    index = row_index(subsets.int().cpu(), n_frames).to(rows.device)
    return F.embedding_bag(index, table_of(rows), mode="sum").unflatten(1, rows.shape[2:])
