"""Which pairs work together: means of pairwise interactions, by place, distance and what they show.

A measure is (video, element, element), probability, symmetric; NaN where it is not known of a
video.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import Design, one_seed, seeds_column
from playfair.analysis.evidence import Evidence

ROUNDING = 1e-6  # of float32 scores: below it an interaction is none

ACROSS = "across the middle"
SAME = "same side"
Measures = Mapping[str, np.ndarray]


def pair_kinds(first: np.ndarray, evidence: Evidence | None) -> dict[str, np.ndarray]:
    """Pairs by what they show of the action: kind → (video, element, element) bool, each pair once.

    Args:
        first: (video, element), before the middle of the action; of the clip, where the action is
            not known.
        evidence: which elements lie in the action; None where it is not known, and all count as
            such.
    """
    n = first.shape[1]
    once = np.triu(np.ones((n, n), bool), 1)
    inside = np.ones_like(first) if evidence is None else evidence.inside
    both = _pairs(inside, inside) & once
    differ = first[:, :, None] != first[:, None, :]
    kinds = {ACROSS: both & differ, SAME: both & ~differ}
    if evidence is not None:
        outside = evidence.outside
        mixed = _pairs(inside, outside) | _pairs(outside, inside)
        kinds["one in the action"] = mixed & once
        kinds["none in the action"] = _pairs(outside, outside) & once
    return kinds


def _pairs(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Pairs of one element of each part: (video, element, element) bool."""
    return np.asarray(left[:, :, None] & right[:, None, :])


def by_kind(
    measures: Measures, kinds: Mapping[str, np.ndarray], design: Design | None = None
) -> pd.DataFrame:
    """Means over a video's pairs of each kind, then over videos.

    Returns:
        columns measure, pairs, mean, low, high, videos. The row "across − same side" is the
        difference within videos that have both.
    """
    rows = []
    for measure, values in measures.items():
        per_video = {kind: _mean_of_pairs(values, mask) for kind, mask in kinds.items()}
        per_video["across − same side"] = per_video[ACROSS] - per_video[SAME]
        for kind, column in per_video.items():
            rows.append([measure, kind, *_interval(column, design)])
    return _known(rows, "pairs", design)


def _mean_of_pairs(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((values * mask).sum((1, 2)) / mask.sum((1, 2)))


def by_distance(measures: Measures, design: Design | None = None) -> pd.DataFrame:
    """Means over pairs so many elements apart: measure, distance, mean, low, high, videos."""
    rows = []
    for measure, values in measures.items():
        for distance in range(1, values.shape[1]):
            column = np.diagonal(values, distance, 1, 2).mean(1)
            rows.append([measure, distance, *_interval(column, design)])
    return _known(rows, "distance", design)


def by_pair(measures: Measures, design: Design | None = None) -> pd.DataFrame:
    """Means of every pair.

    Returns:
        columns measure, first, second (elements), mean, low, high, none (the interval holds 0).
    """
    parts = []
    for measure, values in measures.items():
        first, second = np.triu_indices(values.shape[1], 1)
        mean, low, high = mean_interval(values[:, first, second], design)
        columns = {
            "measure": measure,
            "first": first,
            "second": second,
            "mean": mean,
            "low": low,
            "high": high,
            "none": (low < ROUNDING) & (high > -ROUNDING),
        }
        parts.append(pd.DataFrame(columns).dropna())
    table = pd.concat(parts, ignore_index=True)
    return table.assign(**seeds_column(design or one_seed(0)))


def _interval(column: np.ndarray, design: Design | None) -> tuple[float, float, float, int]:
    mean, low, high = mean_interval(column, design)
    return float(mean), float(low), float(high), int(counted(column, design))


def _known(rows: list[list[object]], by: str, design: Design | None) -> pd.DataFrame:
    """The table of these rows, without those of fewer than 2 videos."""
    table = pd.DataFrame(rows, columns=["measure", by, "mean", "low", "high", "videos"])
    table = table[table["videos"] > 1].reset_index(drop=True)
    return table.assign(**seeds_column(design or one_seed(0)))
