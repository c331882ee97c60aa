"""Integrated Gradients from the mean unit, which most papers would take."""

from jaxtyping import Float
from torch import Tensor

from playfair.attribution.integrated_gradients import integrated_gradients
from playfair.attribution.registry import Asked, method


@method(
    "integrated_gradients_mean",
    title="IG from the mean",
    unit="probability",
    colour="#882255",
    line="--",
    source="Sundararajan et al. 2017",
    leading=False,
)
def of_asked(question: Asked) -> Float[Tensor, "video frame"]:
    """As Integrated Gradients, from a clip whose frames are all the data's mean frame."""
    mean = question.reference.flatten(0, 1).mean(0)
    return integrated_gradients(question.head, question.features, question.label, baseline=mean)
