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
    """A few videos at a time; the gradient comes through the head that is explained.

    The layer is that of Grad-CAM: see `gradcam.last_map`.
    """
    from playfair.attribution.gradcam import last_map

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
