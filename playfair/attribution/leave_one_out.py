"""What a frame adds to all others."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method
from playfair.shapley.game import game_of, own_removal


@method("leave_one_out", title="leave-one-out", unit="probability", colour="#999933")
@torch.no_grad()
def leave_one_out(question: Asked) -> Float[Tensor, "video frame"]:
    """f(X) − f(X without the frame), probability; of a single frame f(X) − f(∅)."""
    video = torch.arange(question.n_videos)
    n_frames = question.n_frames

    def score(features: Tensor) -> Tensor:
        return question.head(features).softmax(-1)[video, question.label]

    whole = score(question.features)
    if n_frames == 1:
        return (whole - question.prior[question.label])[:, None]
    deletes = question.removal is None and own_removal(question.head) == "delete"
    if not deletes or not getattr(question.head, "separable", True):
        return whole[:, None] - left_scores(question)
    kept = [[other for other in range(n_frames) if other != frame] for frame in range(n_frames)]
    return torch.stack([whole - score(question.features[:, others]) for others in kept], dim=1)


def left_scores(question: Asked) -> Float[Tensor, "video frame"]:
    """f(X without the frame), which is removed as is asked for."""
    game = game_of(question.head, question.features, question.prior, removal=question.removal)
    inside = ~torch.eye(question.n_frames, dtype=torch.bool, device=question.features.device)
    video = torch.arange(question.n_videos)
    return game.scores(inside)[:, video, question.label].T
