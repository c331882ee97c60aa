"""All frames alike: chance."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("uniform", title="uniform", unit="", colour="0.7", line=":")
def uniform(question: Asked) -> Float[Tensor, "video frame"]:
    """1 / n of each frame."""
    return torch.full((question.n_videos, question.n_frames), 1 / question.n_frames)
