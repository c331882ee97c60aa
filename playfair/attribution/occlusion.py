"""Occlusion (Zeiler & Fergus 2014): what is lost when a blank stands in a frame's place."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.counted import CountedScores
from playfair.attribution.registry import Asked, method


@method(
    "occlusion",
    title="occlusion",
    unit="probability",
    colour="#999933",
    line=":",
    needs=("blank",),
    source="Zeiler & Fergus 2014",
    leading=False,
)
def occlusion(question: Asked) -> Float[Tensor, "video frame"]:
    """f(X) − f(X with the frame blank): probability.

    A blank is the zero feature, or of pixels the mean picture. The clip stays as long as it was,
    unlike with leave-one-out.

    Example:
        >>> question = Asked(
        ...     lambda x: x.mean(1), torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5])
        ... )
        >>> occlusion(question)
        tensor([[ 0.1225, -0.1225]])
    """
    scores = CountedScores(question, removal="blank")
    others = ~torch.eye(question.n_frames, dtype=torch.bool, device=question.features.device)
    whole = scores(torch.ones_like(others[:1]))
    return (whole - scores(others)).T.to(question.features.dtype)
