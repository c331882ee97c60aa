"""95 % intervals of means over videos, and over seeds: the percentile bootstrap (Efron 1979).

With several seeds both are drawn anew, independently, as rows are crossed (Owen 2007, The
pigeonhole bootstrap). The interval then takes in what training again would change and what other
videos would.

Few seeds give too short an interval, as few of anything do: the variance of n drawn values is
(n − 1) / n of theirs, and no draw goes beyond the outermost seed. Where seeds differ (normally) and
videos do not, a 95 % interval of 2, 3, 5, 10 and 20 seeds holds the truth in 50, 76, 85, 91 and
93 % of 3,000 simulated studies; its length is 0.08, 0.38, 0.62, 0.82 and 0.91 of Student's.
Where videos differ more than seeds, as they do in accuracies and ESVs, it holds it in about 95 %:
in 93 % with 5 seeds, 60 videos and a quarter of the videos' spread between seeds.
"""

import numpy as np

from playfair.analysis.design import Design, one_seed
from playfair.analysis.draws import weights

DRAWS = 1000


def mean_interval(
    values: np.ndarray,
    design: Design | None = None,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over rows and the ends of its interval.

    Of a share of some videos (NaN: the others) both parts of the ratio are drawn anew, as both
    vary. For a difference between models give the differences of the same rows: the draws are then
    paired.

    Args:
        values: (row, …); NaN marks a row that does not count in a column.
        design: which seed and video each row is of; None: each is a video.

    Returns:
        mean, low, high, each (…). Where fewer than 2 videos count there is no interval: NaN; where
        none does, no mean.

    Raises:
        ValueError: fewer than 2 videos in all.

    Example:
        >>> mean, low, high = mean_interval(np.array([0.0, 1.0, 1.0, 1.0]))
        >>> float(mean)
        0.75
    """
    design = design or one_seed(len(values))
    if design.n_videos < 2:
        raise ValueError(
            f"An interval over videos needs at least 2 videos, got {design.n_videos}. Take more of "
            "them: type a larger experiment.n_videos=… where there is one, a smaller n_frames=… if "
            "they are too short, or name a dataset with more validation clips in dataset.root=…"
        )
    columns = values.reshape(len(values), -1)
    counts = np.isfinite(columns)
    with np.errstate(invalid="ignore"):
        mean = np.where(counts, columns, 0.0).sum(0, dtype=np.float64) / counts.sum(0)
    low, high = interval(resampled_means(columns, design, draws=draws, seed=seed), level=level)
    several = counted(columns, design) > 1
    shape = values.shape[1:]
    return (
        mean.reshape(shape),
        np.where(several, low, np.nan).reshape(shape),
        np.where(several, high, np.nan).reshape(shape),
    )


def resampled_means(
    columns: np.ndarray, design: Design | None = None, *, draws: int = DRAWS, seed: int = 0
) -> np.ndarray:
    """Means of rows drawn with replacement, the same draw for every column.

    Args:
        columns: (row, column), NaN where a row does not count.
        design: which seed and video each row is of; None: each is a video.

    Returns:
        (draw, column). A column of which no row was drawn is NaN.
    """
    n_rows = len(columns)
    design = design or one_seed(n_rows)
    counts = np.isfinite(columns)
    # elsewhere every draw counts as many rows as there are
    partial = ~counts.all(0) | (design.n_seeds > 1)
    some_counts = counts[:, partial].astype(np.float64)
    filled = np.where(counts, columns, 0.0).astype(np.float64)
    means = np.empty((draws, columns.shape[1]))
    for some, of_rows in weights(design, draws, seed):
        total = np.full((len(of_rows), columns.shape[1]), float(n_rows))
        total[:, partial] = of_rows @ some_counts
        with np.errstate(invalid="ignore"):
            means[some] = (of_rows @ filled) / total
    return means


def interval(resampled: np.ndarray, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles that leave (1 − level) / 2 out at either end.

    Args:
        resampled: (draw, column); NaN draws do not count.

    Returns:
        low, high, each (column,); NaN where all draws are.
    """
    tail = 100 * (1 - level) / 2
    ends = np.full((2, resampled.shape[1]), np.nan)
    lacking = np.isnan(resampled)
    whole = ~lacking.any(0)
    partial = lacking.any(0) & ~lacking.all(0)
    ends[:, whole] = np.percentile(resampled[:, whole], [tail, 100 - tail], axis=0)
    if partial.any():  # several times slower
        ends[:, partial] = np.nanpercentile(resampled[:, partial], [tail, 100 - tail], axis=0)
    return ends[0], ends[1]


def counted(values: np.ndarray, design: Design | None = None) -> np.ndarray:
    """How many videos count in each column, those of several seeds once.

    Args:
        values: (row, …); NaN marks a row that does not count.
        design: which seed and video each row is of; None: each is a video.

    Returns:
        (…), int.
    """
    finite = np.isfinite(values)
    if design is None or design.n_seeds < 2:
        return np.asarray(finite.sum(0))
    in_some_seed = np.zeros((design.n_videos, *values.shape[1:]), dtype=bool)
    for seed in range(design.n_seeds):
        of_seed = design.seed == seed
        in_some_seed[design.video[of_seed]] |= finite[of_seed]
    return np.asarray(in_some_seed.sum(0))
