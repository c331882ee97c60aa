"""Scores of all coalitions of heads that show their layers, size by size, by a recurrence."""

from collections.abc import Iterator
from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.caches import kept
from playfair.shapley.coalitions import Bags, bags, children, of_size, rows_of_coalitions
from playfair.shapley.game import Block, at_least_float32, spans
from playfair.shapley.linear_heads import Layers
from playfair.shapley.rows import gather_sum, rows_of, table_of


class Piece(NamedTuple):
    """Consecutive coalitions of one size that are worked on together.

    Attributes:
        span: their places among those of their size.
        kids: their children, which lack one element each.
        rows: for a size that has a head, the rows of their elements; else None.
    """

    span: slice
    kids: Bags
    rows: Bags | None


def blocks_of_levels(
    layers: list[Layers], features: Float[Tensor, "video element feature"]
) -> Iterator[Block]:
    """Scores level by level, by the recurrence over children (coalitions with one element removed).

    f(X) = [ f_|X|(X) + (|X| - 1) * mean over children of f ] / |X| up to n_max elements, and above
    it the mean over children. Two levels are in memory. Logits are kept without the readout's bias,
    whose mean over scales is the same for all coalitions of a size, and above n_max as plain sums
    over children: both enter in one pass just before the softmax. That is done in place: of a level
    in one piece as soon as the next one has been summed from it, of other pieces after they were
    copied to their level.

    Args:
        layers: `layers_of` the model, once for all videos.
        features: (video, element, feature).
    """
    n_videos, n_elements, _ = features.shape
    elements = features.transpose(0, 1).to(at_least_float32(features)).contiguous()
    device = elements.device
    n_classes = len(layers[0].bias)
    levels = elements.new_empty(2, comb(n_elements, n_elements // 2), n_videos * n_classes)
    below = elements.new_empty(0)
    sums_per_mean = 1.0
    # A level in one piece, that is scored in place once the next one has been summed from it.
    whole: tuple[int, Tensor, Tensor, float] | None = None
    for size in range(1, n_elements + 1):
        has_head = size <= len(layers)
        if has_head:
            projection, weight, bias = layers[size - 1]
            table = table_of(rows_of(elements, projection))
            if weight.dtype == torch.bfloat16:
                table = table.bfloat16()
        else:
            sums_per_mean *= size
        first = of_size(n_elements, size).start
        n_coalitions = comb(n_elements, size)
        for span, kids, rows in pieces(n_elements, size, has_head, n_videos, device):
            from_below = gather_sum(below, kids) if size > 1 else torch.zeros_like(levels[0, span])
            if whole is not None and span.stop == n_coalitions:
                yield scored(*whole)
                whole = None
            logits = from_below.view(-1, n_classes)
            if rows is not None:
                hidden = gather_sum(table, rows).relu_().view(len(logits), -1)
                share = (size - 1) / size**2
                if weight.dtype == torch.bfloat16:
                    logits.mul_(share).add_(hidden @ weight, alpha=1 / size)
                else:
                    logits.addmm_(hidden, weight, beta=share, alpha=1 / size)
            ready = (
                first + span.start,
                logits.view(-1, n_videos, n_classes),
                bias,
                1 / sums_per_mean,
            )
            if len(from_below) == n_coalitions:
                level = from_below
                whole = ready
            else:  # into the same memory for every other level: fresh pages take time
                level = levels[size % 2, :n_coalitions]
                level[span] = from_below
                yield scored(*ready)
        below = level
    assert whole is not None
    start, logits, bias, share = whole
    # A logit that overflowed in any coalition is not finite in the whole video's mean. Minus
    # infinity would pass for a score of 0; infinity less itself is NaN, and anything finite is 0.
    logits.add_((logits - logits).sum(-1, keepdim=True))
    yield scored(start, logits, bias, share)


def scored(
    start: int,
    logits: Float[Tensor, "coalition video class"],
    bias: Float[Tensor, " class"],
    share: float,
) -> Block:
    """softmax(share * logits + bias), in place of the logits."""
    torch.add(bias, logits, alpha=share, out=logits)
    return Block(start, torch.softmax(logits, -1, out=logits))


@kept(maxsize=128)
def pieces(
    n_elements: int, size: int, has_head: bool, n_videos: int, device: torch.device
) -> list[Piece]:
    """All coalitions of a size, those that are worked on together in one piece.

    Kept, as the threads wait for each other's Python: 2 % of the time of 8 frames.
    """
    kids = bags(children, n_elements, size, device)
    rows = bags(rows_of_coalitions, n_elements, size, device) if has_head else None
    return [
        Piece(span, kids.cut(span), None if rows is None else rows.cut(span))
        for span in spans(comb(n_elements, size), n_videos, device)
    ]
