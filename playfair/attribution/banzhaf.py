"""Banzhaf's value (1965): the mean of what a frame adds, over all coalitions alike."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method
from playfair.shapley.subset_scores import scores_of_subsets


@method(
    "banzhaf",
    title="Banzhaf",
    unit="probability",
    colour="#332288",
    line="--",
    source="Banzhaf 1965; Wang & Jia 2023",
)
def banzhaf(question: Asked) -> Float[Tensor, "video frame"]:
    """β_i = 2^(1−n) Σ over S without i of f(S ∪ i) − f(S): from the scores that ESVs come from.

    Coalitions of middling size count most, as most are of that size; the values do not sum to
    f(X) − f(∅).

    Example:
        >>> question = Asked(
        ...     lambda x: x.mean(1), 2 * torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5])
        ... )
        >>> banzhaf(question)
        tensor([[ 0.3808, -0.3808]])
    """
    table = question.table
    if table is None:
        table = scores_of_subsets(
            question.head, question.features, question.prior, removal=question.removal
        )
    video = torch.arange(question.n_videos)
    own = table[:, video, question.label]
    frame = torch.arange(question.n_frames, device=own.device)
    with_frame = torch.arange(len(own), device=own.device)[:, None] >> frame & 1
    signs = 2 * with_frame.to(own.dtype) - 1
    return (own.T @ signs / 2 ** (question.n_frames - 1)).to(question.features.dtype)
