"""Which frames matter together: the pairwise Shapley interaction index (Grabisch & Roubens 1999).

I_ij = sum over S without i, j of  |S|! (T - |S| - 2)! / (T - 1)!  [ v(S+ij) - v(S+i) - v(S+j) + v(S) ]:
positive where two frames say more together than apart, negative where one makes the other redundant.
"""

from collections.abc import Iterator
from math import factorial

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.checks import check
from playfair.shapley.coalitions import members
from playfair.shapley.exact import check_length
from playfair.shapley.game import Block, Heads, Model, blocks_of_callable
from playfair.shapley.heads import blocks_of_heads, layers_of
from playfair.shapley.memory import keep_freed_memory, videos_together


@torch.no_grad()
def interactions(
    model: Model, features: Float[Tensor, "video frame feature"], prior: Float[Tensor, " class"]
) -> Float[Tensor, "video frame frame class"]:
    """Pairwise interactions of frames, for all classes; probability. Symmetric, 0 on the diagonal.

    Arguments as `explain`, exact values only; raises ValueError as it does.

    >>> one_is_enough = lambda x: torch.stack([x.amax((1, 2)), 0 * x[:, 0, 0]], 1)
    >>> found = interactions(one_is_enough, torch.tensor([[[3.0], [3.0], [0.0]]]), torch.tensor([0.5, 0.5]))
    >>> bool(found[0, 0, 1, 0] < 0)
    True
    """
    check(model, features, prior)
    n_frames, n_classes = features.shape[1], len(prior)
    check_length(n_frames)
    keep_freed_memory()
    found = []
    layers = layers_of(model, features) if isinstance(model, Heads) else []
    for part in features.split(videos_together(len(features), n_frames, n_classes, features.device)):
        if isinstance(model, Heads):
            blocks = blocks_of_heads(layers, part)
        else:
            blocks = blocks_of_callable(model, part, n_classes, removal="delete")
        found.append(interactions_from_blocks(blocks, n_frames, prior.to(features.device)))
    return torch.cat(found).to(features.dtype)


def interactions_from_blocks(
    blocks: Iterator[Block], n_frames: int, prior: Float[Tensor, " class"]
) -> Float[Tensor, "video frame frame class"]:
    """The index as a weighted sum over all coalitions X, by how many of the two frames X holds; float64."""
    i, j = torch.triu_indices(n_frames, n_frames)
    together: Tensor | float = 0.0
    for size, start, scores in blocks:
        inside = members(n_frames, size)[start : start + len(scores)]
        both_in = (inside[:, i] & inside[:, j]).to(scores.device, scores.dtype)
        sums = (both_in.T @ scores.flatten(1)).double().unflatten(1, scores.shape[1:])
        both = sums.new_zeros(n_frames, n_frames, *sums.shape[1:])
        both[i, j] = both[j, i] = sums
        single = both.diagonal().permute(2, 0, 1)
        one = single[:, None] + single - 2 * both
        none = single.sum(0) / size - both - one
        weights = (weight(n_frames, size, n_inside) for n_inside in (2, 1, 0))
        together = together + sum(w * x for w, x in zip(weights, (both, one, none), strict=True))
    assert isinstance(together, Tensor)
    index = together.permute(2, 0, 1, 3)[..., : len(prior)] + weight(n_frames, 0, 0) * prior.double()
    index.diagonal(dim1=1, dim2=2).zero_()
    return index


def weight(n_frames: int, size: int, n_inside: int) -> float:
    """What a coalition counts that holds n_inside of the two frames."""
    others = size - n_inside
    if others < 0 or others > n_frames - 2:
        return 0.0
    sign = -1 if n_inside == 1 else 1
    return sign * factorial(others) * factorial(n_frames - others - 2) / factorial(n_frames - 1)
