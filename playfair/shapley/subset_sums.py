"""Exact ESVs of a model that averages per-frame logits (TSN), from subset sums of two halves.

A coalition is a part f of the first half of the frames and a part b of the second, and for
|f| + |b| = k

    exp(f(X')) = exp(sum over f / k) * exp(sum over b / k),

so the softmax's denominators of all coalitions are one product of two small matrices, and their
scores are summed by two more: 2^(T/2) exponentials per size instead of one per coalition and class.
20 frames of 174 classes take 0.05 s per video instead of 1 s level by level.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.coalitions import all_members, of_size

# Denominators stay above exp(-MAX_RANGE), well inside float64 (exp(-708)).
MAX_RANGE = 600.0


def sums_over_coalitions(
    logits: Float[Tensor, "video element class"],
) -> Iterator[Float[Tensor, "video element class"]]:
    """For sizes 1 ... T - 1 and each frame: the sum of the scores of the coalitions with it."""
    n_elements = logits.shape[1]
    middle = n_elements // 2
    inside = [all_members(n).to(logits) for n in (middle, n_elements - middle)]
    halves = logits.split([middle, n_elements - middle], 1)
    sums = [member @ half for member, half in zip(inside, halves, strict=True)]
    for size in range(1, n_elements):
        first, second = (exp_of_mean(x / size) for x in sums)
        # summed over the other half's parts
        scores = [torch.zeros_like(first), torch.zeros_like(second)]
        for n_first in range(max(0, size - n_elements + middle), min(middle, size) + 1):
            f = of_size(middle, n_first)
            b = of_size(n_elements - middle, size - n_first)
            inverse = (first[:, f] @ second[:, b].mT).reciprocal_()
            scores[0][:, f] = first[:, f] * (inverse @ second[:, b])
            scores[1][:, b] = second[:, b] * (inverse.mT @ first[:, f])
        parts = [member.T @ score for member, score in zip(inside, scores, strict=True)]
        yield torch.cat(parts, dim=1)


def exp_of_mean(mean: Float[Tensor, "video part class"]) -> Float[Tensor, "video part class"]:
    """exp, in place, less its largest over classes."""
    return mean.sub_(mean.amax(-1, keepdim=True)).exp_()
