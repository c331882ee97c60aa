"""Where in a clip its supporting and distracting elements lie."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.bootstrap import mean_interval
from playfair.analysis.design import design, rows, seeds_column


def by_position(esvs: xr.Dataset, dead_zone: float = 0.0) -> pd.DataFrame:
    """ESVs of the true class by element, averaged over videos, with 95 % intervals.

    Args:
        esvs: of the store.
        dead_zone: as of `strongest`.

    Returns:
        one row per element: frame, position = frame / (n − 1), esv, esv_low, esv_high
        (probability), and the share of videos in which it is the most supporting (…_distracting:
        the most distracting) one, with its interval.
    """
    values = true_class_esvs(esvs)
    crossing = design(esvs)
    n = values.shape[1]
    element = np.arange(n)
    supporting, distracting = strongest(values, dead_zone)
    columns = {
        "esv": values,
        "most_supporting": _is_at(supporting, element),
        "most_distracting": _is_at(distracting, element),
    }
    table = {"frame": element, "position": element / max(n - 1, 1)}
    for name, column in columns.items():
        mean, low, high = mean_interval(column, crossing, shares=name != "esv")
        table[name] = mean
        table[f"{name}_low"] = low
        table[f"{name}_high"] = high
    return pd.DataFrame({**table, **seeds_column(crossing)})


def extremes(esvs: xr.Dataset, dead_zone: float = 0.0) -> pd.DataFrame:
    """Whether the most supporting and most distracting element is the first, the last or between.

    Args:
        esvs: of the store.
        dead_zone: as of `strongest`.

    Returns:
        one row per video: supporting_first, …_middle, …_last and distracting_…: 0 or 1; NaN where
        no element does.
    """
    values = true_class_esvs(esvs)
    last = values.shape[1] - 1
    both = strongest(values, dead_zone)
    table: dict[str, np.ndarray] = {}
    for name, place in zip(("supporting", "distracting"), both, strict=True):
        places = {
            "first": place == 0,
            "middle": (place > 0) & (place < last),
            "last": place == last,
        }
        for word, holds in places.items():
            table[f"{name}_{word}"] = np.where(place < 0, np.nan, holds)
    return pd.DataFrame(table, index=rows(esvs))


def extremes_by_chance(n: int) -> dict[str, float]:
    """How often an element drawn evenly from n is the first, between, and the last."""
    return {"first": 1 / n, "middle": max(n - 2, 0) / n, "last": 1 / n}


def strongest(values: np.ndarray, dead_zone: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The most supporting and the most distracting element; the first of those that are equal.

    Args:
        values: (video, element), probability.
        dead_zone: up to which |ESV| an element neither supports nor distracts.

    Returns:
        two indices, each (video,), −1 where no element supports, or distracts.
    """
    supporting = np.where(values.max(1) > dead_zone, values.argmax(1), -1)
    distracting = np.where(values.min(1) < -dead_zone, values.argmin(1), -1)
    return supporting, distracting


def _is_at(place: np.ndarray, element: np.ndarray) -> np.ndarray:
    """Whether each video's strongest element is at each place: (video, element), NaN for none."""
    return np.where(place[:, None] < 0, np.nan, place[:, None] == element)
