"""The nearer to the clip's middle, the more, as a bell."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method

WIDTH = 1 / 4  # standard deviation, in clips


@method("gaussian_centre", title="Gaussian centre", unit="", colour="0.5", line="--", leading=False)
def gaussian_centre(question: Asked) -> Float[Tensor, "video frame"]:
    """exp(−z² / 2), z the distance from the middle in standard deviations; the sum is 1.

    Example:
        >>> question = Asked(
        ...     lambda x: x, torch.zeros(1, 4, 2), torch.tensor([0]), torch.ones(2) / 2
        ... )
        >>> [round(value, 4) for value in gaussian_centre(question)[0].tolist()]
        [0.1345, 0.3655, 0.3655, 0.1345]
    """
    frame = torch.arange(question.n_frames, dtype=torch.float32)
    middle = (question.n_frames - 1) / 2
    weights = torch.exp(-(((frame - middle) / (WIDTH * question.n_frames)) ** 2) / 2)
    return (weights / weights.sum()).repeat(question.n_videos, 1)
