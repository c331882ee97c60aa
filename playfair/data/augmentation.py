"""Random changes to training batches that leave the class as it is; drawn once per video, so motion stays motion."""

import torch
from torch import Tensor
from torch.nn import functional as F


def augment(frames: Tensor, shift: float = 0.06, colour: float = 0.2, swap_channels: bool = False) -> Tensor:
    """Shifts each video, and changes the gain and offset of each of its colour channels.

    No flips: they would turn "left to right" into "right to left".

    Args:
        frames: (video, frame, 3, height, width), in [0, 1].
        shift: largest shift, in parts of height and width; uncovered borders repeat the edge.
        colour: standard deviation of the relative gain, and four times that of the offset.
        swap_channels: put red, green and blue in a random order; for data whose colours mean nothing.

    Example:
        augment(torch.rand(2, 8, 3, 64, 64)).shape   # (2, 8, 3, 64, 64)
    """
    videos, device = len(frames), frames.device
    frames = _shifted(frames, shift)
    if swap_channels:
        order = torch.rand(videos, 3, device=device).argsort(1)[:, None, :, None, None]
        frames = frames.gather(2, order.expand_as(frames))
    gain = 1 + colour * torch.randn(videos, 1, 3, 1, 1, device=device)
    offset = colour / 4 * torch.randn(videos, 1, 3, 1, 1, device=device)
    return gain * frames + offset


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
