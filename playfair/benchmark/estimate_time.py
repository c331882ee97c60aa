"""Time of estimates of a model that is called, beside its passes: of a first clip, and of further ones."""

import time
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

import playfair
from playfair.benchmark.peers.counted import Counted
from playfair.benchmark.peers.heads import GRU
from playfair.shapley.caches import empty_caches

FEATURE = 64


class Call(NamedTuple):
    """What is asked of `explain` in one call.

    Attributes:
        n_elements: of each clip.
        budget: evaluations of each clip.
        removal: of the other elements.
        n_classes: whose values are told.
        n_clips: that are explained together.
    """

    n_elements: int
    budget: int
    removal: str
    n_classes: int
    n_clips: int = 1


# as many classes as Something-Something v2 has, and as many as the synthetic dataset
CALLS = (
    Call(12, 300, "delete", 12),
    Call(12, 1000, "delete", 12),
    Call(16, 300, "freeze", 12),
    Call(16, 1000, "delete", 12),
    Call(16, 1000, "freeze", 12),
    Call(32, 1000, "delete", 12),
    Call(16, 1000, "delete", 174),
    Call(16, 1000, "delete", 174, n_clips=8),
)


def measure_estimates(rounds: int, calls: Sequence[Call] = CALLS) -> pd.DataFrame:
    """Milliseconds of a clip beside the model's passes, waited for on all threads.

    Args:
        rounds: in which calls take turns, after one that warms up; the medians count.
        calls: what is asked for.

    Returns:
        A row per call: its fields; "first", ms per clip where nothing is kept of earlier calls;
        "further", of the call after it, with the same clips: they stand for others that the same
        kernels suit, as in the table of peers.
    """
    torch.manual_seed(0)
    models = {n: _made_up(n) for n in sorted({call.n_classes for call in calls})}
    first: dict[Call, list[float]] = {call: [] for call in calls}
    further: dict[Call, list[float]] = {call: [] for call in calls}
    for _ in range(rounds + 1):
        for call in calls:
            empty_caches()
            units = torch.randn(call.n_clips, call.n_elements, FEATURE)
            for times in (first, further):
                times[call].append(_milliseconds(call, models[call.n_classes], units))
    return pd.DataFrame(
        [
            {
                **call._asdict(),
                "first": median(first[call][1:]),
                "further": median(further[call][1:]),
            }
            for call in calls
        ]
    )


def _made_up(n_classes: int) -> Counted:
    """A GRU of random weights, whose scores differ as a trained one's do."""
    model = GRU(FEATURE, n_classes)
    with torch.no_grad():
        model.readout.weight *= 4
    return Counted(model.eval(), time.perf_counter)


def _milliseconds(call: Call, model: Counted, units: Tensor) -> float:
    """Of a clip, beside the passes."""
    model.reset()
    start = time.perf_counter()
    playfair.explain(model, units, removal=call.removal, budget=call.budget)
    return 1e3 * (time.perf_counter() - start - model.seconds) / call.n_clips
