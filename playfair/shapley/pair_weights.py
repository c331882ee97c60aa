"""The pairwise Shapley interaction index as a mean over coalitions and their complements.

With k the size of a coalition S of T elements, n of them of the two in question, and m(S) = v(S) +
v(S's complement),

    I_ij = sum over k <= T/2 of  h_k  E over |S| = k of [ a_k(n) m(S) ],
    a_k(2) = T / (k (k - 1)),   a_k(1) = -T / (k (T - k)),   a_k(0) = T / ((T - k) (T - k - 1)),

h_k as in `pairs`: so the coalitions that tell ESVs by their differences tell interactions by their
sums. From k = 2 on the mean of a is 0, and what all coalitions of a size have in common counts
nothing.
"""

from itertools import product
from math import comb

import torch
from jaxtyping import Float, Int
from torch import Tensor

from playfair.shapley.pairs import IN_FULL, Pairs, distinct_pairs, draw_pairs

FEWEST = 12  # pairs of coalitions of a size, or all


def weight(n_elements: int, size: int, n_inside: int) -> float:
    """a_k(n) above; 0 where no coalition of the size holds so many of the two.

    Example:
        >>> [round(weight(4, 2, n), 2) for n in (0, 1, 2)]
        [2.0, -1.0, 2.0]
    """
    of_others = n_elements - size
    if n_inside == 1:
        return -n_elements / (size * of_others) if size and of_others else 0.0
    several = size if n_inside == 2 else of_others
    return n_elements / (several * (several - 1)) if several > 1 else 0.0


def noise(n_elements: int, size: int) -> float:
    """How much of a size is drawn: as its noise counts. Of one element all: there a has a mean."""
    if size == 1:
        return IN_FULL
    chances = (chance(n_elements, size, 2, n) * comb(2, n) for n in (0, 1, 2))
    square = sum(share * weight(n_elements, size, n) ** 2 for n, share in enumerate(chances))
    return float(square**0.5)


def chance(n_elements: int, size: int, n_known: int, n_inside: int) -> float:
    """That a random coalition of a size holds given ones of some elements, and none of the others.

    Example:
        >>> chance(4, 2, n_known=2, n_inside=1)  # the first and not the second
        0.3333333333333333
    """
    if not n_inside <= size <= n_elements - n_known + n_inside:
        return 0.0
    return comb(n_elements - n_known, size - n_inside) / comb(n_elements, size)


def draw(n_elements: int, n_pairs: int, generator: torch.Generator) -> Pairs:
    """Coalitions and complements for interactions; all of one element, and its complement."""
    return draw_pairs(n_elements, n_pairs, generator, noise)


def least_pairs(n_elements: int) -> int:
    """All of one element, and twelve of each further size, or all."""
    n_pairs = [distinct_pairs(n_elements, size) for size in range(2, n_elements // 2 + 1)]
    return n_elements + sum(min(n, FEWEST) for n in n_pairs) if n_elements > 2 else 1


def both(n_elements: int) -> tuple[Int[Tensor, " pair"], Int[Tensor, " pair"]]:
    """The first and the second of every two elements."""
    first, second = torch.triu_indices(n_elements, n_elements, offset=1)
    return first, second


def contrast(pairs: Pairs) -> Float[Tensor, "coalition pair"]:
    """a of each coalition and every two elements."""
    n_elements = pairs.inside.shape[1]
    first, second = both(n_elements)
    n_inside = pairs.inside[:, first].int() + pairs.inside[:, second].int()
    sizes = range(n_elements // 2 + 1)
    table = torch.tensor(
        [[weight(n_elements, size, n) for n in (0, 1, 2)] for size in sizes], dtype=torch.float64
    )
    return table[pairs.size[:, None], n_inside]


def of_same_side(n_elements: int, of_sizes: Float[Tensor, " size"]) -> tuple[float, float, float]:
    """The index of a game that says whether two elements are on the same side, times its size's.

    Args:
        n_elements: of the game.
        of_sizes: what m is where they are, of each size from 0 to half of the elements.

    Returns:
        Of these two elements, of two of which one is of these, and of two others.

    Example:
        >>> import torch
        >>> [abs(round(index, 6)) for index in of_same_side(6, torch.ones(4))]
        [1.0, 0.0, 0.0]
    """
    # places of the two in question, and of the two that are compared, among the elements known
    own = expected(n_elements, of_sizes, (0, 1), (0, 1), 2)
    shared = expected(n_elements, of_sizes, (0, 1), (1, 2), 3)
    others = expected(n_elements, of_sizes, (0, 1), (2, 3), 4)
    return own, shared, others


def expected(
    n_elements: int,
    of_sizes: Float[Tensor, " size"],
    asked: tuple[int, int],
    compared: tuple[int, int],
    n_known: int,
) -> float:
    """One of these: the sum over sizes, of the mean over which of the known elements are inside."""
    if n_known > n_elements:
        return 0.0
    total = 0.0
    for size, value in enumerate(of_sizes.tolist()):
        half = 0.5 if 2 * size == n_elements else 1.0
        for known in product((0, 1), repeat=n_known):
            if known[compared[0]] == known[compared[1]]:
                n_inside = known[asked[0]] + known[asked[1]]
                share = chance(n_elements, size, n_known, sum(known))
                total += half * value * share * weight(n_elements, size, n_inside)
    return total
