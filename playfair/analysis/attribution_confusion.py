"""The true class's ESVs against other classes' ESVs on the same clip: do the same frames support both?

Likeness is the cosine of two ESV profiles over the frames, φ_y·φ_c / (|φ_y| |φ_c|): 1 where the same frames support and
distract in the same proportions, −1 where what supports one distracts from the other. It is not centred, as an ESV's
sign has a meaning. A profile shorter than 1e-6, that is of rounding errors, has none.
"""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import blocks, esvs_of_classes, predictions
from playfair.analysis.bootstrap import interval_of_groups, mean_interval
from playfair.datasets.twins import time_reversed_twins

SHORTEST = 1e-6  # probability


def against(esvs: xr.Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The true class against the class predicted (where that is wrong) and against its time-reversed twin.

    Returns:
        One row per video, index uid: predicted_cosine, twin_cosine: likeness of the two profiles; predicted_opposed,
        twin_opposed: share of the frames that support one and distract from the other. NaN where there is no such
        class. And the mean profiles: columns other (predicted, twin), of (true, other), frame, position, esv, low, high
        (probability), videos.
    """
    label = esvs["label"].values
    predicted, twin = (
        predictions(esvs),
        time_reversed_twins(esvs["class_name"].values.tolist())[label],
    )
    others = {"predicted": np.where(predicted == label, -1, predicted), "twin": twin}
    values = esvs_of_classes(esvs, np.stack([label, *others.values()], 1)).astype(np.float64)
    true, n = values[..., 0], values.shape[1]
    each, per_video, found = np.arange(n), {}, []
    for i, (name, classes) in enumerate(others.items(), start=1):
        other, there = values[..., i], (classes >= 0)[:, None]
        per_video[f"{name}_cosine"] = _cosine((true * other).sum(1), true, other)
        per_video[f"{name}_opposed"] = np.where(there[:, 0], (true * other < 0).mean(1), np.nan)
        for of, profile in (("true", np.where(there, true, np.nan)), ("other", other)):
            mean, low, high = mean_interval(profile)
            columns = {"other": name, "of": of, "frame": each, "position": each / max(n - 1, 1)}
            found.append(
                pd.DataFrame(
                    {**columns, "esv": mean, "low": low, "high": high, "videos": int(there.sum())}
                )
            )
    return pd.DataFrame(per_video, index=esvs["video"].values), pd.concat(found, ignore_index=True)


def confusion(esvs: xr.Dataset) -> pd.DataFrame:
    """Every class's ESVs on the clips of every true class: is it supported there, and by the frames of the true class?

    The sum of a class's ESVs is its score minus its prior, whatever the frames, so a matrix of sums would only be the
    matrix of scores again. Its two parts are more: support, what its supporting frames add before distracting ones take
    away, and likeness, whether they are the frames of the true class.

    Returns:
        one row per pair of classes: true, scored (names), support = Σ_i max(φ_i, 0), probability, and cosine: means
        over the true class's videos, each with its interval …_low, …_high; videos.
    """
    label, names = esvs["label"].values, esvs["class_name"].values
    k, start = len(names), 0
    values = np.empty((len(label), 2 * k), np.float32)
    for block in blocks(esvs):
        esv = block["esv"].values
        rows = slice(start, start + len(esv))
        true = np.take_along_axis(esv, label[rows, None, None], 2)
        values[rows, :k] = np.maximum(esv, 0).sum(1)
        values[rows, k:] = _cosine((true * esv).sum(1), true, esv)
        start += len(esv)
    mean, low, high, videos = interval_of_groups(values, label, k)
    table = {"true": np.repeat(names, k), "scored": np.tile(names, k)}
    for name, columns in (("support", slice(k)), ("cosine", slice(k, None))):
        ends = {name: mean, f"{name}_low": low, f"{name}_high": high}
        table |= {column: found[:, columns].ravel() for column, found in ends.items()}
    return pd.DataFrame({**table, "videos": videos[:, :k].ravel()})


def _cosine(product: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """product: the inner product of both over axis 1, frames; NaN where one has no direction."""
    lengths = [np.sqrt((profile * profile).sum(1)) for profile in (first, second)]
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = product / (lengths[0] * lengths[1])
    return np.where((lengths[0] > SHORTEST) & (lengths[1] > SHORTEST), cosine, np.nan)
