"""Standard errors over trainings and videos: what training again and other videos would change.

Rows of several seeds are crossed, every training with every video, as readers and cases are in
studies of diagnoses. The variance of their mean is of three parts, trainings, videos and what both
have together, and is estimated from mean squares (Dorfman, Berbaum & Metz 1992); Student's degrees
of freedom follow from how much of it is the trainings' (Hillis 2007, with Satterthwaite's term of
the videos). Few trainings that differ thus widen an interval as they must: five that differ alone
are 4 degrees of freedom, where a bootstrap's interval of five holds the truth in 85 % of studies.
"""

from typing import NamedTuple

import numpy as np

from playfair.analysis.design import Design, one_seed

ROUNDING = 1e-12  # a standard error of no more, relative to its mean, is of equal values


class Error(NamedTuple):
    """A mean and how well it is known, each (column,)."""

    mean: np.ndarray
    stderr: np.ndarray  # NaN where fewer than 2 videos count
    freedom: np.ndarray  # Student's degrees of freedom
    alike: np.ndarray  # trainings whose own mean is on the same side of 0 as the mean


def error_of_mean(values: np.ndarray, design: Design | None = None) -> Error:
    """Mean over rows, its standard error over trainings and videos, and its degrees of freedom.

    A row that does not count in a column (NaN) is taken as it stands in a ratio of sums, to first
    order: x − mean where it counts, 0 where it does not, over the share of rows that count.

    Args:
        values: (row, column); NaN marks a row that does not count.
        design: which seed and video each row is of; None: each is a video.

    Example:
        >>> error = error_of_mean(np.array([[1.0], [2.0], [3.0]]))
        >>> float(error.mean[0]), float(error.stderr[0].round(4)), float(error.freedom[0])
        (2.0, 0.5774, 2.0)
    """
    design = design or one_seed(len(values))
    counts = np.isfinite(values)
    n_rows = counts.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counts, values, 0.0).sum(0, dtype=np.float64) / n_rows
    own = _means_of_trainings(values, design)
    with np.errstate(invalid="ignore"):
        alike = (np.sign(own) == np.sign(mean)).sum(0)
    if design.n_seeds < 2:
        # of those that count alone: Student's
        with np.errstate(invalid="ignore", divide="ignore"):
            square = (np.where(counts, values - mean, 0.0) ** 2).sum(0)
            stderr = np.sqrt(square / (n_rows - 1) / n_rows)
        stderr = np.where(n_rows > 1, stderr, np.nan)
        return Error(mean, stderr, np.maximum(n_rows - 1.0, 1.0), alike)
    of_seed, within, n_videos = _influence_on_mean(values, mean, design)
    with np.errstate(invalid="ignore", divide="ignore"):
        stderr, freedom = _crossed(of_seed, within, n_videos)
    return Error(mean, np.where(n_videos > 1, stderr, np.nan), freedom, alike)


def error_of_difference(first: np.ndarray, second: np.ndarray, design: Design) -> Error:
    """first's mean − second's, of groups of rows: of one training Welch's (1947).

    Args:
        first, second: (row, column) each; NaN marks rows of the other group.
        design: which seed and video each row is of.

    Example:
        >>> right = np.array([[1.0], [3.0], [np.nan], [np.nan]])
        >>> wrong = np.array([[np.nan], [np.nan], [0.0], [2.0]])
        >>> error = error_of_difference(right, wrong, one_seed(4))
        >>> float(error.mean[0]), float(error.stderr[0].round(3)), float(error.freedom[0].round(3))
        (1.0, 1.414, 2.0)
    """
    groups = [first, second]
    errors = [error_of_mean(values, design) for values in groups]
    one, other = errors
    mean = one.mean - other.mean
    variances = one.stderr**2 + other.stderr**2
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = one.stderr**4 / one.freedom + other.stderr**4 / other.freedom
        # never less than those of the smaller group
        least = np.minimum(one.freedom, other.freedom)
        freedom = np.where(spread > 0, variances**2 / spread, least)
    if design.n_seeds < 2:
        return Error(mean, np.sqrt(variances), freedom, (mean != 0).astype(int))
    # trainings move both groups together: what they have in common cancels
    parts = [
        _influence_on_mean(values, error.mean, design)
        for values, error in zip(groups, errors, strict=True)
    ]
    n = design.n_videos
    with np.errstate(invalid="ignore", divide="ignore"):
        # Bessel's correction is of the videos that count; of a group of n', of n' / n of all
        within = [
            part.within
            * (n / part.n_videos)
            * np.sqrt((n - 1) / n * part.n_videos / (part.n_videos - 1))
            for part in parts
        ]
        of_seed = parts[0].of_seed - parts[1].of_seed
        stderr, free = _crossed(of_seed, within[0] - within[1], np.full(len(mean), n))
    alike = (np.sign(of_seed + mean) == np.sign(mean)).sum(0)
    return Error(mean, np.where(np.isnan(variances), np.nan, stderr), np.fmin(free, freedom), alike)


class Influence(NamedTuple):
    """What each training, and each row within its training, moves a mean by."""

    of_seed: np.ndarray  # (seed, column)
    within: np.ndarray  # (seed, video, column); 0 on average over a training's videos
    n_videos: np.ndarray  # (column,), that count in a training


def _influence_on_mean(values: np.ndarray, mean: np.ndarray, design: Design) -> Influence:
    counts = np.isfinite(values)
    in_grid = _grid(counts.astype(np.float64), design)
    n_videos = (in_grid.max(0) > 0).sum(0)
    own = _means_of_trainings(values, design)[design.seed]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts.sum(0) / (design.n_seeds * n_videos)
        of_seed = _grid(np.where(counts, values - mean, 0.0), design).sum(1) / (share * n_videos)
        # from the training's own mean: else what a training moves would pass for the videos'
        within = _grid(np.where(counts, values - own, 0.0), design) / share
    return Influence(of_seed, within, n_videos)


def _means_of_trainings(values: np.ndarray, design: Design) -> np.ndarray:
    """Each training's mean of what counts: (seed, column), NaN where nothing does."""
    counts = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = _grid(np.where(counts, values, 0.0), design).sum(1)
        return np.asarray(sums / _grid(counts.astype(np.float64), design).sum(1))


def error_of_influence(mean: np.ndarray, influence: np.ndarray, design: Design) -> Error:
    """The error of a number that rows move by so much: its influence function's (Hampel 1974).

    Args:
        mean: (column,), the number.
        influence: (row, column): what it would change by if the row weighed a little
            more, over that little more.
        design: which seed and video each row is of.
    """
    influence = influence - influence.mean(0)
    grid = _grid(influence, design)
    of_seed = grid.mean(1)
    alike = (np.sign(of_seed + mean) == np.sign(mean)).sum(0)
    if design.n_seeds < 2:
        n = design.n_videos
        stderr = np.sqrt((influence**2).sum(0) / (n - 1) / n)
        return Error(mean, stderr, np.full(len(mean), n - 1.0), alike)
    n_videos = np.full(len(mean), design.n_videos)
    stderr, freedom = _crossed(of_seed, grid - of_seed[:, None], n_videos)
    # rows that are not there are 0 in a grid of all
    return Error(mean, stderr * (grid.shape[0] * grid.shape[1] / len(influence)), freedom, alike)


def _grid(values: np.ndarray, design: Design) -> np.ndarray:
    """(row, column) → (seed, video, column), 0 where there is no row."""
    grid = np.zeros((design.n_seeds, design.n_videos, values.shape[1]))
    grid[design.seed, design.video] = values
    return grid


def _crossed(
    of_seed: np.ndarray, within: np.ndarray, n_videos: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standard error and degrees of freedom of the mean of a crossed table.

    Args:
        of_seed: (seed, column), deviations of trainings' means from the mean.
        within: (seed, video, column), deviations from the training's mean; 0 for a video that does
            not count.
        n_videos: (column,), that count.
    """
    n_seeds = len(of_seed)
    square_of_videos = n_seeds * (within.mean(0) ** 2).sum(0)
    rest = np.maximum((within**2).sum((0, 1)) - square_of_videos, 0.0)
    seeds = n_videos * (of_seed**2).sum(0) / (n_seeds - 1)
    videos = square_of_videos / (n_videos - 1)
    together = rest / ((n_seeds - 1) * (n_videos - 1))
    # the mean square of videos holds what both have together, and so does that of seeds: once
    of_videos_alone = np.maximum(videos - together, 0.0)
    total = seeds + of_videos_alone
    spread = seeds**2 / (n_seeds - 1) + of_videos_alone**2 / (n_videos - 1)
    freedom = np.where(spread > 0, total**2 / np.where(spread > 0, spread, 1), n_videos - 1)
    return np.sqrt(total / (n_seeds * n_videos)), freedom
