"""Kernel regression of many columns at once, with leave-one-out errors in closed form.

Universal kriging: y = trend beta + g, where g is a Gaussian process with the kernel as covariance
and a nugget. With Q = A - A F (F'A F)^-1 F'A, where A is the inverse of the covariance with its
nugget and F the trend, the process's coefficients are Q y, and what the others do not tell of a
value is (Q y)_b / Q_bb (Dubrule 1983). One inverse does for all classes of all videos.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Regression:
    """Solved for given coalitions, before any value is known.

    Attributes:
        process: Q, of which Q y are the coefficients of the kernel.
        effects: of which effects y are the coefficients of the trend.
        nugget: what the covariance of a value with itself has more than the kernel.

    Example:
        >>> x = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None]
        >>> regression = regress(torch.exp(-(x - x.T).square()), torch.ones_like(x), 1e-6)
        >>> alone = regression.alone(x)
        >>> bool(alone[1:-1].abs().max() < 0.01)
        True
    """

    process: Float[Tensor, "row row"]
    effects: Float[Tensor, "effect row"]
    nugget: float

    def alone(self, values: Float[Tensor, "row column"]) -> Float[Tensor, "row column"]:
        """Leave-one-out residuals."""
        return self.left_out(self.process @ values)

    def left_out(self, coefficients: Float[Tensor, "row column"]) -> Float[Tensor, "row column"]:
        """Leave-one-out residuals from the process's coefficients."""
        return coefficients / self.process.diagonal().clamp(min=1e-12 / self.nugget)[:, None]


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
