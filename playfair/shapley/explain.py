"""The one public entrance to the engine."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import MAX_EXACT_FRAMES, check
from playfair.shapley.exact import esv_from_blocks
from playfair.shapley.game import Heads, Model, blocks_of_callable, blocks_of_heads


@torch.no_grad()
def explain(
    model: Model,
    features: Float[Tensor, "video frame feature"],
    prior: Float[Tensor, " class"],
    *,
    budget: int | None = None,
    removal: str = "delete",
    generator: torch.Generator | None = None,
) -> Attribution:
    """Element Shapley Values of every frame, for all classes and many videos at once.

    model: `TSN`, `MultiscaleTRN`, or any callable from features (n, size, feature) to logits (n, class); in
        eval mode.
    features: (video, frame, feature); their dtype is returned, sums are kept in at least float32.
    prior: (class,), training-set class frequencies: the score of the empty coalition.

    Raises ValueError, before anything is computed, for input from which no ESV follows.

    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(3)).eval()
    >>> answer = explain(lambda x: x.mean(1), torch.randn(2, 4, 3), torch.tensor([0.2, 0.3, 0.5]))
    >>> gap = answer.esv.sum(1) + torch.tensor([0.2, 0.3, 0.5]) - answer.score
    >>> bool(gap.abs().max() < 1e-6)
    True
    """
    check(model, features, prior)
    if budget is not None or removal != "delete":
        raise ValueError("only exact values with removed frames deleted so far; leave budget and removal out")
    n_frames = features.shape[1]
    if n_frames > MAX_EXACT_FRAMES:
        raise ValueError(
            f"exact values of {n_frames} frames need 2^{n_frames} scores; up to {MAX_EXACT_FRAMES} frames "
            "are done exactly, for more type explain(..., budget=2000)"
        )
    esvs, scores = [], []
    for part in features.split(videos_together(n_frames, len(prior))):
        if isinstance(model, Heads):
            blocks = blocks_of_heads(model, part.to(torch.promote_types(part.dtype, torch.float32)))
        else:
            blocks = blocks_of_callable(model, part, len(prior))
        esv, score = esv_from_blocks(blocks, n_frames, prior)
        esvs.append(esv.to(features.dtype))
        scores.append(score.to(features.dtype))
    return Attribution(torch.cat(esvs), torch.cat(scores), None, 2**n_frames - 1)


def videos_together(n_frames: int, n_classes: int) -> int:
    """How many videos fit when two levels may take 256 MB."""
    widest = max(1, 2**n_frames // max(1, n_frames))
    return max(1, min(64, 2**28 // (8 * widest * n_classes)))
