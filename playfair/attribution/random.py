"""Draws: what a method must beat to say anything."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("random", title="random", unit="", colour="0.55", line="-.")
def random(question: Asked) -> Float[Tensor, "video frame"]:
    """Uniform draws from 0 to 1."""
    generator = question.generator or torch.Generator().manual_seed(0)
    return torch.rand(question.n_videos, question.n_frames, generator=generator)
