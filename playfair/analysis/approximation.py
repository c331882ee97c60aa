"""How near estimated ESVs come to exact ones."""

import numpy as np
import pandas as pd

from playfair.analysis.agreement import pearson
from playfair.analysis.bootstrap import mean_interval, resampled_means
from playfair.analysis.design import design_of_rows
from playfair.analysis.draws import interval
from playfair.analysis.ranges import within_range


def quality(
    error: np.ndarray, covered: np.ndarray, exact: np.ndarray, label: np.ndarray
) -> pd.DataFrame:
    """Quality of estimates, video by video.

    Args:
        error: (draw, video, element, class), estimated minus exact, probability.
        covered: the same axes, whether the stated 95 % interval holds the exact value.
        exact: (video, element, class), probability.
        label: (video,), the true class.

    Returns:
        a row per video: mse and square (mean squared error and mean squared exact value, over
        elements and classes), correlation (Pearson's, of the true class over elements, mean over
        draws; NaN where all elements are alike) and coverage (share of elements and classes, of the
        draws that state an error; NaN where none does).
    """
    error = error.astype(np.float64)
    exact = exact.astype(np.float64)
    video = np.arange(len(label))
    true = exact[video, :, label]
    # numpy puts the axis of two indices first: (video, draw, element)
    estimated = true[:, None] + error[:, video, :, label]
    return pd.DataFrame(
        {
            "mse": (error**2).mean((0, 2, 3)),
            "square": (exact**2).mean((1, 2)),
            "correlation": pearson(true[:, None], estimated).mean(1),
            "coverage": _share_held(covered),
        }
    )


def _share_held(covered: np.ndarray) -> np.ndarray:
    """Of each video, among what is not NaN."""
    stated = np.isfinite(covered)
    n_stated = stated.sum((0, 2, 3)).astype(float)
    n_held = np.where(stated, covered, 0).sum((0, 2, 3))
    return np.where(n_stated > 0, n_held / np.maximum(n_stated, 1), np.nan)


def summary(per_video: pd.DataFrame) -> dict[str, float]:
    """Means over videos, and seeds, with 95 % intervals.

    Args:
        per_video: of `quality`; the index, where it has two levels, is (seed, uid).

    Returns:
        mse, error (mean mse ÷ mean square: a ratio of means), correlation and coverage, each
        thrice: as it is, with _low and with _high.
    """
    values = per_video.to_numpy(dtype=float)
    rows = design_of_rows(per_video)
    mean, low, high = mean_interval(values, rows)
    ends = {name: (mean[i], low[i], high[i]) for i, name in enumerate(per_video)}
    resampled = dict(zip(per_video, resampled_means(values, rows).T, strict=True))
    # of one class all values are 0, and an error has nothing that it is a share of
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_low, ratio_high = interval((resampled["mse"] / resampled["square"])[:, None])
        ratio = ends["mse"][0] / ends["square"][0]
    ends["error"] = (ratio, ratio_low[0], ratio_high[0])
    measures = ("mse", "error", "correlation", "coverage")
    means, lows, highs = np.array([ends[name] for name in measures]).T
    lows, highs = within_range(measures, lows, highs)
    return {
        name + end: float(value)
        for end, values in (("", means), ("_low", lows), ("_high", highs))
        for name, value in zip(measures, values, strict=True)
    }
