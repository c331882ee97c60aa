"""Time of estimates of a called model: what is kept from the first call saves the further one."""

import pandas as pd

from playfair.benchmark import estimate_time
from playfair.benchmark.estimate_time import CALLS, Call, measure_estimates
from playfair.experiments.benchmark import headline_of_estimates
from playfair.shapley import kernel


def test_a_row_per_call_of_a_first_clip_and_of_a_further_one(monkeypatch):
    kept = []
    shown = []

    def noting(call, model, units):
        milliseconds = timed(call, model, units)
        kept.append(bool(kernel.DESIGNS.n_bytes))
        shown.append(units)
        return milliseconds

    timed = estimate_time._milliseconds
    monkeypatch.setattr(estimate_time, "_milliseconds", noting)
    emptied = []
    monkeypatch.setattr(estimate_time, "empty_caches", lambda: emptied.append(len(kept)))
    calls = (Call(8, 60, "delete", 3), Call(8, 60, "freeze", 5, n_clips=2))
    table = measure_estimates(1, calls)
    assert emptied == [0, 2, 4, 6]  # before each first call, and not before a further one
    assert all(
        first.equal(further) for first, further in zip(shown[::2], shown[1::2], strict=True)
    )  # the same kernels suit
    assert table[list(Call._fields)].to_dict("records") == [call._asdict() for call in calls]
    assert (table[["first", "further"]] > 0).all(axis=None)


def test_the_metrics_are_of_one_clip_of_all_classes_of_something_something():
    rows = [
        {**call._asdict(), "first": 100.0 + k, "further": 10.0 + k} for k, call in enumerate(CALLS)
    ]
    place = CALLS.index(Call(16, 1000, "delete", 174))
    assert headline_of_estimates(pd.DataFrame(rows)) == {
        "first_estimate_ms": 100 + place,
        "further_estimate_ms": 10 + place,
    }
