"""Kernel regression of many columns at once, with the errors of pairs that are left out of it.

Universal kriging: y = trend beta + g, where g is a Gaussian process with the kernel as covariance
and a nugget. With Q = A - A F (F'A F)^-1 F'A, where A is the inverse of the covariance with its
nugget and F the trend, the process's coefficients are Q y, and what the others do not tell of the
rows B is Q_BB^-1 (Q y)_B (Dubrule 1983). One inverse does for all classes of all videos.

A coalition and its complement are left out together. What was not evaluated has no complement that
was, and in many games a complement tells all: of a majority, left out alone, 0.4 of the error.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Regression:
    """Solved for given rows, before any value is known.

    Rows are those of some pairs' coalitions, their complements in the same order, and one more.

    Attributes:
        process: Q, of which Q y are the coefficients of the kernel.
        effects: of which effects y are the coefficients of the trend.
        nugget: what the covariance of a value with itself has more than the kernel.

    Example:
        >>> x = torch.linspace(0, 1, 7, dtype=torch.float64)[:, None]
        >>> regression = regress(torch.exp(-(x - x.T).square()), torch.ones_like(x), 1e-6)
        >>> alone = regression.left_out(regression.process @ x)
        >>> bool(alone[1:5].abs().max() < 0.01)
        True
    """

    process: Float[Tensor, "row row"]
    effects: Float[Tensor, "effect row"]
    nugget: float

    def left_out(self, coefficients: Float[Tensor, "row column"]) -> Float[Tensor, "row column"]:
        """What the other pairs do not tell of the values, from the process's coefficients."""
        n_pairs = len(coefficients) // 2
        least = 1e-12 / self.nugget
        own = self.process.diagonal().clamp(min=least)
        ones = own[:n_pairs, None]
        others = own[n_pairs : 2 * n_pairs, None]
        both = self.process.diagonal(n_pairs)[:n_pairs, None]
        determinant = (ones * others - both.square()).clamp(min=least**2)
        of_ones = coefficients[:n_pairs]
        of_others = coefficients[n_pairs : 2 * n_pairs]
        return torch.cat(
            [
                (others * of_ones - both * of_others) / determinant,
                (ones * of_others - both * of_ones) / determinant,
                coefficients[2 * n_pairs :] / own[2 * n_pairs :, None],
            ]
        )


def regress(
    kernel: Float[Tensor, "row row"], trend: Float[Tensor, "row effect"], nugget: float
) -> Regression:
    """Inverts the covariance of the rows.

    Args:
        kernel: of each row with each.
        trend: what is left without penalty.
        nugget: relative to the kernel's mean variance.
    """
    own = nugget * kernel.diagonal().mean().item()
    covariance = kernel.clone()
    covariance.diagonal().add_(own)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(covariance))
    of_trend = inverse @ trend
    effects = torch.linalg.pinv(trend.T @ of_trend, hermitian=True) @ of_trend.T
    process = torch.addmm(inverse, of_trend, effects, alpha=-1)
    return Regression(process, effects, own)
