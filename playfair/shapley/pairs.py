"""Random coalitions together with their complements, a share for every size.

With w the coalitions of size k and their complements of size T - k, and d(S) = v(S) - v(S's
complement),

    phi_i = (v(all) - v(none)) / T + sum over k <= T/2 of  h_k  E over |S| = k of [ c_ik(S) d(S) ],
    c_ik(S) = ([i in S] - k/T) T / (k (T - k)),     h_k = 1/2 where k = T/2, else 1,

an identity in which every c sums to 0 over frames: whatever is estimated for the expectations, the
ESVs sum to v(all) - v(none), and no stratum of a frame can be empty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.coalitions import members

FEWEST = 6  # pairs of a size, or all
IN_FULL = 1e9  # the share of a size that is always listed
FEW_ELEMENTS = 24  # from so many on the sizes together tell the spread, of four pairs each


@dataclass(frozen=True)
class Pairs:
    """Sampled coalitions, their complements implied.

    inside: (pair, frame), whether the frame is in the coalition.
    size: (pair,), frames in the coalition, at most T/2.
    share: (pair,), h_k / n_k: what the pair counts in the mean of its size.
    unseen: (pair,), the part of its size's coalitions that was not drawn; 0 where all were.
    """

    inside: Bool[Tensor, "pair element"]
    size: Int[Tensor, " pair"]
    share: Float[Tensor, " pair"]
    unseen: Float[Tensor, " pair"]

    @property
    def contrast(self) -> Float[Tensor, "pair element"]:
        """c_ik(S) of the identity above."""
        n_elements = self.inside.shape[1]
        size = self.size[:, None].double()
        excess = self.inside.double() - size / n_elements
        return excess * n_elements / (size * (n_elements - size))

    @property
    def evaluated(self) -> Bool[Tensor, "row element"]:
        """The coalitions, their complements, and the whole video."""
        whole = torch.ones(1, self.inside.shape[1], dtype=torch.bool)
        return torch.cat([self.inside, ~self.inside, whole])

    def some(self, which: Int[Tensor, " kept"]) -> "Pairs":
        """Some of them, which count as before."""
        return Pairs(self.inside[which], self.size[which], self.share[which], self.unseen[which])

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the spread within sizes, of those that were not drawn in full."""
        sizes = self.size[self.unseen > 0]
        return len(sizes) - len(sizes.unique())


def least_pairs(n_elements: int) -> int:
    """All of one element, and six of each further size, or a fourth of them, but at least four.

    So many that a spread can be told. From four, 83 % of 95 % intervals held on the worst clip of a
    trained TSN at 12 elements; from six 92 %. From 24 elements on four are enough: of games with
    known values 97 % at 24 and 32. Two never are: 32 % at 64.
    """
    n_pairs = [distinct_pairs(n_elements, size) for size in range(1, n_elements // 2 + 1)]
    most = FEWEST if n_elements < FEW_ELEMENTS else 4
    return sum(n_pairs[:1]) + sum(min(n, max(4, min(most, n // 4))) for n in n_pairs[1:])


def distinct_pairs(n_elements: int, size: int) -> int:
    """Pairs {S, complement} with |S| = size <= T/2."""
    return comb(n_elements, size) // (2 if 2 * size == n_elements else 1)


def noise_of_esv(n_elements: int, size: int) -> float:
    """How the noise of a size counts in an ESV.

    Of one element all are drawn. What an element is worth alone, and what all others are worth
    without it, no other coalition tells: of clips that all elements but two decide 57 to 74 % of
    95 % intervals held where these two were not among those that were drawn.
    """
    return IN_FULL if size == 1 else float((size * (n_elements - size)) ** -0.5)


def draw_pairs(
    n_elements: int,
    n_pairs: int,
    generator: torch.Generator,
    noise: Callable[[int, int], float] = noise_of_esv,
) -> Pairs:
    """At most `n_pairs` pairs of coalitions and their complements.

    Sizes come in proportion to how their noise counts. Sizes with fewer pairs than their share are
    listed in full, and what is left goes to the others.
    """
    sizes = range(1, n_elements // 2 + 1)
    available = torch.tensor([distinct_pairs(n_elements, k) for k in sizes], dtype=torch.float64)
    weight = torch.tensor([noise(n_elements, k) for k in sizes], dtype=torch.float64)
    counts = fill(available, weight, n_pairs)
    inside = []
    shares = []
    for size, count, n_different in zip(sizes, counts.tolist(), available.tolist(), strict=True):
        is_half = 2 * size == n_elements
        if count == n_different:
            # of size T/2 the first half has no last frame
            chosen = members(n_elements, size)[: int(count)]
        else:
            chosen = random_members(n_elements, size, int(count), generator, as_pairs=is_half)
        inside.append(chosen)
        half = 0.5 if is_half else 1.0
        shares += [(size, half / count, 1 - count / n_different)] * len(chosen)
    columns = torch.tensor(shares, dtype=torch.float64).view(-1, 3)
    return Pairs(torch.cat(inside), columns[:, 0].long(), columns[:, 1], columns[:, 2])


def paired(rows: Tensor, n_pairs: int) -> Tensor:
    """Of each pair the coalition's value less its complement's.

    Args:
        rows: (row, …), in the order of `Pairs.evaluated`.
        n_pairs: how many pairs there are.
    """
    return rows[:n_pairs] - rows[n_pairs : 2 * n_pairs]


def summed(rows: Tensor, n_pairs: int) -> Tensor:
    """Of each pair the coalition's value and its complement's; arguments as of `paired`."""
    return rows[:n_pairs] + rows[n_pairs : 2 * n_pairs]


def fill(available: Tensor, weight: Tensor, total: int) -> Float[Tensor, " size"]:
    """Whole numbers, at least 2 or all, in proportion to weight, none above what is available."""
    counts = torch.minimum(available, torch.full_like(available, 2))
    while (open_ := counts < available).any() and (left := total - counts.sum()) >= 1:
        more = (left * weight * open_ / (weight * open_).sum()).floor()
        if more.sum() == 0:  # fewer left than sizes: one each to the smallest
            more[open_.nonzero().flatten()[: int(left)]] = 1
        counts = torch.minimum(counts + more, available)
    return counts


def random_members(
    n_elements: int, size: int, count: int, generator: torch.Generator, as_pairs: bool = False
) -> Bool[Tensor, "coalition element"]:
    """`count` different coalitions of one size, each uniform.

    Every frame is in nearly the same number of them. They are cut from random orders of the frames:
    one order gives T // size coalitions without a common frame. With as_pairs (size T/2) a
    coalition and its complement are the same, and the one without the last frame comes.
    """
    different = torch.zeros(0, n_elements, dtype=torch.bool)
    per_order = n_elements // size
    while len(different) < count:
        n_orders = -(-(count - len(different)) // per_order)
        orders = torch.rand(n_orders, n_elements, generator=generator, dtype=torch.float32).argsort(
            1
        )
        parts = orders[:, : per_order * size].reshape(-1, size)
        more = torch.zeros(len(parts), n_elements, dtype=torch.bool).scatter_(1, parts, True)
        if as_pairs:
            more = more ^ more[:, -1:]
        different = first_of_each(torch.cat([different, more]))
    return different[:count]


def first_of_each(inside: Bool[Tensor, "coalition element"]) -> Bool[Tensor, "different element"]:
    """Without repetitions, in order of appearance."""
    if inside.shape[1] < 63:  # one number for each is sorted 30 times as fast as rows are
        numbers = inside.long() @ (2 ** torch.arange(inside.shape[1]))
        different, which = torch.unique(numbers, return_inverse=True)
    else:
        different, which = torch.unique(inside, dim=0, return_inverse=True)
    first = torch.full((len(different),), len(inside)).scatter_reduce(
        0, which, torch.arange(len(inside)), reduce="amin"
    )
    return inside[first.sort().values]
