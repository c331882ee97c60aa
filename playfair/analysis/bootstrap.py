"""95 % intervals of means over videos, by the percentile bootstrap (Efron 1979)."""

import numpy as np


def mean_interval(
    values: np.ndarray, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over videos and the ends of its interval.

    Args:
        values: (video, …); NaN marks a video that does not count in a column.

    Returns:
        mean, low, high, each (…). NaN where no video counts.

    Example:
        mean, low, high = mean_interval(np.array([0.0, 1.0, 1.0, 1.0]))   # mean 0.75
    """
    if len(values) == 0:
        raise ValueError("An interval over videos needs at least one video, got none.")
    columns = values.reshape(len(values), -1).astype(np.float64)
    counts = np.isfinite(columns)
    filled = np.where(counts, columns, 0.0)
    rng = np.random.default_rng(seed)
    resampled = np.empty((draws, columns.shape[1]))
    with np.errstate(invalid="ignore"):
        for start in range(0, draws, 50):  # 50 draws at a time: weights of 24,777 videos then take 10 MB
            rows = min(50, draws - start)
            weights = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=rows).astype(np.float64)
            resampled[start : start + rows] = (weights @ filled) / (weights @ counts)
        mean = filled.sum(0) / counts.sum(0)
    tail = 100 * (1 - level) / 2
    low, high = np.nanpercentile(resampled, [tail, 100 - tail], axis=0)
    shape = values.shape[1:]
    return mean.reshape(shape), low.reshape(shape), high.reshape(shape)
