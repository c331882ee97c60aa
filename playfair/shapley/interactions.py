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
from playfair.shapley.coalitions import all_members
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
    for part in features.split(
        videos_together(len(features), n_frames, n_classes, features.device)
    ):
        if isinstance(model, Heads):
            blocks = blocks_of_heads(layers, part)
        else:
            blocks = blocks_of_callable(model, part, n_classes, removal="delete")
        found.append(interactions_from_blocks(blocks, n_frames, prior.to(features.device)))
    return torch.cat(found).to(features.dtype)


def interactions_from_blocks(
    blocks: Iterator[Block], n_frames: int, prior: Float[Tensor, " class"]
) -> Float[Tensor, "video frame frame class"]:
    """The index as a weighted sum over all coalitions, by how many of the two frames they hold; float64."""
    i, j = torch.triu_indices(n_frames, n_frames, offset=1)
    by_size = [[weight(n_frames, size, n) for n in (0, 1, 2)] for size in range(n_frames + 1)]
    sums: Tensor | float = 0.0
    for start, scores in blocks:
        inside = all_members(n_frames)[start : start + len(scores)]
        weights = torch.tensor(by_size, dtype=scores.dtype)[
            inside.sum(1)[:, None], inside[:, i].int() + inside[:, j]
        ]
        sums = sums + (weights.T.to(scores.device) @ scores.flatten(1)).double().unflatten(
            1, scores.shape[1:]
        )
    assert isinstance(sums, Tensor)
    pairs = sums[..., : len(prior)].transpose(0, 1) + by_size[0][0] * prior.double()
    index = pairs.new_zeros(len(pairs), n_frames, n_frames, len(prior))
    index[:, i, j] = index[:, j, i] = pairs
    return index


def weight(n_frames: int, size: int, n_inside: int) -> float:
    """What a coalition counts that holds n_inside of the two frames."""
    others = size - n_inside
    if others < 0 or others > n_frames - 2:
        return 0.0
    sign = -1 if n_inside == 1 else 1
    return sign * factorial(others) * factorial(n_frames - others - 2) / factorial(n_frames - 1)
