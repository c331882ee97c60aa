"""One verb for ESV and its rivals: what each frame does for the class asked for."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.attribution.registry import METHODS, NEEDS, Asked, check_methods, gives
from playfair.shapley.mode import check_mode


def attribute(
    method: str,
    head: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame *unit"],
    label: Int[Tensor, " video"],
    prior: Float[Tensor, " class"],
    *,
    backbone: nn.Module | None = None,
    pictures: Float[Tensor, "video frame 3 height width"] | None = None,
    generator: torch.Generator | None = None,
    removal: str | None = None,
    background: Float[Tensor, "clip other *unit"] | None = None,
    evaluations: int | None = None,
    table: Float[Tensor, "subset video class"] | None = None,
) -> Float[Tensor, "video frame"]:
    """Attributions of every frame to one class per video, by any of METHODS.

    One class, as methods by gradients need a pass for each; for the ESVs of all classes see
    `playfair.explain`.

    Args:
        method: its name in METHODS.
        head, features, label, prior: as of `registry.Asked`, and so is all that follows. Where the
            features are all is worked on; the rest may be elsewhere, but for head and backbone.

    Returns:
        (video, frame), in the method's own unit, where the features are.

    Raises:
        InTrainMode: the head or the backbone is in train mode.
        ValueError: the method is not known, lacks what it needs, or answers with another shape.

    Example:
        >>> head, label, prior = lambda x: x.mean(1), torch.tensor([0]), torch.tensor([0.5, 0.5])
        >>> attribute("leave_one_out", head, torch.eye(2)[None], label, prior)
        tensor([[ 0.2311, -0.2311]])
    """
    check_methods([method])
    check_mode(head)
    if backbone is not None:
        check_mode(backbone)
    chosen = METHODS[method]
    shape = tuple(features.shape[:2])
    fits = backbone is not None and pictures is not None and tuple(pictures.shape[:2]) == shape
    if chosen.needs_pictures and not fits:
        raise ValueError(
            f"{chosen.title} needs what the features were made of: type attribute({method!r}, …, "
            f"backbone=backbone, pictures=pictures) with pictures of shape ({shape[0]}, "
            f"{shape[1]}, 3, height, width)."
        )
    if not ((label >= 0) & (label < len(prior))).all():
        raise ValueError(
            f"label must be the place of one of {len(prior)} classes for each video, counted from "
            f"0; got {label.tolist()}. Leave videos of no known class out, or ask for the predicted one."
        )
    lacking = [
        need for need in chosen.needs if not gives(head, need, pictures=pictures is not None)
    ]
    if lacking:
        raise ValueError(f"{chosen.title} needs {NEEDS[lacking[0]]}, and this model has none.")
    place = features.device
    question = Asked(
        head,
        features,
        label.to(place),
        prior.to(place),
        backbone,
        None if pictures is None else pictures.to(place),
        generator,
        removal,
        None if background is None else background.to(place),
        evaluations,
        None if table is None else table.to(place),
    )
    values = chosen.attribute(question).to(place)
    if tuple(values.shape) != shape:
        raise ValueError(
            f"attribution method {method!r} must return (video, frame) = {shape}, and returned "
            f"{tuple(values.shape)}"
        )
    return values
