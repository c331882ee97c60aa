"""The documented interval, written a second time: the percentile bootstrap over videos."""

import numpy as np


def interval(values: object) -> tuple[float, float]:
    """2.5 % and 97.5 % of the means of 1,000 draws; NaN: a video that does not count."""
    column = np.array(values, dtype=float)
    rows = np.random.default_rng(0).integers(len(column), size=(1000, len(column)))
    drawn, counted = column[rows], np.isfinite(column[rows])
    counts = counted.sum(1)
    means = np.where(counted, drawn, 0).sum(1)[counts > 0] / counts[counts > 0]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def mean(values: object) -> float:
    return float(np.nanmean(np.array(values, dtype=float)))
