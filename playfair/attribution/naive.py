"""Attributions that need no theory: what a method must beat to be worth its cost."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor


def uniform(n_videos: int, n_frames: int) -> Float[Tensor, "video frame"]:
    """All frames alike: 1 / n."""
    return torch.full((n_videos, n_frames), 1 / n_frames)


def random(
    n_videos: int, n_frames: int, generator: torch.Generator
) -> Float[Tensor, "video frame"]:
    """Uniform draws from 0 to 1."""
    return torch.rand(n_videos, n_frames, generator=generator)


def centre(n_videos: int, n_frames: int) -> Float[Tensor, "video frame"]:
    """The nearer to the clip's middle, the more: a triangle with the sum 1.

    >>> centre(1, 3).tolist()
    [[0.25, 0.5, 0.25]]
    """
    frame = torch.arange(1.0, n_frames + 1)
    weights = torch.minimum(frame, n_frames + 1 - frame)
    return (weights / weights.sum()).repeat(n_videos, 1)


@torch.no_grad()
def leave_one_out(
    head: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame feature"],
    label: Int[Tensor, " video"],
    prior: Float[Tensor, " class"],
) -> Float[Tensor, "video frame"]:
    """f(X) − f(X without the frame): what a frame adds to all others, probability."""
    n_videos, n_frames, _ = features.shape
    each = torch.arange(n_videos), label
    whole = head(features).softmax(-1)[each]
    if n_frames == 1:
        return (whole - prior[label])[:, None]
    kept = [[other for other in range(n_frames) if other != frame] for frame in range(n_frames)]
    return torch.stack(
        [whole - head(features[:, others]).softmax(-1)[each] for others in kept], dim=1
    )
