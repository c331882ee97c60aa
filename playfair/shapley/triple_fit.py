"""ESVs of a game that costs nothing to ask, from many pairs: with triples as control variates.

Of differences of complements only what is odd is left, v(S) - v(complement) = 2 sum over odd K of
a_K prod over j in K of s_j, with s_j = 1 inside and -1 outside. An element's value of the product
over K is 2 / |K| (of each of its elements alike), so that products of three elements are known, as
single elements are. What the pairs make of a product in place of its known value tells how far
they are off: with b the coefficients of a regression of what `pair_fit` leaves,

    phi = phi of the pairs - sum over K of b_K (phi_K of the pairs - 2 [i in K] / 3).

At 16 elements, of 4,096 pairs, that leaves a third of the noise (0.1 to 0.8 of six trained games).
"""

from itertools import combinations
from math import comb

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import Pairs

# More elements have more triples than pairs tell.
MOST_ELEMENTS = 18
RIDGE = 1e-3
TRIPLES = 64  # that are fitted at once, so that they stay in cache
# Nothing is known of the game that needs to be met but roughly: the least squares of single
# elements are met exactly.
EXACTLY = 1e-12


class TripleFit:
    """The estimate for given pairs, prepared once for all scores.

    Args:
        pairs: what is scored.
        device: where the scores will be.

    Example:
        >>> from playfair.shapley.pairs import draw_pairs
        >>> pairs = draw_pairs(12, 500, torch.Generator().manual_seed(0))
        >>> worth = lambda inside: inside[:, :3].all(1, keepdim=True).double()
        >>> esv, _ = TripleFit(pairs).estimate(worth(pairs.inside) - worth(~pairs.inside))
        >>> (esv[:4, 0] + 1 / 12).round(decimals=1).abs().tolist()  # and what all have in common
        [0.3, 0.3, 0.3, 0.0]
    """

    def __init__(self, pairs: Pairs, device: torch.device | None = None) -> None:
        self.fit = PairFit(pairs, device, ridge=EXACTLY)
        n_elements = pairs.inside.shape[1]
        weight = pairs.share.square() * pairs.unseen
        self.unseen = (weight / weight.mean().clamp(min=1e-300)).to(device)
        # what one pair that was not drawn may hold counts here too: of clips that few coalitions
        # leave open it may be one of them
        self.stated = self.fit.stated
        self.by_chance = 1.0
        n_triples = comb(n_elements, 3)
        n_sampled = int((pairs.unseen > 0).sum())
        # fewer pairs than twice the triples would be met by chance
        self.used = n_elements <= MOST_ELEMENTS and n_sampled > 2 * n_triples > 0
        if not self.used:
            return
        # what coefficients leave of the pairs that they are from is less than of others
        self.by_chance = (1 - n_triples / n_sampled) ** -2
        triples = torch.tensor(list(combinations(range(n_elements), 3)), device=device)
        # (element, pair), as rows are taken in a fraction of the time of columns
        sign = (2 * pairs.inside.to(device).double() - 1).T.contiguous()
        values = []
        left = []
        for some in triples.split(TRIPLES):
            products = sign[some[:, 0]] * sign[some[:, 1]] * sign[some[:, 2]]
            of_some, left_of_some = self.fit.fit(2 * products.T)
            values.append(of_some)
            left.append(left_of_some.float())
        esv = torch.cat(values, dim=1)
        known = torch.zeros_like(esv).scatter_(0, triples.T, 2 / 3)
        # less what all elements have in common, which the pairs do not tell
        self.off = esv - (known - known.mean(0))
        self.left = torch.cat(left, dim=1)
        self.weighted = (self.left * self.unseen.float()[:, None]).T
        gram = self.weighted @ self.left
        gram.diagonal().add_(RIDGE * gram.diagonal().mean())
        self.factor = torch.linalg.cholesky(gram)

    def estimate(
        self, differences: Float[Tensor, "pair column"]
    ) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
        """ESVs but for what all elements have in common, and their variances; float64."""
        esv, left = self.fit.fit(differences)
        if self.used:
            slopes = torch.cholesky_solve(self.weighted @ left.float(), self.factor)
            esv = esv - self.off @ slopes.double()
            left = left - (self.left @ slopes).double()
        return esv, self.by_chance * self.stated.variance(left)
