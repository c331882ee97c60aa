"""How often intervals of means and shares hold the truth: simulated studies of known truth."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from playfair.analysis.bootstrap import mean_interval, resampled_means
from playfair.analysis.design import Design, crossed, one_seed
from playfair.analysis.draws import interval


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
        yield "normal", partial(_normal, rng, n_videos)
        yield "skewed", partial(_skewed, rng, n_videos)
        yield "mostly near 0", partial(_esvs, rng, n_videos)
    for n_videos, share in ((20, 0.5), (20, 0.95), (240, 0.5), (240, 0.99)):
        yield f"share {share:g}", partial(_shares, rng, n_videos, share)
    spreads = {
        "trainings differ": (1.0, 0.0),
        "trainings and videos differ": (0.25, 1.0),
        "videos differ": (0.0, 1.0),
    }
    for n_seeds in (2, 3, 5, 10):
        design = every_training_with_every_video(n_seeds, 60)
        for name, (of_seeds, of_videos) in spreads.items():
            yield name, partial(_crossed, rng, design, of_seeds, of_videos)


def _normal(rng: np.random.Generator, n_videos: int, n: int) -> Studies:
    return Studies(rng.normal(size=(n_videos, n)), 0.0, one_seed(n_videos))


def _skewed(rng: np.random.Generator, n_videos: int, n: int) -> Studies:
    return Studies(rng.exponential(size=(n_videos, n)), 1.0, one_seed(n_videos))


def _esvs(rng: np.random.Generator, n_videos: int, n: int) -> Studies:
    """A few decisive frames, and noise about 0: as ESVs are."""
    shape = (n_videos, n)
    decisive = rng.random(shape) < 0.3
    values = np.where(decisive, rng.uniform(0.2, 0.6, shape), rng.normal(0, 0.02, shape))
    return Studies(values, 0.12, one_seed(n_videos))


def _shares(rng: np.random.Generator, n_videos: int, share: float, n: int) -> Studies:
    values = (rng.random((n_videos, n)) < share).astype(float)
    return Studies(values, share, one_seed(n_videos), shares=True)


def every_training_with_every_video(n_seeds: int, n_videos: int) -> Design:
    """The crossed design."""
    return crossed(np.repeat(np.arange(n_seeds), n_videos), np.tile(np.arange(n_videos), n_seeds))


def _crossed(
    rng: np.random.Generator, design: Design, of_seeds: float, of_videos: float, n: int
) -> Studies:
    seeds = of_seeds * rng.normal(size=(design.n_seeds, n))[design.seed]
    videos = of_videos * rng.normal(size=(design.n_videos, n))[design.video]
    return Studies(seeds + videos + rng.normal(size=(len(design.seed), n)), 0.0, design)


def _share_held(low: np.ndarray, high: np.ndarray, truth: float) -> float:
    return float(((low <= truth) & (truth <= high)).mean())
