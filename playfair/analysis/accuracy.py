"""How well the explained models classify, and how exactly their ESVs add up."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import blocks, predictions, true_class_scores, twins
from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import design, seeds_column


def accuracy(esvs: xr.Dataset) -> pd.DataFrame:
    """Accuracies over videos with their 95 % intervals (Wilson's), one row each.

    top1, top5: the true class has the highest, or one of the five highest scores.
    pair_top1: the highest score is the true class's or its twin's; over videos whose class has one.
    within_pair: of those found by pair_top1, the share whose direction is right; 0.5 is guessing.

    Returns:
        columns measure, mean, low, high (shares) and videos (how many count).
    """
    rows = design(esvs)
    score = esvs["score"].values
    twin = twins(esvs)
    prediction = predictions(esvs)
    label = esvs["label"].values
    right = prediction == label
    above = (score > true_class_scores(esvs)[:, None]).sum(1)
    pair = right | (prediction == twin)
    measures = {
        "top1": right.astype(float),
        "top5": (above < 5).astype(float),
        "pair_top1": np.where(twin >= 0, pair, np.nan),
        "within_pair": np.where((twin >= 0) & pair, right, np.nan),
    }
    values = np.stack(list(measures.values()), axis=1)
    values[label < 0] = np.nan  # of a class that is not known nothing is right or wrong
    mean, low, high = mean_interval(values, rows, shares=True)
    return pd.DataFrame(
        {
            "measure": list(measures),
            "mean": mean,
            "low": low,
            "high": high,
            "videos": counted(values, rows),
            **seeds_column(rows),
        }
    )


def additivity(esvs: xr.Dataset) -> dict[str, float]:
    """How exactly Σᵢ φᵢ = f(X) − f(∅) holds, and how large the ESVs are.

    Reads block by block, whatever the store's size.

    Returns:
        max_efficiency_gap: the largest |Σᵢ φᵢ − (f(X) − f(∅))| over videos and classes,
            probability.
        mean_abs_esv: the mean of |φ| over videos, elements and classes, probability.
    """
    prior = esvs["prior"].values
    gap = 0.0
    total = 0.0
    for block in blocks(esvs):
        esv = block["esv"].values.astype(np.float64)
        gained = block["score"].values.astype(np.float64) - prior
        # which keeps a NaN, where max() keeps the other
        gap = float(np.maximum(gap, np.abs(esv.sum(1) - gained).max()))
        total += float(np.abs(esv).sum())
    return {"max_efficiency_gap": gap, "mean_abs_esv": total / esvs["esv"].size}
