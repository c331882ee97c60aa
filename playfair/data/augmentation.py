"""Random changes to training batches that leave the class as it is; drawn once per video, so motion stays motion."""

import torch
from torch import Tensor
from torch.nn import functional as F


def augment(frames: Tensor, shift: float = 0.06, colour: float = 0.2) -> Tensor:
    """Shifts each video by up to `shift` of its size and changes its brightness, contrast and the gain of each channel.

    No flips: they would turn "left to right" into "right to left".

    Args:
        frames: (video, frame, 3, height, width), in [0, 1].
        shift: largest shift, in parts of height and width; uncovered borders repeat the edge.
        colour: largest relative change of contrast and of each channel's gain, and half the largest of brightness.
    """
    videos, device = len(frames), frames.device
    frames = _shifted(frames, shift)

    def draw(*shape: int) -> Tensor:
        return (2 * torch.rand(videos, *shape, device=device) - 1) * colour

    mean = frames.mean(dim=(1, 2, 3, 4), keepdim=True)
    contrast, gain, brightness = draw(1, 1, 1, 1), draw(1, 3, 1, 1), draw(1, 1, 1, 1) / 2
    return ((frames - mean) * (1 + contrast) * (1 + gain) + mean + brightness).clamp_(0, 1)


def _shifted(frames: Tensor, shift: float) -> Tensor:
    videos, n_frames, _, height, width = frames.shape
    dy, dx = round(shift * height), round(shift * width)
    padded = F.pad(frames.flatten(0, 1), (dx, dx, dy, dy), mode="replicate").unflatten(0, (videos, n_frames))
    tops, lefts = torch.randint(2 * dy + 1, (videos,)), torch.randint(2 * dx + 1, (videos,))
    crops = [
        video[..., top : top + height, left : left + width]
        for video, top, left in zip(padded, tops.tolist(), lefts.tolist(), strict=True)
    ]
    return torch.stack(crops)
