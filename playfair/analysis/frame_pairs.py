"""Which pairs of frames work together: means of pairwise interactions, by place, by distance and by what they show.

A measure is (video, frame, frame), probability, symmetric; NaN where it is not known of a video.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import mean_interval

ROUNDING = 1e-6  # of float32 scores: below it an interaction is none

ACROSS, SAME = "across the middle", "same side"
Measures = Mapping[str, np.ndarray]


def pair_kinds(first: np.ndarray, inside: np.ndarray | None) -> dict[str, np.ndarray]:
    """Pairs of frames by what they show of the action: kind → (video, frame, frame) bool, each pair once.

    Args:
        first: (video, frame), before the middle of the action; of the clip, where the action is not known.
        inside: (video, frame), in the action; None where it is not known, and all frames count as such.
    """
    n_frames = first.shape[1]
    once = np.triu(np.ones((n_frames, n_frames), bool), 1)
    in_action = np.ones_like(first) if inside is None else inside
    both = in_action[:, :, None] & in_action[:, None, :] & once
    differ = first[:, :, None] != first[:, None, :]
    kinds = {ACROSS: both & differ, SAME: both & ~differ}
    if inside is not None:
        kinds["one in the action"] = (inside[:, :, None] ^ inside[:, None, :]) & once
        kinds["none in the action"] = ~inside[:, :, None] & ~inside[:, None, :] & once
    return kinds


def by_kind(measures: Measures, kinds: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Means over a video's pairs of each kind, then over videos: measure, pairs, mean, low, high, videos.

    The row "across − same side" is the difference within videos that have both.
    """
    rows = []
    for measure, values in measures.items():
        with np.errstate(invalid="ignore"):
            per_video = {
                kind: (values * mask).sum((1, 2)) / mask.sum((1, 2)) for kind, mask in kinds.items()
            }
        per_video["across − same side"] = per_video[ACROSS] - per_video[SAME]
        rows += [[measure, kind, *_interval(of_kind)] for kind, of_kind in per_video.items()]
    return _known(rows, "pairs")


def by_distance(measures: Measures) -> pd.DataFrame:
    """Means over pairs so many frames apart: measure, distance, mean, low, high, videos."""
    rows = []
    for measure, values in measures.items():
        for distance in range(1, values.shape[1]):
            of_distance = np.diagonal(values, distance, 1, 2).mean(1)
            rows.append([measure, distance, *_interval(of_distance)])
    return _known(rows, "distance")


def by_pair(measures: Measures) -> pd.DataFrame:
    """Means of every pair: measure, first, second (frames), mean, low, high, videos, none (the interval holds 0)."""
    parts = []
    for measure, values in measures.items():
        first, second = np.triu_indices(values.shape[1], 1)
        mean, low, high = mean_interval(values[:, first, second])
        none = (low < ROUNDING) & (high > -ROUNDING)
        columns = {
            "first": first,
            "second": second,
            "mean": mean,
            "low": low,
            "high": high,
            "none": none,
        }
        parts.append(pd.DataFrame({"measure": measure, **columns}).dropna())
    return pd.concat(parts, ignore_index=True)


def _interval(values: np.ndarray) -> tuple[float, float, float, int]:
    mean, low, high = (float(end) for end in mean_interval(values))
    return mean, low, high, int(np.isfinite(values).sum())


def _known(rows: list[list[object]], of: str) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["measure", of, "mean", "low", "high", "videos"])
    return table[table["videos"] > 1].reset_index(drop=True)
