"""Element Shapley Values of the class asked for."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.registry import Asked, method
from playfair.shapley import explain


@method("esv", title="ESV", unit="probability", colour="#332288", source="Price & Damen 2020")
def esv(question: Asked) -> Float[Tensor, "video frame"]:
    """What each frame adds to the score, over all orders in which the frames may come."""
    values = explain(question.head, question.features, question.prior, removal=question.removal).esv
    return values[torch.arange(question.n_videos), :, question.label]
