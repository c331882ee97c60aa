"""One verb for ESV and its rivals: what each frame does for the class asked for."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.attribution.gradcam import gradcam
from playfair.attribution.integrated_gradients import integrated_gradients
from playfair.attribution.naive import centre, leave_one_out, random, uniform
from playfair.shapley import explain


class Method(NamedTuple):
    """How a method is called, and the unit of its values; "" where they are weights without one."""

    title: str
    unit: str


METHODS = {
    "esv": Method("ESV", "probability"),
    "integrated_gradients": Method("Integrated Gradients", "probability"),
    "leave_one_out": Method("leave-one-out", "probability"),
    "gradcam": Method("Grad-CAM", "logit × map"),
    "centre": Method("centre-weighted", ""),
    "random": Method("random", ""),
    "uniform": Method("uniform", ""),
}


def attribute(
    method: str,
    head: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame feature"],
    label: Int[Tensor, " video"],
    prior: Float[Tensor, " class"],
    *,
    backbone: nn.Module | None = None,
    pictures: Float[Tensor, "video frame 3 height width"] | None = None,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "video frame"]:
    """Attributions of every frame to one class per video, by any of METHODS.

    One class, as methods by gradients need a pass for each; for the ESVs of all classes see `playfair.explain`.

    head: features → logits, in eval mode: the model that is explained.
    label: (video,), the class asked for, such as the true one.
    backbone, pictures: what made the features and what of, for "gradcam" alone; pictures are RGB in [0, 1].
    generator: for "random" alone; seeded with 0 when None.

    Raises ValueError for a method that is not known, or lacks its pictures.

    >>> head, label, prior = lambda x: x.mean(1), torch.tensor([0]), torch.tensor([0.5, 0.5])
    >>> attribute("leave_one_out", head, torch.eye(2)[None], label, prior)
    tensor([[ 0.2311, -0.2311]])
    """
    check_methods([method])
    n_videos, n_frames, _ = features.shape
    if method == "esv":
        return explain(head, features, prior).esv[torch.arange(n_videos), :, label]
    if method == "integrated_gradients":
        return integrated_gradients(head, features, label)
    if method == "leave_one_out":
        return leave_one_out(head, features, label, prior)
    if method == "gradcam":
        if backbone is None or pictures is None or pictures.shape[:2] != features.shape[:2]:
            raise ValueError(
                "Grad-CAM needs what the features were made of: type attribute('gradcam', …, backbone=backbone, "
                f"pictures=pictures) with pictures of shape ({n_videos}, {n_frames}, 3, height, width)."
            )
        return gradcam(backbone, head, pictures, label)
    if method == "random":
        return random(n_videos, n_frames, generator or torch.Generator().manual_seed(0))
    return {"centre": centre, "uniform": uniform}[method](n_videos, n_frames)


def check_methods(methods: Sequence[str]) -> None:
    """Raise ValueError for methods that are not known."""
    if unknown := [name for name in methods if name not in METHODS]:
        raise ValueError(
            f"There is no attribution method {', '.join(unknown)}; there are {', '.join(METHODS)}."
        )
