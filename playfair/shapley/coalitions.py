"""Which subsets of frames there are: all of one size, and how the sizes hang together.

Coalitions of one size are always in colexicographic order: sorted by their last frame, then the one
before, and so on. In that order the coalitions of the first m frames are the first C(m, s) of all,
and the place of a coalition {x_1 < ... < x_s} is the closed form rank = sum over j of C(x_j, j)
(Knuth, TAOCP 4A, 7.2.1.3), so nothing is ever searched.
"""

from collections.abc import Callable
from functools import lru_cache
from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from playfair.shapley.caches import kept


@kept(maxsize=256)
def coalitions(n_elements: int, size: int) -> Int[Tensor, "coalition size"]:
    """All coalitions of `size` out of `n_elements` frames, each ascending.

    >>> coalitions(4, 2).tolist()
    [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]]
    """
    if size == 0:
        return torch.empty(1, 0, dtype=torch.int32)
    if size == 1:
        return torch.arange(n_elements, dtype=torch.int32).unsqueeze(1)
    # Those whose last frame is m are the coalitions of size - 1 among the first m frames, with m
    # appended.
    counts = [comb(m, size - 1) for m in range(size - 1, n_elements)]
    shorter = coalitions(n_elements - 1, size - 1)
    last = torch.arange(size - 1, n_elements, dtype=torch.int32)
    last = last.repeat_interleave(torch.tensor(counts))
    return torch.column_stack([torch.cat([shorter[:count] for count in counts]), last])


@kept(maxsize=64)
def binomials(n: int, k: int) -> Int[Tensor, "n k"]:
    """C(i, j) for i <= n, j <= k."""
    return torch.tensor([[comb(i, j) for j in range(k + 1)] for i in range(n + 1)])


@kept(maxsize=64)
def children(n_elements: int, size: int) -> Int[Tensor, "coalition size"]:
    """For every coalition the places of what is left when one frame is removed.

    They are places among the coalitions of size - 1. Here {0,1}, {0,2} and {1,2} without their
    first, and without their second frame:

    >>> children(3, 2).tolist()
    [[1, 0], [2, 0], [2, 1]]
    """
    subsets = coalitions(n_elements, size)
    table = binomials(n_elements, size)
    place = torch.arange(size)
    # frames before the removed one keep their place, frames after it move up
    stays = table[subsets, place + 1]
    moves = table[subsets, place]
    before = stays.cumsum(1) - stays
    after = moves.sum(1, keepdim=True) - moves.cumsum(1)
    return (before + after).int()


@kept(maxsize=64)
def members(n_elements: int, size: int) -> Bool[Tensor, "coalition element"]:
    """Whether the frame is in the coalition."""
    subsets = coalitions(n_elements, size)
    return torch.zeros(len(subsets), n_elements, dtype=torch.bool).scatter_(1, subsets.long(), True)


@kept(maxsize=32)
def all_members(n_elements: int) -> Bool[Tensor, "coalition element"]:
    """`members` of all 2^T coalitions by size, the empty one first."""
    return torch.cat([members(n_elements, size) for size in range(n_elements + 1)])


@lru_cache(maxsize=512)
def of_size(n_elements: int, size: int) -> slice:
    """Where the coalitions of a size lie among all."""
    start = sum(comb(n_elements, smaller) for smaller in range(size))
    return slice(start, start + comb(n_elements, size))


@kept(maxsize=64)
def rows_of_coalitions(n_elements: int, size: int) -> Int[Tensor, "coalition element"]:
    """`row_index` of all coalitions."""
    return row_index(coalitions(n_elements, size), n_elements)


def row_index(
    subsets: Int[Tensor, "subset element"], n_elements: int
) -> Int[Tensor, "subset element"]:
    """Where rows[p, y_p - p] lie, for the p-th frame y_p of each subset.

    (position, start) are one axis of the rows.
    """
    p = torch.arange(subsets.shape[1], dtype=torch.int32)
    return p * (n_elements - subsets.shape[1] + 1) + subsets - p


class Bags(NamedTuple):
    """Which rows of a table are summed, as `torch.nn.functional.embedding_bag` takes it.

    rows: those of all bags, one bag after the other, each of as many.
    begins: where each bag does.
    """

    rows: Int[Tensor, " part"]
    begins: Int[Tensor, " bag"]

    def cut(self, span: slice) -> "Bags":
        """Some consecutive bags."""
        n_bags = span.stop - span.start
        if n_bags == len(self.begins):
            return self
        size = len(self.rows) // len(self.begins)
        return Bags(self.rows[span.start * size : span.stop * size], self.begins[:n_bags])


@kept(maxsize=128)
def bags(
    index: Callable[[int, int], Int[Tensor, "bag part"]],
    n_elements: int,
    size: int,
    device: torch.device,
) -> Bags:
    """A bag for every coalition: its `children`, or its `rows_of_coalitions`."""
    rows = index(n_elements, size).to(device)
    begins = torch.arange(0, rows.numel(), rows.shape[1], dtype=rows.dtype, device=device)
    return Bags(rows.flatten(), begins)
