"""Scores of all 2^T coalitions in one table, to be looked up by the frames that are kept."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.checks import check
from playfair.shapley.coalitions import all_members
from playfair.shapley.exact import check_length
from playfair.shapley.game import Heads, Model, blocks_of_callable
from playfair.shapley.heads import blocks_of_heads, layers_of


@torch.no_grad()
def scores_of_subsets(
    model: Model, features: Float[Tensor, "video frame feature"], prior: Float[Tensor, " class"]
) -> Float[Tensor, "subset video class"]:
    """Scores of all coalitions, float64: row Σ 2^i over the kept frames i; row 0 is the prior.

    Raises ValueError as `explain` does.

    >>> table = scores_of_subsets(lambda x: x.mean(1), torch.eye(2)[None], torch.tensor([0.5, 0.5]))
    >>> table.shape, table[0, 0].tolist()  # rows: no frame, frame 0, frame 1, both
    (torch.Size([4, 1, 2]), [0.5, 0.5])
    """
    check(model, features, prior)
    n_videos, n_frames, _ = features.shape
    check_length(n_frames)
    table = prior.to(features.device).double().repeat(2**n_frames, n_videos, 1)
    if isinstance(model, Heads):
        blocks = blocks_of_heads(layers_of(model, features), features)
    else:
        blocks = blocks_of_callable(model, features, len(prior), removal="delete")
    for start, scores in blocks:
        inside = all_members(n_frames)[start : start + len(scores)]
        row = (inside.long() << torch.arange(n_frames)).sum(1)
        table[row.to(features.device)] = scores[..., : len(prior)].double()
    return table
