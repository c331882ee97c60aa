"""95 % intervals of means over videos, by the percentile bootstrap (Efron 1979)."""

from functools import lru_cache

import numpy as np

DRAWS = 1000


def mean_interval(
    values: np.ndarray, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over videos and the ends of its interval.

    Of a share of some videos (NaN: the others) both parts of the ratio are drawn anew, as both vary. For a difference
    between models give the differences of the same videos: the draws are then paired.

    Args:
        values: (video, …); NaN marks a video that does not count in a column.

    Returns:
        mean, low, high, each (…). Where fewer than 2 videos count there is no interval: NaN; where none does, no mean.

    Raises:
        ValueError: fewer than 2 videos in all.

    Example:
        mean, low, high = mean_interval(np.array([0.0, 1.0, 1.0, 1.0]))   # mean 0.75
    """
    if len(values) < 2:
        raise ValueError(
            f"An interval over videos needs at least 2 videos, got {len(values)}. Take more of them: type a larger "
            "experiment.n_videos=… where there is one, a smaller n_frames=… if they are too short, or name a dataset "
            "with more validation clips in dataset.root=…"
        )
    columns = values.reshape(len(values), -1)
    videos = np.isfinite(columns).sum(0)
    with np.errstate(invalid="ignore"):
        mean = np.where(np.isfinite(columns), columns, 0.0).sum(0, dtype=np.float64) / videos
    low, high = interval(resampled_means(columns, draws=draws, seed=seed), level=level)
    low, high = (np.where(videos > 1, end, np.nan) for end in (low, high))
    shape = values.shape[1:]
    return mean.reshape(shape), low.reshape(shape), high.reshape(shape)


def resampled_means(columns: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Means of videos drawn with replacement, the same draw for every column: (draw, column).

    columns: (video, column), NaN where a video does not count. A column of which no video was drawn is NaN.
    """
    n, counts = len(columns), np.isfinite(columns)
    partial = ~counts.all(0)  # elsewhere every draw counts n videos
    filled, some = (
        np.where(counts, columns, 0.0).astype(np.float64),
        counts[:, partial].astype(np.float64),
    )
    drawn, means = _times_drawn(n, draws, seed), np.empty((draws, columns.shape[1]))
    for start in range(
        0, draws, 50
    ):  # 50 draws at a time: weights of 24,777 videos then take 10 MB
        rows = slice(start, min(start + 50, draws))
        weights = drawn[rows].astype(np.float64)
        of = np.full((rows.stop - start, columns.shape[1]), float(n))
        of[:, partial] = weights @ some
        with np.errstate(invalid="ignore"):
            means[rows] = (weights @ filled) / of
    return means


@lru_cache(maxsize=2)
def _times_drawn(n: int, draws: int, seed: int) -> np.ndarray:
    """How often each of n videos is drawn when n are, with replacement: (draw, video). Of 24,777 videos 25 MB, kept."""
    rng, rows, parts = np.random.default_rng(seed), min(50, draws), []
    own = (
        n * np.arange(rows)[:, None]
    )  # numbers of its own for each draw; 5 times faster than rng.multinomial
    for _ in range(0, draws, rows):
        parts.append(
            np.bincount((rng.integers(n, size=(rows, n)) + own).ravel(), minlength=rows * n).astype(
                np.uint8
            )
        )
    return np.concatenate(parts).reshape(-1, n)[:draws]


def interval(resampled: np.ndarray, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles that leave (1 − level) / 2 out at either end: low, high, each (column,); NaN draws do not count."""
    tail = 100 * (1 - level) / 2
    ends = np.full((2, resampled.shape[1]), np.nan)
    lacking = np.isnan(resampled)
    whole, partial = ~lacking.any(0), lacking.any(0) & ~lacking.all(0)
    ends[:, whole] = np.percentile(resampled[:, whole], [tail, 100 - tail], axis=0)
    if partial.any():  # several times slower
        ends[:, partial] = np.nanpercentile(resampled[:, partial], [tail, 100 - tail], axis=0)
    return ends[0], ends[1]


def interval_of_groups(
    values: np.ndarray, group: np.ndarray, n_groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and interval over the videos of each group, such as a class, drawn within it.

    Args:
        values: (video, column); NaN does not count. group: (video,) in [0, n_groups).

    Returns:
        mean, low, high, videos, each (group, column); NaN as in `mean_interval`.
    """
    mean, low, high = (np.full((n_groups, values.shape[1]), np.nan) for _ in range(3))
    videos = np.zeros((n_groups, values.shape[1]), dtype=int)
    for one in range(n_groups):
        of_one = values[group == one]
        videos[one] = np.isfinite(of_one).sum(0)
        if len(of_one) == 1:
            mean[one] = of_one[0]
        elif len(of_one):
            mean[one], low[one], high[one] = mean_interval(of_one)
    return mean, low, high, videos
