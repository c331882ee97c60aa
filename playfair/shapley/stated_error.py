"""How errors are stated of what was estimated from pairs: so that 95 % intervals hold.

An estimate is a weighted sum over pairs, and what a new pair would show beyond the fit is seen in
the leave-one-out residuals e. Of its error the variance would be

    sum over pairs of  unseen  weight^2  e^2,

if enough pairs were seen. But a decided video rests on few coalitions: of all pairs of its size
often one differs, and most draws miss it. Then the residuals are nearly 0, and the error is not. So
each size counts one pair more, whose residual is the largest of the size before (what few elements
show among few, they show among one more), and at least its own mean square. The more pairs a size
has, the less that one counts; when all were drawn, nothing is unseen.

Without it 33 % of 95 % intervals held on the worst clip of a trained TSN at 8 elements and 49
evaluations, 63 % at 12 and 900; with it 96 % of both.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.pairs import Pairs

# What is missed less often may be left out of 95 % intervals.
RARELY = 0.05


class StatedError:
    """Variances of sums over given pairs, prepared once for all scores.

    Args:
        pairs: what was drawn, by size.
        weight: what a pair's difference counts in an element's value.
        device: where residuals will be.

    Example:
        >>> from playfair.shapley.pairs import draw_pairs
        >>> pairs = draw_pairs(6, 20, torch.Generator().manual_seed(0))
        >>> stated = StatedError(pairs, (pairs.contrast * pairs.share[:, None]).T)
        >>> stated.variance(torch.zeros(20, 1, dtype=torch.float64)).max().item()
        0.0
    """

    def __init__(
        self,
        pairs: Pairs,
        weight: Float[Tensor, "element pair"],
        device: torch.device | None = None,
    ) -> None:
        square = weight.square()
        self.counts: list[int] = torch.unique(pairs.size, return_counts=True)[1].tolist()
        missed = (square * share_of_one_more(pairs.unseen)).split(self.counts, dim=1)
        of_sizes = [of_size.mean(1) for of_size in missed]
        self.square = (square * pairs.unseen).to(device)
        self.one_more = torch.stack(of_sizes, dim=1).to(device)

    def variance(self, alone: Float[Tensor, "pair column"]) -> Float[Tensor, "element column"]:
        """Of the sums, from the leave-one-out residuals of all pairs."""
        squares = alone.square()
        of_sizes = squares.split(self.counts)
        largest = torch.stack([of_size.amax(0) for of_size in of_sizes])
        another = torch.stack([of_size.mean(0) for of_size in of_sizes])
        another[1:] = torch.maximum(another[1:], largest[:-1])
        return self.square @ squares + self.one_more @ another


def share_of_one_more(unseen: Float[Tensor, " pair"]) -> Float[Tensor, " pair"]:
    """What one pair more counts: as any other, or as much as missing it would change the value.

    Of N pairs of a size, n drawn, the value lacks weight n / N times the one that differs. Two
    standard errors are at least that, unless it is rarely missed.
    """
    lacking = (1 - unseen).square() / 4
    return torch.where(unseen > RARELY, torch.maximum(unseen, lacking), unseen)
