"""Gradient × activation of a frame's last map, with its sign."""

from jaxtyping import Float
from torch import Tensor

from playfair.attribution.maps import weighed
from playfair.attribution.registry import Asked, method


@method(
    "gradient_activation",
    title="gradient × activation",
    unit="logit",
    colour="#882255",
    line="-.",
    needs_pictures=True,
    source="Draelos & Carin 2020; Ancona et al. 2018",
    leading=False,
)
def gradient_activation(question: Asked) -> Float[Tensor, "video frame"]:
    """Σ over channels and places of A ⊙ ∂ logit / ∂ A: HiResCAM before its ReLU.

    What a frame takes from the class is not cut off, so that distracting frames are told apart.
    """
    return weighed(question, lambda maps: maps.flatten(1).sum(1))
