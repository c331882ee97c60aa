"""ESVs by class: their profiles over the clip, and whether they lean on early, late or few."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.bootstrap import counted
from playfair.analysis.design import Design, design, rows, seeds_column
from playfair.analysis.groups import interval_of_groups, p_values_of_groups
from playfair.analysis.verdicts import ALPHA, holm

LEAST_VIDEOS = 10  # of a class of which it is said what it leans on


class Groups(NamedTuple):
    """Coarse groups of classes."""

    names: tuple[str, ...]
    of_class: np.ndarray  # (class,), −1 of a class in none


def profiles(esvs: xr.Dataset, groups: Groups | None = None) -> pd.DataFrame:
    """Mean ESV of the true class by class and position, with intervals over its videos.

    Args:
        esvs: of the store.
        groups: to take together; None: each class by itself.

    Returns:
        columns class (its group's name, where there are groups), frame, position = frame / (n − 1),
        esv, low, high (probability), videos.
    """
    n = esvs.sizes["element"]
    esvs, names, label = _grouped(esvs, groups)
    crossing = design(esvs)
    mean, low, high, videos = interval_of_groups(true_class_esvs(esvs), label, len(names), crossing)
    element = np.tile(np.arange(n), len(names))
    return pd.DataFrame(
        {
            "class": np.repeat(names, n),
            "frame": element,
            "position": element / max(n - 1, 1),
            "esv": mean.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "videos": videos.ravel(),
            **seeds_column(crossing),
        }
    )


def leaning(esvs: xr.Dataset) -> pd.DataFrame:
    """Where in the clip the support of the true class lies, and on how many elements.

    With p_i = max(φ_i, 0) / Σ_j max(φ_j, 0), the shares of the support:

    Returns:
        one row per video: centre = Σ p_i·position_i in [0, 1], its centre of mass; effective_frames
        = exp(−Σ p_i log p_i) in [1, n], the number of equally supporting elements with the same
        entropy (Hill 1973). NaN where no element supports.
    """
    support = np.maximum(true_class_esvs(esvs).astype(np.float64), 0)
    position = np.arange(support.shape[1]) / max(support.shape[1] - 1, 1)
    with np.errstate(invalid="ignore"):
        share = support / support.sum(1, keepdims=True)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(1)
    columns = {"centre": share @ position, "effective_frames": np.exp(entropy)}
    return pd.DataFrame(columns, index=rows(esvs))


def leaning_by_class(esvs: xr.Dataset, groups: Groups | None = None) -> pd.DataFrame:
    """Means of `leaning` over each class's videos, and what a class leans on.

    Args:
        esvs: of the store.
        groups: to take together, which have no twin; None: each class by itself.

    Returns:
        columns class, twin (or ""), videos, centre, centre_low, centre_high, effective_frames,
        …_low, …_high, …_p_holm, and leans: "early" ("late") where the centre lies before (after)
        the clip's middle, "few frames" where effective_frames lies below the mean over all videos:
        each where p_holm, corrected for all verdicts of the table (Holm), is below 0.05. Nothing is
        said of classes with fewer than 10 videos. Intervals are of one class each.
    """
    esvs, names, label = _grouped(esvs, groups)
    crossing = design(esvs)
    per_video = leaning(esvs)
    mean, low, high, videos = interval_of_groups(per_video.to_numpy(), label, len(names), crossing)
    twin = esvs["twin"].values if groups is None else np.full(len(names), -1)
    table: dict[str, object] = {
        "class": names,
        "twin": np.where(twin >= 0, names[twin], ""),
        "videos": _videos_of_classes(label, len(names), crossing),
    }
    beside = np.array([0.5, per_video["effective_frames"].mean()])
    p = p_values_of_groups(per_video.to_numpy(), label, len(names), crossing, beside)
    p = np.where(videos >= LEAST_VIDEOS, p, np.nan)
    p_holm = holm(p.ravel()).reshape(p.shape)
    for i, name in enumerate(per_video):
        table[name] = mean[:, i]
        table[f"{name}_low"] = low[:, i]
        table[f"{name}_high"] = high[:, i]
        table[f"{name}_p_holm"] = p_holm[:, i]
    told_apart = p_holm < ALPHA
    words = {
        "early": told_apart[:, 0] & (mean[:, 0] < 0.5),
        "late": told_apart[:, 0] & (mean[:, 0] > 0.5),
        "few frames": told_apart[:, 1] & (mean[:, 1] < beside[1]),
    }
    table["leans"] = [
        ", ".join(word for word, holds in words.items() if holds[i]) for i in range(len(names))
    ]
    return pd.DataFrame({**table, **seeds_column(crossing)})


def _grouped(esvs: xr.Dataset, groups: Groups | None) -> tuple[xr.Dataset, np.ndarray, np.ndarray]:
    """The videos whose class is in a group, the groups' names, and each video's: (video,)."""
    label = esvs["label"].values
    if groups is None:
        return esvs, esvs["class_name"].values, label
    group = groups.of_class[label]
    if (group < 0).any():
        esvs = esvs.isel(video=np.flatnonzero(group >= 0))
    return esvs, np.array(groups.names, dtype=object), group[group >= 0]


def _videos_of_classes(label: np.ndarray, n_classes: int, crossing: Design) -> np.ndarray:
    """How many videos each class has: (class,)."""
    of_class = np.where(label[:, None] == np.arange(n_classes), 1.0, np.nan)
    return counted(of_class, crossing)


def shown_classes(esvs: xr.Dataset, most: int) -> np.ndarray:
    """Classes for a figure to show: the `most` with the most videos, twins side by side."""
    videos = np.bincount(esvs["label"].values, minlength=esvs.sizes["class"])
    chosen = np.argsort(-videos, kind="stable")[:most]
    chosen = np.sort(chosen[videos[chosen] > 0])
    twin = esvs["twin"].values[chosen]
    # the first of the two, by which both are sorted
    first = np.where(np.isin(twin, chosen), np.minimum(chosen, twin), chosen)
    return np.asarray(chosen[np.lexsort((chosen, first))])
