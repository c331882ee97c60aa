"""Which games are played, at how many elements and evaluations: none, one, a few, or all."""

from collections.abc import Sequence
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


def every_case() -> list[Case]:
    """All models and removals at 12 to 64 elements: an hour or two."""
    exact = product((12, 16), MODELS, [BUDGETS])
    known = product((32, 64), AVERAGES, [BUDGETS])
    # the reference is 300 times as long as the largest budget
    long = product((32, 48), MODELS[:4], [BUDGETS[:2]])
    return [
        Case(model, removal, n_elements, budgets)
        for n_elements, (model, removal), budgets in chain(exact, known, long)
    ]


GRIDS: dict[str, Sequence[Case]] = {
    "none": (),
    "one": (Case("TSN", "freeze", 12, (300,)),),
    "short": SHORT,
    "full": tuple(every_case()),
}
