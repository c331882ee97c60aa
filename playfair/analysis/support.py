"""Which elements support the true class and which distract from it, and how strongly."""

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_esvs
from playfair.analysis.bootstrap import counted, interval, mean_interval, resampled_means
from playfair.analysis.design import design, rows, seeds_column

BIN = 0.05  # probability, of the distribution of the strongest elements


def supporting_share(values: np.ndarray) -> np.ndarray:
    """Share of a video's elements whose ESV is above 0: (video, element) → (video,).

    Example:
        >>> supporting_share(np.array([[0.2, -0.1, 0.1, 0.0]]))
        array([0.5])
    """
    return np.asarray((values > 0).mean(1))


def supporting_frames(esvs: xr.Dataset) -> pd.DataFrame:
    """How many elements support and distract from the true class, and how strongly.

    Returns:
        one row per video: supporting, distracting: shares of the video's elements with ESV > 0 and
        < 0; strongest_supporting, strongest_distracting: the largest ESV and the smallest,
        probability; NaN where no element supports, or distracts.
    """
    values = true_class_esvs(esvs)
    most = values.max(1)
    least = values.min(1)
    columns = {
        "supporting": supporting_share(values),
        "distracting": supporting_share(-values),
        "strongest_supporting": np.where(most > 0, most, np.nan),
        "strongest_distracting": np.where(least < 0, least, np.nan),
    }
    return pd.DataFrame(columns, index=rows(esvs))


def by_prediction(esvs: xr.Dataset) -> pd.DataFrame:
    """Means of `supporting_frames` over all videos, those predicted right and those wrong.

    Returns:
        columns prediction (all, correct, incorrect, correct − incorrect), measure, mean, low, high,
        videos. Where there is no such video, videos is 0 and the rest NaN.
    """
    crossing = design(esvs)
    table = supporting_frames(esvs)
    values = table.to_numpy()
    groups = _predictions(esvs)
    parts = [np.where(group[:, None], values, np.nan) for group in groups.values()]
    columns = np.concatenate(parts, axis=1)
    mean, low, high = mean_interval(columns, crossing)
    videos = counted(columns, crossing)
    k = len(table.columns)
    correct = slice(k, 2 * k)
    incorrect = slice(2 * k, None)
    # both groups of the same draw
    draws = resampled_means(columns, crossing)
    ends = interval(draws[:, correct] - draws[:, incorrect])
    # of one video there is a mean, but no interval
    lacking = np.isnan(low[correct] + low[incorrect])
    return pd.DataFrame(
        {
            "prediction": np.repeat([*groups, "correct − incorrect"], k),
            "measure": list(table) * 4,
            "mean": np.append(mean, mean[correct] - mean[incorrect]),
            "low": np.append(low, np.where(lacking, np.nan, ends[0])),
            "high": np.append(high, np.where(lacking, np.nan, ends[1])),
            "videos": np.append(videos, videos[:k]),
            **seeds_column(crossing),
        }
    )


def distributions(esvs: xr.Dataset) -> pd.DataFrame:
    """How videos predicted right, and wrong, are spread over measures of `supporting_frames`.

    Returns:
        columns prediction, measure, left, right (ends of the bin: elements, or probability), share
        of the videos with its interval low, high, and videos. Elements are counted, strongest ESVs
        binned by 0.05; bins hold their right end.
    """
    crossing = design(esvs)
    table = supporting_frames(esvs)
    n = esvs.sizes["element"]
    table["supporting"] *= n  # a count, binned by whole numbers
    bins = {
        "supporting": np.arange(n + 2) - 0.5,
        "strongest_supporting": np.arange(21) * BIN,
        "strongest_distracting": np.arange(-20, 1) * BIN,
    }
    parts = []
    for name, group in _predictions(esvs).items():
        for measure, edges in bins.items():
            values = table[measure].to_numpy()
            counts = group & np.isfinite(values)
            inside = (values[:, None] > edges[:-1]) & (values[:, None] <= edges[1:])
            share, low, high = mean_interval(np.where(counts[:, None], inside, np.nan), crossing)
            columns = {
                "prediction": name,
                "measure": measure,
                "left": edges[:-1],
                "right": edges[1:],
                "share": share,
                "low": low,
                "high": high,
                "videos": int(counted(np.where(counts, 1.0, np.nan), crossing)),
            }
            parts.append(pd.DataFrame({**columns, **seeds_column(crossing)}))
    return pd.concat(parts, ignore_index=True)


def _predictions(esvs: xr.Dataset) -> dict[str, np.ndarray]:
    """All videos, those predicted right and those predicted wrong: (video,) bool each."""
    right = predictions(esvs) == esvs["label"].values
    return {"all": np.ones_like(right), "correct": right, "incorrect": ~right}
