"""How often each row is drawn when seeds and videos are drawn with replacement, and what draws say."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from playfair.analysis.design import Design

TOGETHER = 50  # draws at a time: weights of 24,777 videos then take 10 MB


def weights(design: Design, draws: int, seed: int) -> Iterator[tuple[slice, np.ndarray]]:
    """The rows' weights in each draw, some draws at a time.

    Seeds and videos are drawn independently, as many as there are; a row counts as often as its
    seed was drawn times as often as its video was. With one seed that is how often its video was.

    Args:
        design: of the rows.
        draws: how many.
        seed: of the drawing, not of a study.

    Yields:
        which draws, and their weights, (draw, row) float64.
    """
    of_videos = times_drawn(design.n_videos, draws, seed)
    of_seeds = times_drawn(design.n_seeds, draws, (seed, 1))  # of a stream of its own
    for start in range(0, draws, TOGETHER):
        some = slice(start, min(start + TOGETHER, draws))
        if design.n_seeds == 1:
            yield some, of_videos[some].astype(np.float64)
            continue
        of_rows = of_videos[some][:, design.video].astype(np.float64)
        of_rows *= of_seeds[some][:, design.seed]
        yield some, of_rows


@lru_cache(maxsize=4)
def times_drawn(n: int, draws: int, seed: int | tuple[int, ...]) -> np.ndarray:
    """How often each of n is drawn when n are drawn with replacement.

    Returns:
        (draw, n) uint8. Of 24,777 videos these are 25 MB, which are kept.
    """
    rng = np.random.default_rng(seed)
    together = min(TOGETHER, draws)
    # numbers of its own for each draw, all counted at once: 5 times faster than rng.multinomial
    first = n * np.arange(together)[:, None]
    parts = []
    for _ in range(0, draws, together):
        picks = rng.integers(n, size=(together, n)) + first
        parts.append(np.bincount(picks.ravel(), minlength=together * n).astype(np.uint8))
    return np.concatenate(parts).reshape(-1, n)[:draws]


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
