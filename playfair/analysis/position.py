"""Where in a clip its supporting and distracting frames lie."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.bootstrap import mean_interval


def by_position(esvs: xr.Dataset) -> pd.DataFrame:
    """ESVs of the true class by frame, averaged over videos, with 95 % intervals.

    Returns:
        one row per frame: frame, position = frame / (n − 1), esv, esv_low, esv_high (probability), and the share of
        videos in which the frame is the most supporting (…_distracting: the most distracting) one, with its interval.
    """
    values = true_class_esvs(esvs)
    frames = values.shape[1]
    each = np.arange(frames)
    supporting = values.argmax(1)[:, None] == each
    distracting = values.argmin(1)[:, None] == each
    table = {"frame": each, "position": each / max(frames - 1, 1)}
    for name, column in (("esv", values), ("most_supporting", supporting), ("most_distracting", distracting)):
        table[name], table[f"{name}_low"], table[f"{name}_high"] = mean_interval(column)
    return pd.DataFrame(table)


def inside_evidence(esvs: xr.Dataset, evidence: Mapping[str, tuple[int, int]]) -> np.ndarray | None:
    """Which frames lie in the clip's known decisive interval: (video, frame) bool; None where none is known."""
    if not evidence:
        return None
    start, stop = np.array([evidence[uid] for uid in esvs["video"].values]).T
    index = esvs["frame_index"].values
    return (index >= start[:, None]) & (index < stop[:, None])


def mean_esv_inside_and_outside(esvs: xr.Dataset, inside: np.ndarray) -> pd.DataFrame:
    """Mean ESV of the true class over frames inside and outside the decisive interval, with 95 % intervals."""
    values = true_class_esvs(esvs)
    with np.errstate(invalid="ignore"):
        per_video = np.stack([np.where(part, values, 0).sum(1) / part.sum(1) for part in (inside, ~inside)], axis=1)
    mean, low, high = mean_interval(per_video)
    return pd.DataFrame({"frames": ["inside", "outside"], "esv": mean, "esv_low": low, "esv_high": high})
