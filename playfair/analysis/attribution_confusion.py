"""The true class's ESVs against other classes' on the same clip: do the same elements support both?

Likeness is the cosine of two ESV profiles over the elements, φ_y·φ_c / (|φ_y| |φ_c|): 1 where the
same elements support and distract in the same proportions, −1 where what supports one distracts
from the other. It is not centred, as an ESV's sign has a meaning. A profile shorter than 1e-6, that
is of rounding errors, has none.
"""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import blocks, esvs_of_classes, predictions, twins
from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import Design, design, rows, seeds_column
from playfair.analysis.groups import interval_of_groups
from playfair.analysis.ranges import within_range

SHORTEST = 1e-6  # probability


def against(esvs: xr.Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The true class against the class predicted (where that is wrong) and against its twin.

    Returns:
        One row per video: predicted_cosine, twin_cosine: likeness of the two profiles;
        predicted_opposed, twin_opposed: share of the elements that support one and distract from
        the other. NaN where there is no such class.

        And the mean profiles: columns other (predicted, twin), of (true, other), frame, position,
        esv, low, high (probability), videos.
    """
    label = esvs["label"].values
    predicted = predictions(esvs)
    others = {"predicted": np.where(predicted == label, -1, predicted), "twin": twins(esvs)}
    values = esvs_of_classes(esvs, np.stack([label, *others.values()], 1)).astype(np.float64)
    true = values[..., 0]
    per_video = {}
    profiles = []
    for i, (name, classes) in enumerate(others.items(), start=1):
        other = values[..., i]
        has_class = (classes >= 0)[:, None]
        opposed = (true * other < 0).mean(1)
        per_video[f"{name}_cosine"] = _cosine((true * other).sum(1), true, other)
        per_video[f"{name}_opposed"] = np.where(has_class[:, 0], opposed, np.nan)
        pair = {"true": np.where(has_class, true, np.nan), "other": other}
        for role, profile in pair.items():
            table = _profile(profile, design(esvs))
            table.insert(0, "other", name)
            table.insert(1, "of", role)
            profiles.append(table)
    return pd.DataFrame(per_video, index=rows(esvs)), pd.concat(profiles, ignore_index=True)


def _profile(values: np.ndarray, crossing: Design) -> pd.DataFrame:
    """Mean over videos by element. values: (video, element), NaN where a video does not count."""
    n = values.shape[1]
    element = np.arange(n)
    mean, low, high = mean_interval(values, crossing)
    return pd.DataFrame(
        {
            "frame": element,
            "position": element / max(n - 1, 1),
            "esv": mean,
            "low": low,
            "high": high,
            "videos": counted(values, crossing)[0],
            **seeds_column(crossing),
        }
    )


def confusion(esvs: xr.Dataset) -> pd.DataFrame:
    """Every class's ESVs on the clips of every true class: is it supported, by the same elements?

    The sum of a class's ESVs is its score minus its prior, whatever the elements, so a matrix of
    sums would only be the matrix of scores again. Its two parts are more: support, what its
    supporting elements add before distracting ones take away, and likeness, whether they are the
    elements of the true class.

    Returns:
        one row per pair of classes: true, scored (names), support = Σ_i max(φ_i, 0), probability,
        and cosine: means over the true class's videos, each with …_low, …_high; videos.
    """
    label = esvs["label"].values
    names = esvs["class_name"].values
    k = len(names)
    values = np.empty((len(label), 2 * k), np.float32)
    start = 0
    for block in blocks(esvs):
        esv = block["esv"].values
        block_rows = slice(start, start + len(esv))
        true = np.take_along_axis(esv, label[block_rows, None, None], 2)
        values[block_rows, :k] = np.maximum(esv, 0).sum(1)
        values[block_rows, k:] = _cosine((true * esv).sum(1), true, esv)
        start += len(esv)
    crossing = design(esvs)
    mean, low, high, videos = interval_of_groups(values, label, k, crossing)
    low, high = within_range(["support"] * k + ["cosine"] * k, low, high)
    table = {"true": np.repeat(names, k), "scored": np.tile(names, k)}
    for name, columns in (("support", slice(k)), ("cosine", slice(k, None))):
        table[name] = mean[:, columns].ravel()
        table[f"{name}_low"] = low[:, columns].ravel()
        table[f"{name}_high"] = high[:, columns].ravel()
    return pd.DataFrame({**table, "videos": videos[:, :k].ravel(), **seeds_column(crossing)})


def _cosine(product: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The cosine of two profiles along axis 1, elements; NaN where one has no direction.

    product: their inner product.
    """
    first_length = np.sqrt((first * first).sum(1))
    second_length = np.sqrt((second * second).sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = product / (first_length * second_length)
    long_enough = (first_length > SHORTEST) & (second_length > SHORTEST)
    return np.where(long_enough, cosine, np.nan)
