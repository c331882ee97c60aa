"""Folds of pairs of coalitions, each of which is left out of a regression to be told by the others.

What a surrogate is fitted to it cannot be judged by. Of each fold it is fitted to all others; then,
given these, the fold is a random sample of the coalitions that were not drawn, so that for one size
with n of N pairs drawn, m of them in the fold, and with what the surrogate leaves of them,

    mean over the size = 1 / N  sum of those outside the fold
                         + (N - n + m) / N  mean of those in the fold

is unbiased. Sizes that are drawn in full need no fold: what is left of them is known.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from playfair.shapley.pairs import Pairs
from playfair.shapley.regression import Regression

MOST = 10  # folds


class Folds(NamedTuple):
    """Which pairs are left out together.

    Attributes:
        of_pair: the fold of each pair; -1 where all of its size are drawn.
        weight: what each pair's residual counts by each fold, of its share in its size.
    """

    of_pair: Int[Tensor, " pair"]
    weight: Float[Tensor, "fold pair"]


class LeftOut(NamedTuple):
    """A regression without some rows.

    Attributes:
        process, effects: its coefficients, those of the rows left out being 0.
        residual: what it does not tell of the rows left out.
    """

    process: Float[Tensor, "row column"]
    effects: Float[Tensor, "effect column"]
    residual: Float[Tensor, "left_out column"]


def draw_folds(pairs: Pairs, generator: torch.Generator) -> Folds:
    """Folds that hold nearly as many of each size, at random.

    Example:
        >>> from playfair.shapley.pairs import draw_pairs
        >>> pairs = draw_pairs(8, 40, torch.Generator().manual_seed(0))
        >>> folds = draw_folds(pairs, torch.Generator().manual_seed(0))
        >>> bool(torch.isclose(folds.weight @ pairs.share, pairs.share.sum()).all())
        True
    """
    counts = torch.unique(pairs.size, return_counts=True)[1].tolist()
    sampled = [bool(of_size[0] > 0) for of_size in pairs.unseen.split(counts)]
    fewest = min([n for n, some in zip(counts, sampled, strict=True) if some], default=1)
    n_folds = min(MOST, fewest)
    of_sizes = [
        torch.randperm(n, generator=generator) % n_folds if some else torch.full((n,), -1)
        for n, some in zip(counts, sampled, strict=True)
    ]
    of_pair = torch.cat(of_sizes)
    inside = of_pair == torch.arange(n_folds)[:, None]
    seen = 1 - pairs.unseen
    weight = []
    for fold in inside:
        parts = []
        for within, share in zip(fold.split(counts), seen.split(counts), strict=True):
            n = len(within)
            m = int(within.sum())
            of_fold = n * (1 - share * (n - m) / n) / max(1, m)
            parts.append(torch.where(within, of_fold, share))
        weight.append(torch.cat(parts))
    return Folds(of_pair, torch.stack(weight))


def left_out(
    regression: Regression,
    process: Float[Tensor, "row column"],
    effects: Float[Tensor, "effect column"],
    rows: Int[Tensor, " left_out"],
) -> LeftOut:
    """The regression as it were without some of its rows, with nothing solved anew but for these.

    With Q as of `regression` and B the rows, Q_BB^-1 (Q y)_B is what the others do not tell of them
    (Dubrule 1983), and Q y - Q_:B Q_BB^-1 (Q y)_B are the coefficients of the others.

    Args:
        regression: of all rows.
        process, effects: its coefficients.
        rows: those left out.
    """
    of_rows = regression.process[:, rows]
    own = of_rows[rows]
    least = 1e-12 / regression.nugget
    factor = torch.linalg.cholesky(own + least * torch.eye(len(rows)).to(own))
    residual = torch.cholesky_solve(process[rows], factor)
    of_others = (process - of_rows @ residual).index_fill(0, rows, 0)
    return LeftOut(of_others, effects - regression.effects[:, rows] @ residual, residual)
