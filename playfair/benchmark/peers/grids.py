"""Which games are played, at how many elements and evaluations: none, one, a few, or all."""

from collections.abc import Iterable, Sequence
from itertools import chain, product

from playfair.benchmark.peers.games import KNOWN, Case

# a few minutes: each model once, with the removal that suits it
SHORT = (
    Case("GRU", "delete", 12, (300, 1000)),
    Case("TRN", "delete", 12, (300, 1000)),
    Case("transformer", "freeze", 16, (300, 1000)),
    Case("TSN", "freeze", 16, (1000,)),
    Case("TRN of neighbours", "delete", 32, (1000,)),
    Case("TSN of probabilities", "freeze", 32, (1000,)),
    Case("GRU", "delete", 32, (300,)),
)
BUDGETS = (300, 1000, 3000)
# the multi-scale TRN has no fixed length: what is frozen is shown to one that has
MODELS = (
    ("GRU", "delete"),
    ("GRU", "freeze"),
    ("transformer", "delete"),
    ("transformer", "freeze"),
    ("TRN", "delete"),
    ("TRN of fixed length", "freeze"),
    ("TSN", "delete"),
    ("TSN", "freeze"),
)
AVERAGES = (
    ("TSN of probabilities", "delete"),
    ("TSN of probabilities", "freeze"),
    ("TRN of neighbours", "delete"),
    (KNOWN, "delete"),
)


def wide_cases() -> list[Case]:
    """All models and removals at 12, 16 and 32 elements, from few evaluations to many."""
    exact = product((12, 16), MODELS, [BUDGETS])
    # of the trained models a long run is the truth
    many = product((32,), (*AVERAGES, *MODELS[:4]), [BUDGETS])
    return cases_of(chain(exact, many))


def longer_cases() -> list[Case]:
    """Likewise at 48 and 64 elements."""
    long = product((48,), MODELS[:4], [BUDGETS[:2]])
    return cases_of(chain(product((64,), AVERAGES, [BUDGETS]), long))


def cases_of(grid: Iterable[tuple[int, tuple[str, str], tuple[int, ...]]]) -> list[Case]:
    """Cases from (elements, (model, removal), budgets)."""
    return [
        Case(model, removal, n_elements, budgets) for n_elements, (model, removal), budgets in grid
    ]


GRIDS: dict[str, Sequence[Case]] = {
    "none": (),
    "one": (Case("TSN", "freeze", 12, (300,)),),
    "short": SHORT,
    "wide": tuple(wide_cases()),
    "full": (*wide_cases(), *longer_cases()),
}
# grids of which only the strongest of the peers are asked
STRONGEST_ONLY = ("wide",)
