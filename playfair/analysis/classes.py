"""ESVs by class: their profiles over the clip, and whether they lean on early, late or few frames."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.bootstrap import interval_of_groups
from playfair.datasets.twins import time_reversed_twins

LEAST_VIDEOS = 10  # of a class of which it is said what it leans on


def profiles(esvs: xr.Dataset) -> pd.DataFrame:
    """Mean ESV of the true class by class and position, with 95 % intervals over the class's videos.

    Returns:
        columns class, frame, position = frame / (n − 1), esv, low, high (probability), videos.
    """
    n, names = esvs.sizes["frame"], esvs["class_name"].values
    mean, low, high, videos = interval_of_groups(
        true_class_esvs(esvs), esvs["label"].values, len(names)
    )
    columns = {"esv": mean, "low": low, "high": high, "videos": videos}
    frame = np.tile(np.arange(n), len(names))
    return pd.DataFrame(
        {
            "class": np.repeat(names, n),
            "frame": frame,
            "position": frame / max(n - 1, 1),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )


def leaning(esvs: xr.Dataset) -> pd.DataFrame:
    """Where in the clip the support of the true class lies, and on how many frames: one row per video.

    With p_i = max(φ_i, 0) / Σ_j max(φ_j, 0), the shares of the support:

    Returns:
        index uid; centre = Σ p_i·position_i in [0, 1], its centre of mass; effective_frames = exp(−Σ p_i log p_i) in
        [1, n], the number of equally supporting frames with the same entropy (Hill 1973). NaN where no frame supports.
    """
    support = np.maximum(true_class_esvs(esvs).astype(np.float64), 0)
    position = np.arange(support.shape[1]) / max(support.shape[1] - 1, 1)
    with np.errstate(invalid="ignore"):
        share = support / support.sum(1, keepdims=True)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(1)
    return pd.DataFrame(
        {"centre": share @ position, "effective_frames": np.exp(entropy)},
        index=esvs["video"].values,
    )


def leaning_by_class(esvs: xr.Dataset) -> pd.DataFrame:
    """Means of `leaning` over each class's videos, and what a class leans on.

    Returns:
        columns class, twin (its time-reversed twin, or ""), videos, centre, centre_low, centre_high, effective_frames,
        …_low, …_high, and leans: "early" ("late") where the centre's whole interval lies before (after) the clip's
        middle, "few frames" where that of effective_frames lies below the mean over all videos. Nothing is said
        of fewer than 10 videos, whose intervals are too short. Intervals are of one class each: of 174 classes that
        lean on nothing, about 4 would be said to be early by chance.
    """
    names, per_video = esvs["class_name"].values, leaning(esvs)
    mean, low, high, counted = interval_of_groups(
        per_video.to_numpy(), esvs["label"].values, len(names)
    )
    twins = time_reversed_twins(names.tolist())
    videos = np.bincount(esvs["label"].values, minlength=len(names))
    twin = np.where(twins >= 0, names[twins], "")
    table: dict[str, object] = {"class": names, "twin": twin, "videos": videos}
    for i, name in enumerate(per_video):
        table |= {name: mean[:, i], f"{name}_low": low[:, i], f"{name}_high": high[:, i]}
    few = high[:, 1] < per_video["effective_frames"].mean()
    enough = counted[:, 0] >= LEAST_VIDEOS
    said = [
        ("early", enough & (high[:, 0] < 0.5)),
        ("late", enough & (low[:, 0] > 0.5)),
        ("few frames", enough & few),
    ]
    table["leans"] = [
        ", ".join(word for word, holds in said if holds[one]) for one in range(len(names))
    ]
    return pd.DataFrame(table)


def shown_classes(esvs: xr.Dataset, most: int) -> np.ndarray:
    """Classes for a figure to show: the `most` with the most videos, time-reversed twins side by side."""
    videos = np.bincount(esvs["label"].values, minlength=esvs.sizes["class"])
    chosen = np.argsort(-videos, kind="stable")[:most]
    chosen = np.sort(chosen[videos[chosen] > 0])
    twin = time_reversed_twins(esvs["class_name"].values.tolist())[chosen]
    first = np.where(np.isin(twin, chosen), np.minimum(chosen, twin), chosen)  # of each pair
    return np.asarray(chosen[np.lexsort((chosen, first))])
