"""ESVs of a multi-scale model from plain means of its evaluated subsets, for want of a surrogate.

A head that answers to a combination of frames is told by none of its other subsets: a surrogate's
extrapolation is then worse than no extrapolation. Here a coalition's logits at a scale are the mean
over those of its subsets that were evaluated, together with the mean over all evaluated ones, which
counts as one of them.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.scale_surrogate import Scale


def scores_of_means(
    scales: Sequence[Scale],
    inside: Bool[Tensor, "coalition element"],
    columns: Bool[Tensor, " column"],
    n_videos: int,
) -> Float[Tensor, "coalition chosen"]:
    """Scores of coalitions.

    Args:
        scales: with the values of their evaluated subsets.
        inside: the coalitions.
        columns: which (video, class) are asked for, all classes of `n_videos` videos.
        n_videos: as many as these columns are of.
    """
    sizes = inside.sum(1)
    logits = torch.zeros(())
    n_used = torch.zeros(())
    for scale in scales:
        design = scale.design
        values = scale.values[:, columns].double()
        held = (inside.float() @ design.inside.float().T == design.scale).double()
        mean = (held @ values + values.mean(0)) / (held.sum(1, keepdim=True) + 1)
        if design.unseen == 0:
            mean = held @ values / held.sum(1, keepdim=True).clamp(min=1)
        used = (sizes >= design.scale)[:, None].double()
        logits = logits + used * mean
        n_used = n_used + used
    return (logits / n_used).unflatten(1, (n_videos, -1)).softmax(-1).flatten(1)
