"""Attention rollout (Abnar & Zuidema 2020) of transformers that attend to all tokens of a clip."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method(
    "attention_rollout",
    title="attention rollout",
    unit="share of attention",
    colour="#AA4499",
    line="-.",
    needs=("attention",),
    source="Abnar & Zuidema 2020",
    leading=False,
)
@torch.no_grad()
def attention_rollout(question: Asked) -> Float[Tensor, "video frame"]:
    """How much of what is classified flows from each element's tokens; of no class.

    The mean of all rows where the model classifies the mean of all tokens, else the first token's.
    """
    model = question.head.model  # type: ignore[attr-defined]
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")  # others do not keep what they attend to
    parts = []
    try:
        for clip in question.features.split(1):  # layers × heads × tokens² of each
            pixels = question.head.as_frames(clip)  # type: ignore[attr-defined]
            answer = model(
                **{question.head.pixels_name: pixels},  # type: ignore[attr-defined]
                output_attentions=True,
            )
            flow = rollout([attention.to(clip) for attention in answer.attentions])
            parts.append(of_elements(flow, question.n_frames, pooled=is_pooled(model)))
    finally:
        model.set_attn_implementation(before)
    return torch.cat(parts)


def rollout(
    attentions: Sequence[Float[Tensor, "video head token token"]],
) -> Float[Tensor, "video token token"]:
    """Π over layers of (A + I) / 2, A the mean over heads: equation 1 of the paper.

    Example:
        >>> rollout([torch.full((1, 2, 2, 2), 0.5)]).tolist()
        [[[0.75, 0.25], [0.25, 0.75]]]
    """
    flow = torch.eye(attentions[0].shape[-1]).to(attentions[0])
    for attention in attentions:
        mean = attention.mean(1)
        flow = (mean + torch.eye(mean.shape[-1]).to(mean)) / 2 @ flow
    return flow


def is_pooled(model: object) -> bool:
    """Whether a model classifies the mean of all tokens; VideoMAE may, ViViT never does."""
    return getattr(model, "fc_norm", None) is not None


def of_elements(
    flow: Float[Tensor, "video token token"], n_elements: int, *, pooled: bool
) -> Float[Tensor, "video element"]:
    """What flows from the tokens of each element, which lie in the order of time.

    Args:
        flow: of all tokens; the class token is the first, where their number says there is one.
        n_elements: of a clip.
        pooled: whether the mean of all tokens is classified; else the first token is.

    Example:
        >>> of_elements(torch.eye(4)[None], 2, pooled=True).tolist()
        [[0.5, 0.5]]
    """
    row = flow.mean(1) if pooled else flow[:, 0]
    has_class_token = flow.shape[-1] % n_elements == 1
    of_tokens = row[:, 1:] if has_class_token else row
    return of_tokens.unflatten(1, (n_elements, -1)).sum(2)
