"""Interactions from random coalitions and complements, with a fit of all pairs as control variate.

The sums m of a coalition and its complement are fitted by

    m ~ c_k + sum over i < j of [i and j on the same side] (q_ij + w_k g_ij),

by ridge regression, w_k steeper among few elements; the index of the fit is closed form, and what
it leaves is averaged with the weights of `pair_weights`' identity. Of pairs that were not drawn it
is told by leave-one-out residuals, so that but for what one pair in all changes of the fit nothing
is biased.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley import pair_weights
from playfair.shapley.pairs import Pairs
from playfair.shapley.stated_error import StatedError

# Relative to the mean square of a feature; of each column the one that leaves the least.
RIDGES = (1e-8, 1e-3, 3e-2, 1.0, 1e3)
FAINT = (1e-3,)  # where there are many more coalitions than effects
MOST_EFFECTS = 2100  # beyond them nothing is fitted, or not the steep ones
ROWS_OF_EFFECT = 2  # at least; with fewer nothing is fitted
LEAST = 1e-6  # of a residual that its own pair does not explain


class InteractionFit:
    """The estimator for given coalitions, prepared once for all scores.

    Args:
        pairs: what is drawn; coalitions of one element all are.
        device: where the scores will be.
        ridges: that are tried.

    Example:
        >>> pairs = pair_weights.draw(8, 100, torch.Generator().manual_seed(0))
        >>> sums = 1.0 + (pairs.inside[:, :1] == pairs.inside[:, 1:2]).double()  # 1 + v
        >>> index, variance = InteractionFit(pairs).estimate(sums, torch.tensor([2.0]))
        >>> bool((index[:3, 0] - torch.tensor([1.0, 0, 0])).abs().max() < 1e-2)
        True
    """

    def __init__(
        self,
        pairs: Pairs,
        device: torch.device | None = None,
        ridges: Sequence[float] = RIDGES,
    ) -> None:
        self.n_elements = pairs.inside.shape[1]
        self.first, self.second = (side.to(device) for side in pair_weights.both(self.n_elements))
        size = pairs.size.double()
        sizes = torch.arange(self.n_elements // 2 + 1, dtype=torch.float64)
        spread = sizes * (self.n_elements - sizes)
        steep = (self.n_elements**2 / 4 / spread.clamp(min=1)).where(sizes > 0, 0)
        scales = [torch.ones_like(sizes), steep]
        n_pairs = len(self.first)
        # More effects than half of what is drawn change with every single pair that is left out, so
        # that leave-one-out residuals no longer tell of the fit: 24 to 33 % of intervals held.
        n_sampled = int((pairs.unseen > 0).sum())
        most = min(MOST_EFFECTS, n_sampled // ROWS_OF_EFFECT)
        self.scales = scales if 2 * n_pairs <= most else scales[:1]
        if n_pairs > most:
            ridges = RIDGES[-1:]
        inside = pairs.inside
        first, second = pair_weights.both(self.n_elements)
        same = (inside[:, first] == inside[:, second]).double()
        features = torch.cat([same * scale[pairs.size][:, None] for scale in self.scales], dim=1)
        strata = torch.nn.functional.one_hot(pairs.size - 1).double()
        strata = strata[:, strata.any(0)]
        self.count = strata.sum(0)
        contrast = pair_weights.contrast(pairs) * pairs.share[:, None]
        weight = contrast.square().sum(1) * pairs.unseen
        weight = weight / weight.mean().clamp(min=1e-300)
        centred = features - strata @ ((strata.T @ features) / self.count[:, None])
        gram = centred.T @ (centred * weight[:, None])
        mean_square = gram.diagonal().mean().clamp(min=1e-30)
        eye = torch.eye(len(gram), dtype=gram.dtype)
        own = strata @ (1 / self.count)
        solves = []
        alone = []
        for ridge in ridges:
            factor = torch.linalg.cholesky(gram + ridge * mean_square * eye)
            solve = torch.cholesky_solve(centred.T * weight, factor)
            leverage = (centred * solve.T).sum(1) + own
            solves.append(solve)
            alone.append(1 / (1 - leverage).clamp(min=LEAST))
        self.pairs = pairs
        self.strata = strata.to(device)
        self.count = self.count.to(device)
        self.features = features.to(device)
        self.solves = [solve.to(device) for solve in solves]
        self.alone = [factor.to(device) for factor in alone]
        self.weight = weight.to(device)
        self.contrast = contrast.to(device)
        self.unseen = pairs.unseen.to(device)[:, None]
        self.single = (size == 1).to(device)[:, None]
        self.stated = StatedError(pairs, contrast.T, device)

    def centred(self, values: Float[Tensor, "row column"]) -> Float[Tensor, "row column"]:
        """Less the mean of their size."""
        return values - self.strata @ ((self.strata.T @ values) / self.count[:, None])

    def estimate(
        self, sums: Float[Tensor, "row column"], ends: Float[Tensor, " column"]
    ) -> tuple[Float[Tensor, "pair column"], Float[Tensor, "pair column"]]:
        """The index of every two elements and its variance; float64.

        Args:
            sums: v(S) + v(complement of S).
            ends: v(all) + v(none).
        """
        sums = sums.double()
        slopes, alone = self.fitted(sums)
        left = sums - self.features @ slopes
        left = torch.where(self.single, left, self.centred(left))
        index, at_none = self.of_effects(slopes)
        index = index + (ends.double() - at_none) * pair_weights.weight(self.n_elements, 0, 0)
        left = (1 - self.unseen) * left + self.unseen * alone
        return index + self.contrast.T @ left, self.stated.variance(alone)

    def fitted(
        self, sums: Float[Tensor, "row column"]
    ) -> tuple[Float[Tensor, "effect column"], Float[Tensor, "row column"]]:
        """Slopes and leave-one-out residuals by the ridge that leaves the least of each column."""
        target = self.centred(sums)
        features = self.centred(self.features)
        least: Tensor | None = None
        for solve, factor in zip(self.solves, self.alone, strict=True):
            slopes = solve @ target
            alone = (target - features @ slopes) * factor[:, None]
            square = self.weight @ alone.square()
            if least is None:
                least, best, best_alone = square, slopes, alone
                continue
            better = square < least
            least = torch.where(better, square, least)
            best = torch.where(better, slopes, best)
            best_alone = torch.where(better, alone, best_alone)
        return best, best_alone

    def of_effects(
        self, slopes: Float[Tensor, "effect column"]
    ) -> tuple[Float[Tensor, "pair column"], Float[Tensor, " column"]]:
        """The fit's index but for no and all elements, and what it says of these."""
        n_pairs = len(self.first)
        index = torch.zeros_like(slopes[:n_pairs])
        at_none = torch.zeros_like(slopes[0])
        for scale, of_scale in zip(self.scales, slopes.split(n_pairs), strict=True):
            own, shared, others = pair_weights.of_same_side(self.n_elements, scale)
            total = of_scale.sum(0)
            at_none = at_none + scale[0] * total
            of_element = of_scale.new_zeros(self.n_elements, of_scale.shape[1])
            of_element.index_add_(0, self.first, of_scale).index_add_(0, self.second, of_scale)
            touching = of_element[self.first] + of_element[self.second]
            index = index + (own - 2 * shared + others) * of_scale
            index = index + (shared - others) * touching + others * total
        return index, at_none
