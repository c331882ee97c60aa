"""The one public entrance to the engine."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import MAX_EXACT_FRAMES, check
from playfair.shapley.exact import Esv, Score, esv_from_blocks
from playfair.shapley.game import Heads, Model, blocks_of_callable, blocks_of_heads, frame_logits
from playfair.shapley.memory import keep_freed_memory, videos_together
from playfair.shapley.subset_sums import MAX_RANGE, esv_from_frame_logits


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
    keep_freed_memory()
    parts = features.split(videos_together(n_frames, len(prior), features.device))
    esvs, scores = zip(*(exact(model, part, len(prior)) for part in parts), strict=True)
    # The empty coalition scores the prior and lacks every frame.
    esv = torch.cat(esvs) - prior.double() / n_frames
    return Attribution(esv.to(features.dtype), torch.cat(scores).to(features.dtype), None, 2**n_frames - 1)


def exact(model: Model, features: Float[Tensor, "video frame feature"], n_classes: int) -> tuple[Esv, Score]:
    """ESVs but for the empty coalition's part, and scores, by the shortest way for the model."""
    n_frames = features.shape[1]
    if not isinstance(model, Heads):
        return esv_from_blocks(blocks_of_callable(model, features, n_classes), n_frames, n_classes)
    features = features.to(torch.promote_types(features.dtype, torch.float32))
    if model.n_max == 1 and n_frames > 1:
        logits = frame_logits(model, features)
        if (logits.amax(-1) - logits.amin(-1)).max() < MAX_RANGE:
            return esv_from_frame_logits(logits)
    return esv_from_blocks(blocks_of_heads(model, features), n_frames, n_classes)
