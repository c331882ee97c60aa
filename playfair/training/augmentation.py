"""Random changes to training batches, one per video; motion stays motion, and the class follows.

A flip makes of some actions others: the target changes with the video.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from playfair.datasets.mirror import NEVER


def augment(
    frames: Tensor,
    targets: Tensor,
    mirrored: Tensor | None = None,
    *,
    flip: float = 0.0,
    scales: Sequence[float] = (1.0,),
    shift: float = 0.06,
    colour: float = 0.2,
    swap_channels: bool = False,
) -> tuple[Tensor, Tensor]:
    """Flips, crops and shifts each video, and changes its colour channels' gain and offset.

    Args:
        frames: (video, frame, 3, height, width), in [0, 1].
        targets: (video,), class indices.
        mirrored: (class,), the class of each class's mirrored clips, as
            `playfair.datasets.mirror.mirrored_classes` finds it; what a flip needs.
        flip: how probable it is that a video is mirrored, and its target with it; those of classes
            that name a side and have no mirrored class never are.
        scales: of which the height and the width of the crop that is resized to the whole are
            drawn, at most one step apart, as in Wang et al. 2016 (TSN), there (1, 0.875, 0.75,
            0.66); here it may lie anywhere.
        shift: largest shift, in parts of height and width; uncovered borders repeat the edge.
        colour: standard deviation of the relative gain, and four times that of the offset.
        swap_channels: put red, green and blue in a random order; for data whose colours mean
            nothing.

    Returns:
        frames and targets, of the same shapes.

    Raises:
        ValueError: `flip` without `mirrored`.

    Example:
        frames, targets = augment(torch.rand(2, 8, 3, 64, 64), torch.tensor([0, 2]))
    """
    n_videos = len(frames)
    device = frames.device
    if flip:
        frames, targets = _flipped(frames, targets, mirrored, flip)
    if len(scales) > 1:
        frames = _cropped(frames, scales)
    if shift:
        frames = _shifted(frames, shift)
    if swap_channels:
        order = torch.rand(n_videos, 3, device=device).argsort(1)[:, None, :, None, None]
        frames = frames.gather(2, order.expand_as(frames))
    gain = 1 + colour * torch.randn(n_videos, 1, 3, 1, 1, device=device)
    offset = colour / 4 * torch.randn(n_videos, 1, 3, 1, 1, device=device)
    return gain * frames + offset, targets


def _flipped(
    frames: Tensor, targets: Tensor, mirrored: Tensor | None, flip: float
) -> tuple[Tensor, Tensor]:
    if mirrored is None:
        raise ValueError(
            f"flip={flip} turns left into right: expected `mirrored`, the class of each class's "
            "mirrored clips, got None. Pass playfair.datasets.mirror.mirrored_classes(class_names),"
            " or flip=0."
        )
    other = mirrored.to(targets.device)[targets]
    flips = (torch.rand(len(frames), device=frames.device) < flip) & (other != NEVER)
    flipped = torch.where(flips[:, None, None, None, None], frames.flip(-1), frames)
    return flipped, torch.where(flips, other, targets)


def _cropped(frames: Tensor, scales: Sequence[float]) -> Tensor:
    height, width = frames.shape[-2:]
    steps = range(len(scales))
    # scales of the crop's height and width, at most one step apart
    pairs = [(scales[i], scales[j]) for i in steps for j in steps if abs(i - j) <= 1]
    choices = torch.randint(len(pairs), (len(frames),)).tolist()
    places = torch.rand(len(frames), 2).tolist()
    crops = []
    for video, choice, (down, along) in zip(frames, choices, places, strict=True):
        scale_tall, scale_wide = pairs[choice]
        tall = max(1, round(scale_tall * height))
        wide = max(1, round(scale_wide * width))
        top = round(down * (height - tall))
        left = round(along * (width - wide))
        crop = video[..., top : top + tall, left : left + wide]
        crops.append(F.interpolate(crop, (height, width), mode="bilinear", align_corners=False))
    return torch.stack(crops)


def _shifted(frames: Tensor, shift: float) -> Tensor:
    n_videos, n_frames, _, height, width = frames.shape
    dy = round(shift * height)
    dx = round(shift * width)
    padded = F.pad(frames.flatten(0, 1), (dx, dx, dy, dy), mode="replicate")
    padded = padded.unflatten(0, (n_videos, n_frames))
    tops = torch.randint(2 * dy + 1, (n_videos,))
    lefts = torch.randint(2 * dx + 1, (n_videos,))
    crops = [
        video[..., top : top + height, left : left + width]
        for video, top, left in zip(padded, tops.tolist(), lefts.tolist(), strict=True)
    ]
    return torch.stack(crops)
