"""How much the picture changes around a frame, whatever the model makes of it."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("pixel_change", title="pixel change", unit="", colour="0.6", line="-.", needs_pictures=True)
def of_asked(question: Asked) -> Float[Tensor, "video frame"]:
    """The pixel change of the pictures that the model is shown."""
    assert question.pictures is not None
    return pixel_change(question.pictures)


def pixel_change(pictures: Float[Tensor, "video frame *pixel"]) -> Float[Tensor, "video frame"]:
    """Mean absolute difference from the frames beside a frame: no model, no class.

    The first and the last frame have one neighbour, all others two, whose mean is taken; so that
    neither end is larger by its place alone. A single frame changes by 0.

    Args:
        pictures: (video, frame, …), in any unit.

    Returns:
        (video, frame), in the same unit.

    Example:
        >>> pixel_change(torch.tensor([[[0.0], [1.0], [3.0]]])).tolist()
        [[1.0, 1.5, 2.0]]
    """
    pixels = pictures.flatten(2)
    steps = (pixels[:, 1:] - pixels[:, :-1]).abs().mean(2)
    total = torch.zeros_like(pixels[..., 0])
    total[:, 1:] += steps
    total[:, :-1] += steps
    neighbours = torch.full((pixels.shape[1],), 2.0, dtype=total.dtype, device=total.device)
    neighbours[[0, -1]] = 1.0
    return total / neighbours
