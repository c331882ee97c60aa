"""Videos of which no error can be stated: all that was evaluated of them is alike.

Where few coalitions decide, as where 5 frames are needed together, it happens that none of them is
drawn. What was seen is constant then, and so is the estimate; but nothing tells by how much the
rest differs, and an error of 0 would hold of a constant game alone. So none is stated.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.pairs import Pairs
from playfair.shapley.scale_surrogate import Scale

# Of the largest value; what differs by less is alike, as float32 rounds.
ROUNDING = 1e-6


def of_pairs(
    pairs: Pairs,
    differences: Float[Tensor, "pair column"],
    score: Float[Tensor, " column"],
    n_videos: int,
) -> Bool[Tensor, " video"]:
    """Videos whose differences are alike among the pairs of each size that was not drawn whole.

    Args:
        pairs: what was drawn.
        differences: v(S) - v(complement of S); `column` is (video, class) as one axis.
        score: of the whole videos.
        n_videos: as many as these columns are of.

    Example:
        >>> from playfair.shapley.pairs import draw_pairs
        >>> pairs = draw_pairs(6, 20, torch.Generator().manual_seed(0))
        >>> worth = torch.stack([torch.zeros(20), pairs.inside[:, 0].double()], dim=1)
        >>> of_pairs(pairs, worth, torch.ones(2), n_videos=2).tolist()
        [True, False]
    """
    counts: list[int] = torch.unique(pairs.size, return_counts=True)[1].tolist()
    spreads = [
        spread(of_size)
        for of_size, unseen in zip(
            differences.split(counts), pairs.unseen.split(counts), strict=True
        )
        if unseen[0] > 0
    ]
    if not spreads:
        return torch.zeros(n_videos, dtype=torch.bool, device=differences.device)
    largest = torch.maximum(differences.abs().amax(0), score.abs().to(differences))
    return alike(torch.stack(spreads).amax(0), largest, n_videos)


def of_scales(scales: Sequence[Scale], n_videos: int) -> Bool[Tensor, " video"]:
    """Videos whose logits are alike among the subsets of each scale that was not seen whole."""
    unseen = [scale.values for scale in scales if scale.design.unseen > 0]
    if not unseen:
        return torch.zeros(n_videos, dtype=torch.bool, device=scales[0].mean.device)
    spreads = torch.stack([spread(values) for values in unseen]).amax(0)
    largest = torch.stack([scale.values.abs().amax(0) for scale in scales]).amax(0)
    return alike(spreads, largest, n_videos)


def spread(values: Float[Tensor, "row column"]) -> Float[Tensor, " column"]:
    """From the least to the largest."""
    return values.amax(0) - values.amin(0)


def alike(
    spreads: Float[Tensor, " column"], largest: Float[Tensor, " column"], n_videos: int
) -> Bool[Tensor, " video"]:
    """Whether no class of a video differs by more than rounding does."""
    of_videos = spreads.unflatten(0, (n_videos, -1)).amax(1)
    return of_videos <= ROUNDING * largest.unflatten(0, (n_videos, -1)).amax(1)
