"""The mean of what a frame says alone and of what it adds to all others."""

from jaxtyping import Float
from torch import Tensor

from playfair.attribution.leave_one_out import leave_one_out
from playfair.attribution.registry import Asked, method
from playfair.attribution.singleton import singleton


@method(
    "both_ends",
    title="(leave-one-out + singleton) / 2",
    unit="probability",
    colour="#999933",
    line="--",
)
def both_ends(question: Asked) -> Float[Tensor, "video frame"]:
    """The two ends of what an ESV averages over, by 2n evaluations; an ESV weighs all sizes alike.

    Of two frames it *is* the ESV.

    Example:
        >>> import torch
        >>> question = Asked(
        ...     lambda x: x.mean(1), 2 * torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5])
        ... )
        >>> both_ends(question)
        tensor([[ 0.3808, -0.3808]])
    """
    return (leave_one_out(question) + singleton(question)) / 2
