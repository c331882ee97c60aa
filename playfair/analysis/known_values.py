"""Attributions held against the values of an ideal observer, and models against its scores."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis import comparison
from playfair.analysis.agreement import pearson, rank_agreement
from playfair.analysis.bootstrap import resampled_means
from playfair.analysis.design import design, seeds_column
from playfair.analysis.draws import interval

DISTRACTS = 0.05  # a true value below minus this is one of a true distractor, probability
MEASURES = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's ρ",
    "distractors_found": "share of true distractors found",
}


def against(truth: np.ndarray, attributions: Mapping[str, np.ndarray]) -> xr.Dataset:
    """How near each method comes to the true values, video by video.

    Args:
        truth: (video, element), probability.
        attributions: method → (video, element), any unit.

    Returns:
        (method, video): pearson and spearman over a video's elements, 0 where a method gives all of
        them the same value, which says nothing; distractors_found, as of the function.
    """
    parts = []
    for attribution in attributions.values():
        spearman, _ = rank_agreement(attribution, truth)
        columns = {
            "pearson": np.nan_to_num(pearson(attribution, truth)),
            "spearman": np.nan_to_num(spearman),
            "distractors_found": distractors_found(attribution, truth),
        }
        parts.append(xr.Dataset({name: ("video", values) for name, values in columns.items()}))
    return xr.concat(parts, pd.Index(list(attributions), name="method"))


def distractors_found(attribution: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Of a video's k true distractors, the share among the k elements of the lowest attribution.

    Of elements that share the last of these places, each has an equal part in it: a constant
    attribution finds k in n by chance.

    Args:
        attribution, truth: (video, element).

    Returns:
        (video,), NaN where there is no true distractor.

    Example:
        >>> truth = np.array([[-0.2, 0.3, 0.0, -0.1]])
        >>> distractors_found(np.array([[-0.5, 0.2, -0.1, 0.1]]), truth).tolist()
        [0.5]
        >>> distractors_found(np.zeros((1, 4)), truth).tolist()
        [0.5]
    """
    distracts = truth < -DISTRACTS
    k = distracts.sum(1)
    rows = np.arange(len(truth))
    last = np.sort(attribution, axis=1)[rows, np.maximum(k, 1) - 1][:, None]
    below = attribution < last
    tied = attribution == last
    places = (k - below.sum(1)) / tied.sum(1)
    found = (distracts & below).sum(1) + places * (distracts & tied).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(k > 0, found / k, np.nan)


def pooled(values: xr.Dataset) -> pd.DataFrame:
    """Correlations with the truth over all elements of all videos at once.

    Args:
        values: attribution (method, video, element) and truth (video, element).

    Returns:
        method, measure ("pooled_pearson", "pooled_spearman"), mean (the correlation), low, high:
        95 % of bootstrap draws of videos, whose ranks stay those of all videos.
    """
    crossing = design(values)
    truth = values["truth"].transpose("video", "element").values
    rows = []
    for method in values["method"].values:
        attribution = values["attribution"].sel({"method": method}).transpose("video", "element")
        pairs = {
            "pooled_pearson": (attribution.values.astype(np.float64), truth),
            "pooled_spearman": (_ranks(attribution.values), _ranks(truth)),
        }
        for measure, (x, y) in pairs.items():
            moments = _moments(x, y)
            draws = _correlation(resampled_means(moments, crossing))
            low, high = interval(draws[:, None])
            row = {"mean": _correlation(moments.mean(0)), "low": low[0], "high": high[0]}
            rows.append({"method": str(method), "measure": measure, **row})
    return pd.DataFrame(rows).assign(videos=crossing.n_videos, **seeds_column(crossing))


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values).reshape(values.shape))


def _moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What a correlation is made of: (video, 5)."""
    x = x - x.mean()
    y = y - y.mean()
    return np.stack([z.mean(1) for z in (x, y, x * x, y * y, x * y)], axis=1)


def _correlation(moments: np.ndarray) -> np.ndarray:
    """From means of x, y, x², y² and xy; 0 where x is constant. moments: (…, 5)."""
    x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    spread = (xx - x**2) * (yy - y**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(spread > 1e-24, (xy - x * y) / np.sqrt(spread), 0.0))


def differences(per_video: xr.Dataset) -> pd.DataFrame:
    """ESV − rival on the same videos, as of `comparison.paired_differences`: what says who is nearer.

    Args:
        per_video: of `against`, ESV among its methods.
    """
    return comparison.differences(per_video, dict.fromkeys(MEASURES, True))
