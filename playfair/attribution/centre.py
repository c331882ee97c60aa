"""The nearer to the clip's middle, the more."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("centre", title="centre-weighted", unit="", colour="0.35", line="--")
def centre(question: Asked) -> Float[Tensor, "video frame"]:
    """A triangle with the sum 1.

    Example:
        >>> prior = torch.ones(2) / 2
        >>> question = Asked(lambda x: x, torch.zeros(1, 3, 2), torch.tensor([0]), prior)
        >>> centre(question).tolist()
        [[0.25, 0.5, 0.25]]
    """
    frame = torch.arange(1.0, question.n_frames + 1)
    weights = torch.minimum(frame, question.n_frames + 1 - frame)
    return (weights / weights.sum()).repeat(question.n_videos, 1)
