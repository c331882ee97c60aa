"""How often intervals of means and shares hold the truth: simulated studies of known truth."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import interval, mean_interval, resampled_means
from playfair.analysis.design import Design, crossed, one_seed


class Studies(NamedTuple):
    """Simulated studies, a column each."""

    values: np.ndarray  # (row, study)
    truth: float
    design: Design
    shares: bool = False


def measure_intervals(n_studies: int, seed: int = 0) -> pd.DataFrame:
    """95 % intervals as the experiments state them, beside a percentile bootstrap's.

    Args:
        n_studies: of each kind; at 2,000 a coverage is known to 0.01.
        seed: of the simulation.

    Returns:
        A row for each kind: of, trainings, videos, coverage, length, bootstrap (coverage of the
        percentile bootstrap over trainings and videos), of the same studies.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for name, draw in kinds(rng):
        studies = draw(n_studies)
        _, low, high = mean_interval(studies.values, studies.design, shares=studies.shares)
        drawn = interval(resampled_means(studies.values, studies.design))
        rows.append(
            {
                "of": name,
                "trainings": studies.design.n_seeds,
                "videos": studies.design.n_videos,
                "coverage": _share_held(low, high, studies.truth),
                "length": float(np.mean(high - low)),
                "bootstrap": _share_held(*drawn, studies.truth),
            }
        )
    return pd.DataFrame(rows)


def kinds(rng: np.random.Generator) -> Iterator[tuple[str, Callable[[int], Studies]]]:
    """What is simulated: small classes of one training, shares, and several trainings."""
    for n_videos in (3, 5, 10, 20, 40, 100):
        design = one_seed(n_videos)
        yield "normal", lambda n, d=design: Studies(rng.normal(size=(d.n_videos, n)), 0.0, d)
        yield "skewed", lambda n, d=design: Studies(rng.exponential(size=(d.n_videos, n)), 1.0, d)
        # a few decisive frames, and noise about 0: as ESVs are
        yield "mostly near 0", lambda n, d=design: Studies(_esvs(rng, d.n_videos, n), 0.12, d)
    for n_videos, share in ((20, 0.5), (20, 0.95), (240, 0.5), (240, 0.99)):
        design = one_seed(n_videos)
        yield (
            f"share {share:g}",
            lambda n, d=design, p=share: Studies(
                (rng.random((d.n_videos, n)) < p).astype(float), p, d, True
            ),
        )
    for n_seeds in (2, 3, 5, 10):
        for n_videos, of_seeds, of_videos, name in (
            (60, 1.0, 0.0, "trainings differ"),
            (60, 0.25, 1.0, "trainings and videos differ"),
            (60, 0.0, 1.0, "videos differ"),
        ):
            design = every_training_with_every_video(n_seeds, n_videos)
            yield (
                name,
                lambda n, d=design, s=of_seeds, v=of_videos: Studies(
                    _crossed(rng, d, s, v, n), 0.0, d
                ),
            )


def every_training_with_every_video(n_seeds: int, n_videos: int) -> Design:
    """The crossed design."""
    return crossed(np.repeat(np.arange(n_seeds), n_videos), np.tile(np.arange(n_videos), n_seeds))


def _esvs(rng: np.random.Generator, n_videos: int, n: int) -> np.ndarray:
    shape = (n_videos, n)
    decisive = rng.random(shape) < 0.3
    return np.where(decisive, rng.uniform(0.2, 0.6, shape), rng.normal(0, 0.02, shape))


def _crossed(
    rng: np.random.Generator, design: Design, of_seeds: float, of_videos: float, n: int
) -> np.ndarray:
    seeds = of_seeds * rng.normal(size=(design.n_seeds, n))[design.seed]
    videos = of_videos * rng.normal(size=(design.n_videos, n))[design.video]
    return seeds + videos + rng.normal(size=(len(design.seed), n))


def _share_held(low: np.ndarray, high: np.ndarray, truth: float) -> float:
    return float(((low <= truth) & (truth <= high)).mean())
