"""Which frames support the true class and which distract from it, and how strongly."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import predictions, true_class_esvs
from playfair.analysis.bootstrap import interval, mean_interval, resampled_means

BIN = 0.05  # probability, of the distribution of the strongest frames


def supporting_frames(esvs: xr.Dataset) -> pd.DataFrame:
    """How many frames support and distract from the true class, and how strongly the strongest do; one row per video.

    Returns:
        index uid; supporting, distracting: shares of the video's frames with ESV > 0 and < 0; strongest_supporting,
        strongest_distracting: the largest ESV and the smallest, probability; NaN where no frame supports, or distracts.
    """
    values = true_class_esvs(esvs)
    most, least = values.max(1), values.min(1)
    return pd.DataFrame(
        {
            "supporting": (values > 0).mean(1),
            "distracting": (values < 0).mean(1),
            "strongest_supporting": np.where(most > 0, most, np.nan),
            "strongest_distracting": np.where(least < 0, least, np.nan),
        },
        index=esvs["video"].values,
    )


def by_prediction(esvs: xr.Dataset) -> pd.DataFrame:
    """Means of `supporting_frames` over all videos, those predicted right and those predicted wrong.

    Returns:
        columns prediction (all, correct, incorrect, correct − incorrect), measure, mean, low, high, videos. Where there
        is no such video, videos is 0 and the rest NaN.
    """
    table = supporting_frames(esvs)
    names, values = list(table), table.to_numpy()
    columns = np.concatenate(
        [np.where(of[:, None], values, np.nan) for _, of in _predictions(esvs)], axis=1
    )
    mean, low, high = mean_interval(columns)
    k = len(names)
    draws = resampled_means(columns)  # both groups of the same draw
    difference = interval(draws[:, k : 2 * k] - draws[:, 2 * k :])
    lacking = np.isnan(low[k : 2 * k] + low[2 * k :])
    rows = {
        "mean": np.append(mean, mean[k : 2 * k] - mean[2 * k :]),
        "low": np.append(low, np.where(lacking, np.nan, difference[0])),
        "high": np.append(high, np.where(lacking, np.nan, difference[1])),
    }
    videos = np.isfinite(columns).sum(0)
    groups = [*(name for name, _ in _predictions(esvs)), "correct − incorrect"]
    return pd.DataFrame(
        {
            "prediction": np.repeat(groups, k),
            "measure": names * 4,
            **rows,
            "videos": np.append(videos, videos[k : 2 * k] + videos[2 * k :]),
        }
    )


def distributions(esvs: xr.Dataset) -> pd.DataFrame:
    """How the videos predicted right, and wrong, are spread over the measures of `supporting_frames`.

    Returns:
        columns prediction, measure, left, right (ends of the bin: frames, or probability), share of the videos with its
        interval low, high, and videos. Frames are counted, strongest ESVs binned by 0.05; bins hold their right end.
    """
    table, n = supporting_frames(esvs), esvs.sizes["frame"]
    frames, up, down = np.arange(n + 2) - 0.5, np.arange(21) * BIN, np.arange(-20, 1) * BIN
    bins = {"supporting": frames, "strongest_supporting": up, "strongest_distracting": down}
    found = []
    for name, of in _predictions(esvs):
        for measure, edges in bins.items():
            values = table[measure].to_numpy() * (n if measure == "supporting" else 1)
            counts = of & np.isfinite(values)
            inside = (values[:, None] > edges[:-1]) & (values[:, None] <= edges[1:])
            share, low, high = mean_interval(np.where(counts[:, None], inside, np.nan))
            ends = {"left": edges[:-1], "right": edges[1:]}
            columns = {
                "prediction": name,
                "measure": measure,
                **ends,
                "share": share,
                "low": low,
                "high": high,
            }
            found.append(pd.DataFrame({**columns, "videos": counts.sum()}))
    return pd.concat(found, ignore_index=True)


def _predictions(esvs: xr.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    right = predictions(esvs) == esvs["label"].values
    yield from (("all", np.ones_like(right)), ("correct", right), ("incorrect", ~right))
