"""RISE (Petsiuk et al. 2018): the mean score of random coalitions that hold a frame."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.counted import CountedScores
from playfair.attribution.registry import Asked, method

KEPT = 0.5  # probability that a frame is kept


@method(
    "rise",
    title="RISE",
    unit="mean score",
    colour="#AA4499",
    line="--",
    source="Petsiuk et al. 2018",
    leading=False,
)
def rise(question: Asked) -> Float[Tensor, "video frame"]:
    """S_i = Σ_M f(X ⊙ M) M_i / (p N), over N random masks M, as many as evaluations are allowed.

    Equation 6 of the paper with a frame in a cell's place; frames are removed as the model's game
    removes them. Masks are the same for all videos.
    """
    scores = CountedScores(question)
    generator = question.generator or torch.Generator().manual_seed(0)
    masks = torch.rand(question.budget, question.n_frames, generator=generator) < KEPT
    inside = masks.to(question.features.device)
    sums = scores(inside).T @ inside.double()
    return (sums / (KEPT * question.budget)).to(question.features.dtype)
