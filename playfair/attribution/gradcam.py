"""Grad-CAM (Selvaraju et al. 2017) of every frame, by captum."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.attribution.registry import Asked, method

# at once: 32 frames of a ResNet-50 take about 3 GB with what the gradient needs
PIXELS = 32 * 224 * 224


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
    backbone(picture)
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
