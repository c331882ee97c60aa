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
    supporting, distracting = (
        np.where(found[:, None] < 0, np.nan, found[:, None] == each) for found in _strongest(values)
    )
    table = {"frame": each, "position": each / max(frames - 1, 1)}
    for name, column in (
        ("esv", values),
        ("most_supporting", supporting),
        ("most_distracting", distracting),
    ):
        table[name], table[f"{name}_low"], table[f"{name}_high"] = mean_interval(column)
    return pd.DataFrame(table)


def extremes(esvs: xr.Dataset) -> pd.DataFrame:
    """Whether the most supporting and the most distracting frame is the first, the last or between; a row per video.

    Returns:
        index uid; supporting_first, …_middle, …_last and distracting_…: 0 or 1; NaN where no frame does.
    """
    values = true_class_esvs(esvs)
    last = values.shape[1] - 1
    table: dict[str, np.ndarray] = {}
    for name, found in zip(("supporting", "distracting"), _strongest(values), strict=True):
        places = {
            "first": found == 0,
            "middle": (found > 0) & (found < last),
            "last": found == last,
        }
        table |= {
            f"{name}_{place}": np.where(found < 0, np.nan, there) for place, there in places.items()
        }
    return pd.DataFrame(table, index=esvs["video"].values)


def extremes_by_chance(n_frames: int) -> dict[str, float]:
    """How often a frame drawn evenly from n is the first, between, and the last."""
    return {"first": 1 / n_frames, "middle": max(n_frames - 2, 0) / n_frames, "last": 1 / n_frames}


def inside_evidence(esvs: xr.Dataset, evidence: Mapping[str, tuple[int, int]]) -> np.ndarray | None:
    """Which frames lie in the clip's known decisive interval: (video, frame) bool; None where none is known."""
    if not evidence:
        return None
    start, stop = np.array([evidence[uid] for uid in esvs["video"].values]).T
    index = esvs["frame_index"].values
    return (index >= start[:, None]) & (index < stop[:, None])


def esvs_inside_and_outside(esvs: xr.Dataset, inside: np.ndarray) -> pd.DataFrame:
    """ESVs of the true class inside and outside the decisive interval: one row per video.

    inside: (video, frame) bool, of `inside_evidence`.

    Returns:
        index uid; inside, outside: mean ESV of such frames, probability, NaN where a video has none; difference, of the
        same video; supporting_inside, supporting_outside: share of such frames with ESV > 0.
    """
    values = true_class_esvs(esvs)

    def mean(of: np.ndarray, part: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(part, of, 0).sum(1) / part.sum(1))

    table = {"inside": mean(values, inside), "outside": mean(values, ~inside)}
    table["difference"] = table["inside"] - table["outside"]
    table |= {
        "supporting_inside": mean(values > 0, inside),
        "supporting_outside": mean(values > 0, ~inside),
    }
    return pd.DataFrame(table, index=esvs["video"].values)


def _strongest(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most supporting and the most distracting frame: (video,), −1 where there is none; of equals the first."""
    supporting, distracting = values.argmax(1), values.argmin(1)
    return np.where(values.max(1) > 0, supporting, -1), np.where(values.min(1) < 0, distracting, -1)
