"""Which seed and which video each row is of: what an interval is drawn over.

A study of several seeds explains the same videos once for each seed: its rows are *crossed*, every
seed with every video. Rows of one seed are the special case in which each row is a video.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr


class Design(NamedTuple):
    """Seed and video of every row, as numbers from 0."""

    seed: np.ndarray  # (row,)
    video: np.ndarray  # (row,)

    @property
    def n_seeds(self) -> int:
        return int(self.seed.max(initial=-1)) + 1

    @property
    def n_videos(self) -> int:
        return int(self.video.max(initial=-1)) + 1

    def part(self, rows: np.ndarray) -> "Design":
        """The design of some rows. rows: (row,) bool, or indices."""
        return crossed(self.seed[rows], self.video[rows])


def one_seed(n_videos: int) -> Design:
    """The design of rows that are a video each."""
    return Design(np.zeros(n_videos, dtype=int), np.arange(n_videos))


def crossed(seed: np.ndarray, video: np.ndarray) -> Design:
    """The design of rows with these seeds and videos, whatever names both have.

    Example:
        >>> crossed(np.array([7, 7, 9]), np.array(["a", "b", "a"]))
        Design(seed=array([0, 0, 1]), video=array([0, 1, 0]))
    """
    return Design(pd.factorize(seed)[0], pd.factorize(video)[0])


def design(esvs: xr.Dataset) -> Design:
    """The design of a dataset's videos: its coordinates `seed` and `video`, where it has them."""
    n_rows = esvs.sizes["video"]
    if "seed" not in esvs.coords:
        return one_seed(n_rows)
    return crossed(esvs["seed"].values, esvs["video"].values)


def design_of_rows(table: pd.DataFrame) -> Design:
    """The design of a table of one row per video, by its index: uid, or (seed, uid)."""
    if table.index.nlevels == 1:
        return one_seed(len(table))
    seed = table.index.get_level_values("seed")
    video = table.index.get_level_values("uid")
    return crossed(seed.to_numpy(), video.to_numpy())


def rows(esvs: xr.Dataset) -> pd.Index:
    """The index of a table of one row per video: uid with one seed, (seed, uid) with several."""
    uid = esvs["video"].values
    if design(esvs).n_seeds < 2:
        return pd.Index(uid)
    return pd.MultiIndex.from_arrays([esvs["seed"].values, uid], names=["seed", "uid"])


def seeds_column(crossing: Design) -> dict[str, int]:
    """A table's column `seeds`, where there are several: what its intervals take in besides videos.

    Example:
        >>> seeds_column(one_seed(3)), seeds_column(Design(np.array([0, 1]), np.array([0, 0])))
        ({}, {'seeds': 2})
    """
    return {"seeds": crossing.n_seeds} if crossing.n_seeds > 1 else {}


def most_seeds(stores: Iterable[xr.Dataset]) -> int:
    """How many seeds the model with the most has."""
    return max(design(esvs).n_seeds for esvs in stores)
