"""How alike two coalitions of elements are that come one after the other.

A model of videos tells coalitions apart by more than their members. With elements frozen it sees
the same where both show the same element at a place; with elements deleted it sees which elements
have become neighbours, and which place of the shorter input an element has. Each of these is a
number of places at which two coalitions agree, and each is counted by summing rows of a table.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag

from playfair.shapley.caches import bytes_within, kept
from playfair.shapley.removal import seen

Inside = Bool[Tensor, "coalition element"]
# What depends on sizes and on one number of places is looked up, in a fifth of the time of a sum of
# exponentials. Of more elements the table is longer than what is looked up in it.
MOST_TABULATED = 48

Codes = Callable[[Inside], tuple[Int[Tensor, "coalition place"], int]]


class Others:
    """Coalitions that many others are compared with; their tables are made once.

    Args:
        inside: the coalitions.
        dtype: of what is computed.
    """

    def __init__(self, inside: Inside, dtype: torch.dtype) -> None:
        self.inside = inside
        self.dtype = dtype
        self.members = inside.float().T.contiguous()
        self.size = inside.sum(1).to(dtype)
        self.tables: dict[Codes, Tensor] = {}

    def table(self, codes: Codes) -> Float[Tensor, "code other"]:
        """1 where a coalition has the code; the last row is 0."""
        if codes not in self.tables:
            columns, n_codes = codes(self.inside)
            table = torch.zeros(n_codes, len(columns), dtype=torch.float32, device=columns.device)
            table.scatter_(0, columns.T, 1.0)
            table[-1] = 0
            self.tables[codes] = table
        return self.tables[codes]


class Likeness:
    """Of some coalitions with others, what kernels are made of; computed when it is asked for.

    Args:
        some: coalitions, one a row of the answers.
        others: coalitions, one a column.

    Example:
        >>> some = torch.tensor([[True, False, True], [True, True, True]])
        >>> alike = Likeness(some, Others(some, torch.float64))
        >>> alike.shown.round(decimals=2).tolist()
        [[1.0, 0.67], [0.67, 1.0]]
    """

    def __init__(self, some: Inside, others: Others) -> None:
        self.some = some
        self.others = others
        self.n_elements = some.shape[1]
        self.size = some.sum(1).to(others.dtype)[:, None]
        self.size_of_others = others.size
        self.indices: dict[Codes, Tensor] = {}

    @cached_property
    def shared(self) -> Float[Tensor, "coalition other"]:
        """Elements that both have."""
        return self.agreeing(members)

    @cached_property
    def cosine(self) -> Float[Tensor, "coalition other"]:
        """Of the masks."""
        return self.over(self.shared, 0)

    @cached_property
    def apart(self) -> Float[Tensor, "coalition other"]:
        """Share of the elements that one has and the other has not."""
        return (self.size + self.size_of_others - 2 * self.shared) / self.n_elements

    @cached_property
    def averaged(self) -> Float[Tensor, "coalition other"]:
        """What means over the elements of each have in common."""
        return self.shared * (self.n_elements / self.size) / self.size_of_others

    @cached_property
    def pairs(self) -> Float[Tensor, "coalition other"]:
        """Cosine of the sets of pairs of elements."""
        pairs = self.shared * (self.shared - 1)
        own = (self.size * (self.size - 1)).clamp(min=2).rsqrt()
        of_others = (self.size_of_others * (self.size_of_others - 1)).clamp(min=2).rsqrt()
        return pairs * own * of_others

    @cached_property
    def same_size(self) -> Float[Tensor, "coalition other"]:
        """1 where both are of one size, less where one is many times the other."""
        return torch.exp(-2 * (self.size.log() - self.size_of_others.log()).square())

    @cached_property
    def shown(self) -> Float[Tensor, "coalition other"]:
        """Share of the places at which both show the same element, removed ones being frozen."""
        return self.agreeing(shown_at_places) / self.n_elements

    @cached_property
    def neighbours(self) -> Float[Tensor, "coalition other"]:
        """Cosine of the sets of neighbouring elements, with the start and the end as elements."""
        return self.over(self.agreeing(neighbours_before), 1)

    @cached_property
    def averaged_neighbours(self) -> Float[Tensor, "coalition other"]:
        """What means over the pairs of neighbouring elements of each have in common."""
        inner = self.agreeing(neighbours_within)
        n_pairs = self.n_elements - 1
        own = n_pairs / (self.size - 1).clamp(min=1)
        return inner * own / (self.size_of_others - 1).clamp(min=1)

    @cached_property
    def from_start(self) -> Float[Tensor, "coalition other"]:
        """Cosine of the sets of elements with their places, counted from the start."""
        return self.over(self.agreeing(places_from_start), 0)

    @cached_property
    def from_end(self) -> Float[Tensor, "coalition other"]:
        """Likewise, counted from the end."""
        return self.over(self.agreeing(places_from_end), 0)

    @property
    def n_bytes(self) -> int:
        """What was computed by now, and what it was counted by."""
        return bytes_within(self, self.indices, self.others, self.others.tables)

    def over(self, count: Tensor, more: int) -> Float[Tensor, "coalition other"]:
        """A count as a cosine of sets, which hold so many more than the coalitions' elements."""
        return count * (self.size + more).rsqrt() * (self.size_of_others + more).rsqrt()

    def agreeing(self, codes: Codes) -> Float[Tensor, "coalition other"]:
        """At how many places the coalitions' codes agree.

        Args:
            codes: of coalitions, (coalition, place), and how many there are, of which the last
                agrees with none.
        """
        return self.counts(codes).to(self.others.dtype)

    def counts(self, codes: Codes) -> Float[Tensor, "coalition other"]:
        """Likewise; float32."""
        if codes is members:
            return self.some.float() @ self.others.members
        rows, n_codes = codes(self.some)
        agreeing = rows < n_codes - 1
        n_rows = agreeing.sum(1)
        return embedding_bag(
            rows[agreeing], self.others.table(codes), n_rows.cumsum(0) - n_rows, mode="sum"
        )

    def index(self, codes: Codes) -> Int[Tensor, " two"]:
        """Where in a part's table every two coalitions are, row by row."""
        if codes not in self.indices:
            n = self.n_elements
            of_some = (self.size.float() - 1) * (n * (n + 2))
            of_others = (self.size_of_others.float() - 1) * (n + 2)
            index = self.counts(codes).add_(of_some).add_(of_others)
            self.indices[codes] = index.int().flatten()
        return self.indices[codes]

    def told(self, part: "Part") -> Float[Tensor, "coalition other"]:
        """A part of a kernel."""
        if self.n_elements > MOST_TABULATED:
            return part.function(self)
        table = table_of(part, self.n_elements, self.others.dtype, self.some.device)
        flat = table.index_select(0, self.index(part.codes))
        return flat.view(len(self.some), len(self.others.inside))


class Part(NamedTuple):
    """What a kernel makes of sizes and of one number of places at which two coalitions agree.

    Attributes:
        codes: whose places are counted.
        function: of how alike coalitions are.
    """

    codes: Codes
    function: Callable[[Likeness], Float[Tensor, "coalition other"]]


class Possible(Likeness):
    """All sizes, with all sizes and all numbers of places, for the table of a part."""

    def __init__(self, n_elements: int) -> None:
        sizes = torch.arange(1, n_elements + 1, dtype=torch.float64)
        n_places = torch.arange(n_elements + 2, dtype=torch.float64)
        self.n_elements = n_elements
        self.size = sizes[:, None]
        self.size_of_others = sizes.repeat_interleave(len(n_places))
        self.n_places = n_places.repeat(n_elements).expand(n_elements, -1)

    def agreeing(self, codes: Codes) -> Float[Tensor, "coalition other"]:
        """Whatever is counted."""
        return self.n_places


@kept(maxsize=128)
def table_of(
    part: Part, n_elements: int, dtype: torch.dtype, device: torch.device
) -> Float[Tensor, " place"]:
    """A part of a kernel, by size, size of the other coalition, and number of places."""
    table = part.function(Possible(n_elements))
    return table.expand(n_elements, -1).flatten().to(device, dtype)


def members(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """The coalition's elements."""
    n_elements = inside.shape[1]
    element = torch.arange(n_elements, device=inside.device)
    return torch.where(inside, element, n_elements), n_elements + 1


def shown_at_places(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """The element shown at each place."""
    n_elements = inside.shape[1]
    first = torch.arange(n_elements, device=inside.device) * n_elements
    return first + seen(inside, "freeze"), n_elements**2 + 1


def neighbours_before(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """Of each element, and of the end, the element before it, or the start.

    Example:
        >>> codes, n_codes = neighbours_before(torch.tensor([[True, False, True]]))
        >>> codes.tolist(), n_codes
        ([[0, 16, 9, 15]], 17)
    """
    n_elements = inside.shape[1]
    ends = torch.ones_like(inside[:, :1])
    places = torch.cat([ends, inside, ends], dim=1)
    at = torch.arange(n_elements + 2, device=inside.device)
    last = torch.where(places, at, 0).cummax(1).values[:, :-1]
    none = (n_elements + 1) ** 2
    codes = at[:-1] * (n_elements + 1) + last
    return torch.where(places[:, 1:], codes, none), none + 1


def neighbours_within(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """Of each element but the first, the element before it."""
    n_elements = inside.shape[1]
    codes, n_codes = neighbours_before(inside)
    # those whose element before is the start, or that are the end, agree with none
    of_start = codes % (n_elements + 1) == 0
    of_end = torch.arange(n_elements + 1, device=inside.device) == n_elements
    return torch.where(of_start | of_end, n_codes - 1, codes), n_codes


def places_from_start(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """Of each element, at which place of the coalition it is."""
    n_elements = inside.shape[1]
    first = torch.arange(n_elements, device=inside.device) * n_elements
    codes = first + inside.cumsum(1) - 1
    return torch.where(inside, codes, n_elements**2), n_elements**2 + 1


def places_from_end(inside: Inside) -> tuple[Int[Tensor, "coalition place"], int]:
    """Likewise, counted from the end."""
    return places_from_start(inside.flip(1))
