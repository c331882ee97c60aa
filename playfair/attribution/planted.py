"""Attributions that are bad on purpose: what a measure must catch to be worth taking.

They are never rivals. Each measure of the comparison says which of them it is meant to catch, and
the table `planted` whether it does.
"""

from math import comb

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method
from playfair.shapley import explain


@method(
    "negated", title="ESV negated", unit="probability", colour="0.8", leading=False, planted=True
)
def negated(question: Asked) -> Float[Tensor, "video frame"]:
    """−φ: what supports is said to distract."""
    return -of_class(question)


@method(
    "shuffled", title="ESV shuffled", unit="probability", colour="0.8", leading=False, planted=True
)
def shuffled(question: Asked) -> Float[Tensor, "video frame"]:
    """φ of frames in another order, drawn anew for each video and each time."""
    generator = question.generator or torch.Generator().manual_seed(0)
    values = of_class(question)
    order = torch.rand(values.shape, generator=generator).argsort(1).to(values.device)
    return values.gather(1, order)


@method(
    "class_blind",
    title="blind to the class",
    unit="probability",
    colour="0.8",
    leading=False,
    planted=True,
)
def class_blind(question: Asked) -> Float[Tensor, "video frame"]:
    """The mean over classes of |φ|: whatever class is asked for, the same."""
    return of_classes(question).abs().mean(2)


@method(
    "model_blind", title="blind to the model", unit="", colour="0.8", leading=False, planted=True
)
def model_blind(question: Asked) -> Float[Tensor, "video frame"]:
    """The mean square of what the model sees of a frame: whatever model is asked, the same."""
    return question.features.detach().flatten(2).square().mean(2)


def of_class(question: Asked) -> Float[Tensor, "video frame"]:
    """The ESVs of the class asked for."""
    return of_classes(question)[torch.arange(question.n_videos), :, question.label]


def of_classes(question: Asked) -> Float[Tensor, "video frame class"]:
    """The ESVs of all classes; from the scores of all coalitions where they are known already."""
    if question.table is None:
        return explain(
            question.head, question.features, question.prior, removal=question.removal
        ).esv
    n_frames = question.n_frames
    subset = torch.arange(2**n_frames, device=question.table.device)
    inside = subset[:, None] >> torch.arange(n_frames, device=subset.device) & 1
    size = inside.sum(1)
    weight = [1 / (n_frames * comb(n_frames - 1, s)) for s in range(n_frames)]
    member = torch.tensor([0.0, *weight], dtype=question.table.dtype)[size.cpu()]
    other = torch.tensor([*weight, 0.0], dtype=question.table.dtype)[size.cpu()]
    counts = torch.where(
        inside.bool(), member.to(subset.device)[:, None], -other.to(subset.device)[:, None]
    )
    return torch.einsum("sf,svc->vfc", counts, question.table).to(question.features.dtype)
