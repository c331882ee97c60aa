"""The answer: what each frame added to, or took from, the score of each class."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Attribution:
    """Element Shapley Values of a batch of videos.

    esv: (video, frame, class), probability; positive supports the class, negative distracts from it.
        Its sum over frames is score - prior.
    score: (video, class), probability of the whole video.
    stderr: (video, frame, class), standard error of `esv`; None when the values are exact.
    evaluations: model evaluations spent per video (for a multi-scale model: evaluations of one scale's head).
    """

    esv: Float[Tensor, "video frame class"]
    score: Float[Tensor, "video class"]
    stderr: Float[Tensor, "video frame class"] | None
    evaluations: int
