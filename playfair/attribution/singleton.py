"""What a frame says alone."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.counted import CountedScores
from playfair.attribution.registry import Asked, method


@method(
    "singleton",
    title="singleton",
    unit="probability",
    colour="#999933",
    line="-.",
    leading=False,
)
def singleton(question: Asked) -> Float[Tensor, "video frame"]:
    """f({i}) − f(∅): probability; one of the two ends of what an ESV averages over.

    Example:
        >>> question = Asked(
        ...     lambda x: x.mean(1), torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5])
        ... )
        >>> singleton(question)
        tensor([[ 0.2311, -0.2311]])
    """
    scores = CountedScores(question)
    alone = torch.eye(question.n_frames, dtype=torch.bool, device=question.features.device)
    nothing = scores(torch.zeros_like(alone[:1]))
    return (scores(alone) - nothing).T.to(question.features.dtype)
