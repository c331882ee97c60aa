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
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.coalitions import Bags, bags, children, members, row_index, rows_of_coalitions
from playfair.shapley.memory import block_rows
from playfair.shapley.removal import seen


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


class Readout(NamedTuple):
    """From the hidden layer of one scale's head to logits; the biases of it and smaller scales, on average."""

    weight: Float[Tensor, "hidden class"]
    bias: Float[Tensor, " class"]


def blocks_of_heads(
    model: Heads, readouts: list[Readout], features: Float[Tensor, "video frame feature"], precision: str = "float32"
) -> Iterator[Block]:
    """Scores level by level, by the recurrence over children (coalitions with one frame removed):

    f(X) = [ f_|X|(X) + (|X| - 1) * mean over children of f ] / |X| up to n_max frames, and above it the mean
    over children. Two levels are in memory. Logits are kept without the readout's bias, whose mean over
    scales is the same for all coalitions of a size, and above n_max as plain sums over children: both enter
    in one pass just before the softmax.

    readouts: `prepared_readouts`, once for all videos.
    """
    n_videos, n_frames, _ = features.shape
    frames = features.transpose(0, 1).to(at_least_float32(features)).contiguous()
    device, below, sums_per_mean = frames.device, frames.new_empty(0), 1.0
    n_classes = len(readouts[0].bias)
    levels = frames.new_empty(2, comb(n_frames, n_frames // 2), n_videos * n_classes)
    for size in range(1, n_frames + 1):
        has_head = size <= model.n_max
        if has_head:
            weight, bias = readouts[size - 1]
            table = table_of(model.rows(frames, size))
            rows = bags(rows_of_coalitions, n_frames, size, device)
            if precision == "bfloat16":
                table = table.bfloat16()
        else:
            sums_per_mean *= size
        n_coalitions, kids = comb(n_frames, size), bags(children, n_frames, size, device)
        level = levels[size % 2, :n_coalitions]
        for span in spans(n_coalitions, n_videos, device):
            known = gather_sum(below, kids.cut(span)) if size > 1 else torch.zeros_like(level[span])
            logits = known.view(-1, n_classes)
            if has_head:
                hidden = gather_sum(table, rows.cut(span)).relu_().view(len(logits), -1)
                share = (size - 1) / size**2
                if precision == "bfloat16":
                    logits.mul_(share).add_(hidden @ weight, alpha=1 / size)
                else:
                    logits.addmm_(hidden, weight, beta=share, alpha=1 / size)
            if len(known) < n_coalitions:  # into the same memory for every other level: fresh pages take time
                level[span] = known
            else:
                level = known
            scores = torch.add(bias, logits, alpha=1 / sums_per_mean).softmax(-1)
            yield Block(size, span.start, scores.view(-1, n_videos, n_classes))
        below = level


def spans(n_coalitions: int, n_videos: int, device: torch.device) -> Iterator[slice]:
    """Consecutive blocks of nearly equal size, about block_rows(device) rows of (coalition, video) each."""
    n_blocks = -(-n_coalitions * n_videos // block_rows(device))
    step = -(-n_coalitions // n_blocks)
    for start in range(0, n_coalitions, step):
        yield slice(start, min(start + step, n_coalitions))


def prepared_readouts(
    model: Heads, features: Float[Tensor, "video frame feature"], precision: str = "float32"
) -> list[Readout]:
    """The readouts of all scales that features of so many frames need, as `blocks_of_heads` multiplies by them.

    Classes of score 0 are appended up to a multiple of 16, which fill whole vector registers: one AVX-512 core
    multiplies at 82 GFLOPS with 176 columns, at 68 with 174.
    """
    found: list[Readout] = []
    for scale in range(1, min(features.shape[1], model.n_max) + 1):
        weight, bias = (p.to(at_least_float32(features)) for p in model.readout(scale))
        extra = -len(weight) % 16 if len(weight) > 32 else 0
        weight, bias = F.pad(weight, (0, 0, 0, extra)), F.pad(bias, (0, extra), value=-1e30)
        mean = bias if scale == 1 else found[-1].bias + (bias - found[-1].bias) / scale
        found.append(Readout((weight.bfloat16() if precision == "bfloat16" else weight).t(), mean))
    return found


def frame_logits(model: Heads, features: Float[Tensor, "video frame feature"]) -> Float[Tensor, "video frame class"]:
    """The logits of every single frame."""
    features = features.to(at_least_float32(features))
    weight, bias = (p.to(features.dtype) for p in model.readout(1))
    hidden = model.rows(features.transpose(0, 1).contiguous(), 1)[0].relu()
    return F.linear(hidden, weight, bias).transpose(0, 1)


def table_of(rows: Float[Tensor, "position start video hidden"]) -> Float[Tensor, "row column"]:
    """(position, start) and (video, hidden) as one axis each."""
    return rows.reshape(rows.shape[0] * rows.shape[1], -1)


def gather_sum(table: Float[Tensor, "row column"], of: Bags) -> Float[Tensor, "bag column"]:
    """The sum of the table's rows in each bag."""
    return F.embedding_bag(of.rows, table, of.begins, mode="sum")


def blocks_of_callable(
    model: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame feature"],
    n_classes: int,
    removal: str,
) -> Iterator[Block]:
    """Scores of any model, every coalition a call's row: `(n, size, feature) -> logits (n, class)`."""
    n_videos, n_frames, _ = features.shape
    for size in range(1, n_frames + 1):
        inside = members(n_frames, size).to(features.device)
        for span in spans(len(inside), n_videos, features.device):
            yield Block(size, span.start, scores_of(model, features, inside[span], n_classes, removal))


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


def head_logits(
    model: Heads, frames: Float[Tensor, "frame video feature"], inside: Bool[Tensor, "subset frame"]
) -> Float[Tensor, "subset video class"]:
    """The logits of one scale's head on some subsets of its size, alike in size."""
    subsets = seen(inside, "delete")
    weight, bias = (p.to(frames.dtype) for p in model.readout(subsets.shape[1]))
    return F.linear(before_relu(model.rows(frames, subsets.shape[1]), subsets).relu(), weight, bias)


def before_relu(
    rows: Float[Tensor, "position start video hidden"], subsets: Int[Tensor, "subset frame"]
) -> Float[Tensor, "subset video hidden"]:
    """The hidden layer of some subsets."""
    n_frames = sum(rows.shape[:2]) - 1
    index = row_index(subsets.int().cpu(), n_frames).to(rows.device)
    return F.embedding_bag(index, table_of(rows), mode="sum").unflatten(1, rows.shape[2:])


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
    return logits.to(at_least_float32(logits))


def at_least_float32(values: Tensor) -> torch.dtype:
    """The dtype to compute in."""
    return torch.promote_types(values.dtype, torch.float32)
