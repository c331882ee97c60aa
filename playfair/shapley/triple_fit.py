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
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.caches import bytes_of, bytes_within
from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import Pairs

# More elements have more triples than pairs tell.
MOST_ELEMENTS = 18
RIDGE = 1e-3  # of the triples' products, relative to their mean square
MOST_OF_PRODUCTS = 2**24  # bytes, up to which they are kept
# The ridge of single elements: of a game that costs nothing to ask there are pairs enough.
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
        self.triples = triples
        self.kept: Tensor | None = None
        self.sign = (2 * pairs.inside.to(device).float() - 1).T.contiguous()
        products = self.products
        # what a fit leaves of twice the products is that less `basis` @ `fitted`
        basis = self.fit.basis
        weighted = basis * self.unseen[:, None]
        sums = self.fit.sums
        of_all = 2 * (products @ torch.cat([sums, weighted], dim=1).float()).T.double()
        of_sums, of_weighted = of_all.split([sums.shape[1], basis.shape[1]])
        esv, fitted = self.fit.of_sums(of_sums)
        known = torch.zeros_like(esv).scatter_(0, triples.T, 2 / 3)
        # less what all elements have in common, which the pairs do not tell
        self.off = esv - (known - known.mean(0))
        of_both = of_weighted.T @ fitted
        gram = 4 * moments(pairs.inside.to(device), self.unseen, triples) - of_both - of_both.T
        gram += fitted.T @ (weighted.T @ basis) @ fitted
        gram.diagonal().add_(RIDGE * gram.diagonal().mean())
        self.inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram)).float()
        self.basis = basis.float()
        self.weight = self.unseen.float()[:, None]
        self.fitted = fitted.float()

    @property
    def products(self) -> Float[Tensor, "triple pair"]:
        """Of the signs of each triple's elements; many are made anew, which costs little."""
        if self.kept is not None:
            return self.kept
        first, second, third = self.triples.T
        # a row of signs is taken in a fraction of the time of a column
        products = (self.sign[first] * self.sign[second]).mul_(self.sign[third])
        if bytes_of(products) <= MOST_OF_PRODUCTS:
            self.kept = products
        return products

    @property
    def n_bytes(self) -> int:
        """What is kept of it."""
        return bytes_within(self, self.fit, self.stated)

    def estimate(
        self, differences: Float[Tensor, "pair column"]
    ) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
        """ESVs but for what all elements have in common, and their variances; float64."""
        if not self.used:
            esv, left = self.fit.fit(differences)
            return esv, self.stated.variance(left)
        esv, met = self.fit.of_sums(self.fit.sums.T @ differences.double())
        # what is left serves as a control variate and for the noise: it need not be in float64
        left = differences.float() - self.basis @ met.float()
        weighted = left * self.weight
        along = 2 * (self.products @ weighted) - self.fitted.T @ (self.basis.T @ weighted)
        slopes = self.inverse @ along
        left.addmm_(self.products.T, slopes, alpha=-2)
        left.addmm_(self.basis, self.fitted @ slopes)
        esv -= self.off @ slopes.double()
        return esv, self.by_chance * self.stated.variance(left.double())


def moments(
    inside: Bool[Tensor, "pair element"],
    weight: Float[Tensor, " pair"],
    triples: Int[Tensor, "triple 3"],
) -> Float[Tensor, "triple triple"]:
    """Weighted sums over pairs of the product of two triples' products of signs.

    Elements that both triples have cancel, so that all follow from the sums of products of 0, 2, 4
    and 6 elements: a Walsh-Hadamard transform of the weights, in place of a product of matrices.

    Example:
        >>> inside = torch.tensor([[True, True, False, False], [True, False, False, False]])
        >>> triples = torch.tensor([[0, 1, 2], [0, 1, 3]])
        >>> moments(inside, torch.tensor([1.0, 3.0]), triples).tolist()
        [[4.0, 4.0], [4.0, 4.0]]
    """
    n_elements = inside.shape[1]
    bits = 2 ** torch.arange(n_elements, device=inside.device)
    sums = weight.new_zeros(2**n_elements).index_add_(0, inside.long() @ bits, weight)
    for element in range(n_elements):
        without, present = sums.view(-1, 2, 2**element).unbind(1)
        sums = torch.stack([without + present, without - present], dim=1)
    codes = bits[triples].sum(1)
    # an even number of elements, so that signs of what is outside and of what is inside agree
    return sums.flatten()[codes[:, None] ^ codes]
