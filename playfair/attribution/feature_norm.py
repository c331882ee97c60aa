"""How large a frame's features are, whatever the head makes of them: what a method must beat."""

from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method


@method("feature_norm", title="feature norm", unit="", colour="0.45", line="--")
def feature_norm(question: Asked) -> Float[Tensor, "video frame"]:
    """The Euclidean norm of what the head sees of a frame: no head, no class, no other frame.

    Example:
        >>> import torch
        >>> features = torch.tensor([[[3.0, 4.0], [0.0, 1.0]]])
        >>> question = Asked(lambda x: x, features, torch.tensor([0]), torch.ones(2) / 2)
        >>> feature_norm(question).tolist()
        [[5.0, 1.0]]
    """
    return question.features.detach().flatten(2).norm(dim=2)
