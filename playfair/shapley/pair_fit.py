"""ESVs from random pairs of coalitions, with a least-squares fit as control variate.

The differences d of the pairs are fitted by d ~ a_k + sum over j in S of (b_j + g_j T / (k (T -
k))); the fit's ESVs are closed form, and what the fit leaves is averaged with the weights of
`pairs`' identity. The first term halves the noise of a nearly additive game, the second lets a
frame matter more among few. As the coefficients come from the same sample, a bias of order 1 /
pairs remains; it vanishes with the budget, and is 0 when all coalitions are drawn.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.pairs import Pairs
from playfair.shapley.stated_error import StatedError

# Relative to the mean square of a feature: keeps 2T coefficients from fewer than 2T pairs finite.
RIDGE = 1e-2


class PairFit:
    """The estimator for given pairs, prepared once for all scores.

    >>> from playfair.shapley.pairs import draw_pairs
    >>> pairs = draw_pairs(6, 20, torch.Generator().manual_seed(0))
    >>> additive = 2 * pairs.inside.double() @ torch.arange(6.0).double()[:, None] - 15
    >>> (PairFit(pairs).estimate(additive)[0] + 3.5).flatten().round(decimals=1).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """

    def __init__(
        self, pairs: Pairs, device: torch.device | None = None, ridge: float = RIDGE
    ) -> None:
        inside = pairs.inside.double()
        size = pairs.size.double()
        self.n_elements = inside.shape[1]
        steep = self.n_elements / (size * (self.n_elements - size))
        strata = torch.nn.functional.one_hot(pairs.size - 1).double()
        # At T/2 which half of a pair comes is arbitrary, and turning it around turns d's sign: no
        # constant there.
        free = (2 * size < self.n_elements)[:, None]
        self.strata = (strata * free)[:, (strata * free).any(0)]
        # Weighted as the residuals count in the end; sizes that are listed in full cannot err, need
        # no fit.
        weight = pairs.share.square() * steep * pairs.unseen
        inside = inside - (size / self.n_elements)[:, None]
        x = self.centred(torch.cat([inside, inside * steep[:, None]], dim=1))
        gram = x.T @ (x * weight[:, None])
        mean_square = gram.diagonal().mean().clamp(min=1e-30)
        gram += ridge * mean_square * torch.eye(len(gram), dtype=gram.dtype)
        solve = torch.linalg.solve(gram, (x * weight[:, None]).T)

        count = strata @ strata.sum(0)
        leverage = (x * solve.T).sum(1) + free[:, 0] / count
        alone = 1 / (1 - leverage).clamp(min=0.05)
        per_slope = torch.stack([pairs.share.sum(), (pairs.share * steep).sum()])
        self.strata = self.strata.to(device)
        self.x = x.to(device)
        self.solve = solve.to(device)
        contrast = pairs.contrast * pairs.share[:, None]
        self.contrast = contrast.to(device)
        self.stated = StatedError(pairs, contrast.T, device)
        self.alone = alone.to(device)
        self.per_slope = per_slope.to(device)

    def centred(self, values: Tensor) -> Tensor:
        """Less the mean of their size (below T/2)."""
        return values - self.strata @ ((self.strata.T @ values) / self.strata.sum(0)[:, None])

    def estimate(
        self, differences: Float[Tensor, "pair column"]
    ) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
        """ESVs but for (v(all) - v(none)) / T, and their standard errors; float64.

        The errors are those of the fit's leave-one-out residuals, as `stated_error` says.
        """
        esv, residual = self.fit(differences)
        return esv, self.stated.variance(residual * self.alone[:, None]).sqrt()

    def fit(
        self, differences: Float[Tensor, "pair column"]
    ) -> tuple[Float[Tensor, "element column"], Float[Tensor, "pair column"]]:
        """Likewise, and what the fit leaves."""
        d = self.centred(differences.double())
        slopes = self.solve @ d
        residual = d - self.x @ slopes
        return self.of_slopes(slopes) + self.contrast.T @ residual, residual

    def of_slopes(self, slopes: Float[Tensor, "slope column"]) -> Float[Tensor, "element column"]:
        """ESVs of what is fitted."""
        fit = (self.per_slope[:, None, None] * slopes.unflatten(0, (2, self.n_elements))).sum(0)
        return (fit - fit.mean(0)) / max(1, self.n_elements - 1)

    @property
    def sums(self) -> Float[Tensor, "pair sum"]:
        """Weights of pairs: what `of_sums` takes are the differences' sums with them."""
        return torch.cat([self.strata, self.solve.T, self.contrast], dim=1)

    def of_sums(
        self, sums: Float[Tensor, "sum column"]
    ) -> tuple[Float[Tensor, "element column"], Float[Tensor, "effect column"]]:
        """ESVs as of `fit`; and means of sizes and slopes, which times `basis` are the fit."""
        widths = [self.strata.shape[1], len(self.solve), self.n_elements]
        # what slopes are of is centred within sizes: means of sizes change none
        of_sizes, slopes, of_contrast = sums.split(widths)
        means = of_sizes / self.strata.sum(0)[:, None]
        weight = self.contrast.T
        left = of_contrast - (weight @ self.strata) @ means - (weight @ self.x) @ slopes
        return self.of_slopes(slopes) + left, torch.cat([means, slopes])

    @property
    def basis(self) -> Float[Tensor, "pair effect"]:
        """What is fitted: means of sizes, and slopes of single elements."""
        return torch.cat([self.strata, self.x], dim=1)
