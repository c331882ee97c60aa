"""Grad-CAM (Selvaraju et al. 2017) of every frame, by captum."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.attribution.maps import PIXELS, last_map
from playfair.attribution.registry import Asked, method


def gradcam(
    backbone: nn.Module,
    head: Callable[[Tensor], Tensor],
    pictures: Float[Tensor, "video frame 3 height width"],
    label: Int[Tensor, " video"],
) -> Float[Tensor, "video frame"]:
    """L = relu(Σ_k α_k A_k), averaged over each frame's map.

    A is the backbone's last convolutional map of the frame, and α_k the mean over space of
    ∂ logit / ∂ A_k. The gradient comes through the head that is explained, so that a frame's
    weights depend on all frames. As published, of the logit and with the ReLU: no value is
    negative, and their unit is the logit's times the map's.
    """
    from captum.attr import LayerGradCam  # 2.3 s to import

    def logits(pictures: Tensor) -> Tensor:
        return head(backbone(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]))

    method = LayerGradCam(logits, last_map(backbone, pictures[0, :1]))
    together = max(1, PIXELS // pictures[0, :, 0].numel())
    maps = [
        method.attribute(part, of_part, relu_attributions=True).detach().flatten(1).mean(1)
        for part, of_part in zip(pictures.split(together), label.split(together), strict=True)
    ]
    return torch.cat(maps).unflatten(0, pictures.shape[:2])


@method(
    "gradcam",
    title="Grad-CAM",
    unit="logit × map",
    colour="#AA4499",
    needs_pictures=True,
    source="Selvaraju et al. 2017",
)
def of_asked(question: Asked) -> Float[Tensor, "video frame"]:
    """Grad-CAM of the class asked for."""
    assert question.backbone is not None and question.pictures is not None
    return gradcam(question.backbone, question.head, question.pictures, question.label)
