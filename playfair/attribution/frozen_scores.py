"""Scores of clips in which removed frames are frozen, not deleted: other content, same length."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.removal import seen

BYTES = 2**26  # of what the head is given at once


@torch.no_grad()
def frozen_scores(
    head: Callable[[Tensor], Tensor],
    features: Float[Tensor, "video frame *unit"],
    label: Int[Tensor, " video"],
    prior: Float[Tensor, " class"],
    kept: Int[Tensor, "video coalition"],
) -> Float[Tensor, "video coalition"]:
    """Score of one class per video, the nearest kept frame standing in for each removed one.

    Args:
        head: features → logits.
        features: (video, frame, feature).
        label: (video,), the class.
        prior: (class,), the score without frames.
        kept: coalitions by the bits of their frames, other ones for each video; each is scored
            once.

    Returns:
        (video, coalition), as `kept`, where the features are; the rest may be elsewhere.

    >>> head = lambda x: x.mean(1)
    >>> kept = torch.tensor([[0b01, 0b11]])
    >>> frozen_scores(head, torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5]), kept)
    tensor([[0.7311, 0.5000]])
    """
    n_videos, n_frames = features.shape[:2]
    label = label.to(features.device)
    prior = prior.to(features.device)
    kept = kept.to(features.device)
    video = torch.arange(n_videos, device=features.device)[:, None].expand_as(kept)
    pairs, where = torch.stack([video, kept], -1).flatten(0, 1).unique(dim=0, return_inverse=True)
    frame = torch.arange(n_frames, device=features.device)
    inside: Bool[Tensor, "pair frame"] = (pairs[:, 1:] >> frame & 1).bool()
    scores = prior[label][pairs[:, 0]].to(features.dtype)
    together = max(1, min(256, BYTES // (features[0].numel() * features.element_size())))
    for rows in inside.any(1).nonzero().flatten().split(together):
        videos = pairs[rows, 0]
        logits = head(features[videos[:, None], seen(inside[rows], "freeze")])
        of_label = logits.softmax(-1).gather(1, label[videos][:, None])
        scores[rows] = of_label[:, 0]
    return scores[where].view_as(kept)
