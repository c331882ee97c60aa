"""Frames as a model of whole clips sees them: pixels, normalised and laid into elements."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from playfair.models.separable import as_pictures
from playfair.models.video_model import Preprocess, in_elements
from playfair.shapley.errors import WrongUnits


def pixels_of(
    frames: UInt8[Tensor, "video frame height width 3"],
    preprocess: Preprocess,
    frames_per_element: int,
) -> Float[Tensor, "video element *unit"]:
    """Pixels as a checkpoint wants them, of frames of the right size.

    Args:
        frames: RGB, as they are decoded.
        preprocess: its mean and std; size and crop are for whoever decodes.
        frames_per_element: how many go as one.

    Returns:
        (video, element, 3, height, width), or with several frames to an element (video, element,
        frame, 3, height, width).

    Raises:
        WrongUnits: frames are of another dtype.

    Example:
        >>> white = torch.full((1, 4, 8, 8, 3), 255, dtype=torch.uint8)
        >>> half = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
        >>> pixels_of(white, half, 2).shape, pixels_of(white, half, 2).max().item()
        (torch.Size([1, 2, 2, 3, 8, 8]), 2.0)
    """
    if frames.dtype != torch.uint8:
        raise WrongUnits(
            f"frames must be uint8, RGB from 0 to 255, got {frames.dtype}; pixels that are "
            "normalised already are units as they are"
        )
    pictures = as_pictures(frames)
    if preprocess.mean is not None and preprocess.std is not None:
        pictures -= torch.tensor(preprocess.mean).to(pictures).view(3, 1, 1)
        pictures /= torch.tensor(preprocess.std).to(pictures).view(3, 1, 1)
    return in_elements(pictures, frames_per_element)
