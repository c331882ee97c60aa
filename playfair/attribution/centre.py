"""The nearer to the clip's middle, the more."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("centre", title="centre-weighted", unit="", colour="0.35", line="--")
def centre(asked: Asked) -> Float[Tensor, "video frame"]:
    """A triangle with the sum 1.

    Example:
        >>> asked = Asked(lambda x: x, torch.zeros(1, 3, 2), torch.tensor([0]), torch.ones(2) / 2)
        >>> centre(asked).tolist()
        [[0.25, 0.5, 0.25]]
    """
    frame = torch.arange(1.0, asked.n_frames + 1)
    weights = torch.minimum(frame, asked.n_frames + 1 - frame)
    return (weights / weights.sum()).repeat(asked.n_videos, 1)
