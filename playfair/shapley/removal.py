"""What a model sees of a coalition: the frames that are left, or all, the removed ones frozen."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

REMOVALS = ("delete", "freeze")


def seen(inside: Bool[Tensor, "coalition frame"], removal: str) -> Int[Tensor, "coalition seen"]:
    """The frames to feed for each coalition (all of one size).

    delete: those of the coalition (the paper). freeze: every removed frame is filled by the nearest kept one,
    the earlier of two equally near, so that networks of a fixed length work and content is not confounded
    with length.

    >>> inside = torch.tensor([[False, True, False, False, True]])
    >>> seen(inside, "delete").tolist(), seen(inside, "freeze").tolist()
    ([[1, 4]], [[1, 1, 1, 4, 4]])
    """
    if removal == "delete":
        return inside.nonzero()[:, 1].view(len(inside), -1)
    n_frames = inside.shape[1]
    frame = torch.arange(n_frames, device=inside.device).expand_as(inside)
    far = 3 * n_frames
    before = torch.where(inside, frame, -far).cummax(1).values
    after = torch.where(inside, frame, far).flip(1).cummin(1).values.flip(1)
    return torch.where(frame - before <= after - frame, before, after)
