"""A frame's last convolutional map and the gradient of the class's logit at it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.attribution.registry import Asked

# at once: 32 frames of a ResNet-50 take about 3 GB with what the gradient needs
PIXELS = 32 * 224 * 224


class Maps(NamedTuple):
    """Of some videos, frames in a row: the activation A and ∂ logit / ∂ A."""

    activation: Float[Tensor, "frame channel height width"]
    gradient: Float[Tensor, "frame channel height width"]


def maps_of(
    backbone: nn.Module,
    head: Callable[[Tensor], Tensor],
    pictures: Float[Tensor, "video frame 3 height width"],
    label: Int[Tensor, " video"],
) -> Iterator[Maps]:
    """A few videos at a time; the gradient comes through the head that is explained."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, _: object, output: Tensor) -> None:
        kept.append(output)

    layer = last_map(backbone, pictures[0, :1])
    together = max(1, PIXELS // pictures[0, :, 0].numel())
    hook = layer.register_forward_hook(keep)
    try:
        for part, of_part in zip(pictures.split(together), label.split(together), strict=True):
            with torch.enable_grad():
                # pixels that want a gradient, else frozen weights leave the map without one
                pixels = part.flatten(0, 1).detach().requires_grad_()
                logits = head(backbone(pixels).unflatten(0, part.shape[:2]))
                own = logits[torch.arange(len(part)), of_part].sum()
                (gradient,) = torch.autograd.grad(own, kept[-1])
            yield Maps(kept[-1].detach(), gradient)
            kept.clear()
    finally:
        hook.remove()


@torch.no_grad()
def last_map(backbone: nn.Module, picture: Float[Tensor, "1 3 height width"]) -> nn.Module:
    """The module that gives the backbone's last map.

    A map is (frame, channel, height, width) with more than one place.

    Raises:
        ValueError: a backbone without one.

    >>> pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    >>> backbone = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), *pooled)
    >>> last_map(backbone, torch.rand(1, 3, 9, 9))
    ReLU()
    """
    with_maps: list[nn.Module] = []

    def remember(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output[0, 0].numel() > 1:
            with_maps.append(module)

    hooks = [module.register_forward_hook(remember) for module in backbone.modules()]
    try:
        backbone(picture)
    finally:
        for hook in hooks:
            hook.remove()
    if not with_maps:
        raise ValueError(
            "Grad-CAM weighs the backbone's last convolutional map, and "
            f"{type(backbone).__name__} has no module whose output is (frame, channel, height, "
            "width) with height × width > 1. Leave it out with "
            "'experiment.methods=[esv,integrated_gradients,leave_one_out,centre,random,uniform]'."
        )
    return with_maps[-1]


def weighed(
    question: Asked, of_frame: Callable[[Float[Tensor, "frame height width"]], Tensor]
) -> Float[Tensor, "video frame"]:
    """Σ_k A_k ⊙ ∂ logit / ∂ A_k of every frame, made one number for each.

    Args:
        question: what is asked, with pictures.
        of_frame: (frame, height, width) → (frame,).
    """
    assert question.backbone is not None and question.pictures is not None
    parts = [
        of_frame((maps.activation * maps.gradient).sum(1))
        for maps in maps_of(question.backbone, question.head, question.pictures, question.label)
    ]
    return torch.cat(parts).unflatten(0, question.pictures.shape[:2])
