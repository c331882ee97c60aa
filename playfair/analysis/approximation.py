"""How near estimated ESVs come to exact ones."""

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import interval, mean_interval, resampled_means


def quality(
    error: np.ndarray, covered: np.ndarray, exact: np.ndarray, label: np.ndarray
) -> pd.DataFrame:
    """Quality of estimates, video by video.

    Args:
        error: (draw, video, frame, class), estimated minus exact, probability.
        covered: the same axes, whether the stated 95 % interval holds the exact value.
        exact: (video, frame, class). label: (video,), the true class.

    Returns:
        a row per video: mse and square (mean squared error and mean squared exact value, over frames and classes),
        correlation (Pearson's, of the true class over frames, mean over draws; NaN where all frames are alike) and
        coverage (share of frames and classes).
    """
    error, exact = error.astype(np.float64), exact.astype(np.float64)
    each = np.arange(len(label))
    true = exact[each, :, label]
    estimated = true + error[:, each, :, label].swapaxes(
        0, 1
    )  # numpy puts the axis of two indices first
    a, b = (
        x - x.mean(-1, keepdims=True) for x in (np.broadcast_to(true, estimated.shape), estimated)
    )
    with np.errstate(invalid="ignore"):
        correlation = (a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return pd.DataFrame(
        {
            "mse": (error**2).mean((0, 2, 3)),
            "square": (exact**2).mean((1, 2)),
            "correlation": correlation.mean(0),
            "coverage": covered.mean((0, 2, 3)),
        }
    )


def summary(of_videos: pd.DataFrame) -> dict[str, float]:
    """Means over videos with 95 % intervals: mse, error (mse ÷ mean square of exact values), correlation, coverage.

    Each is there thrice: as it is, with _low and with _high. error is a ratio of means over videos.
    """
    values = of_videos.to_numpy(dtype=float)
    means = dict(zip(of_videos, zip(*mean_interval(values), strict=True), strict=True))
    drawn = dict(zip(of_videos, resampled_means(values).T, strict=True))
    low, high = interval((drawn["mse"] / drawn["square"])[:, None])
    means["error"] = (means["mse"][0] / means["square"][0], low[0], high[0])
    return {
        name + end: float(value)
        for name in ("mse", "error", "correlation", "coverage")
        for end, value in zip(("", "_low", "_high"), means[name], strict=True)
    }
