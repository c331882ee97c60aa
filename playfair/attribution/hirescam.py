"""HiResCAM (Draelos & Carin 2020): Grad-CAM without pooling its gradients over space."""

from jaxtyping import Float
from torch import Tensor

from playfair.attribution.maps import weighed
from playfair.attribution.registry import Asked, method


@method(
    "hirescam",
    title="HiResCAM",
    unit="logit",
    colour="#AA4499",
    line=":",
    needs_pictures=True,
    source="Draelos & Carin 2020",
    leading=False,
)
def hirescam(question: Asked) -> Float[Tensor, "video frame"]:
    """relu(Σ_k ∂ logit / ∂ A_k ⊙ A_k), summed over each frame's map, as its heat map is drawn.

    Grad-CAM pools the gradient over the map first, which forgets where it was: a handicap where the
    backbone reads its last map place by place.
    """
    return weighed(question, lambda maps: maps.relu().flatten(1).sum(1))
