"""The one public entrance to the engine."""

from contextlib import nullcontext

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import check, check_options
from playfair.shapley.exact import MAX_FRAMES, exact
from playfair.shapley.game import Heads, Model
from playfair.shapley.heads import frame_logits
from playfair.shapley.memory import keep_freed_memory
from playfair.shapley.sampled import exhaustive, sampled
from playfair.shapley.threads import threads_left_to_videos


@torch.no_grad()
def explain(
    model: Model,
    features: Float[Tensor, "video frame feature"],
    prior: Float[Tensor, " class"],
    *,
    budget: int | None = None,
    removal: str = "delete",
    generator: torch.Generator | None = None,
    estimator: str | None = None,
    precision: str = "float32",
) -> Attribution:
    """Element Shapley Values of every frame, for all classes and many videos at once.

    model: `TSN`, `MultiscaleTRN`, or any callable from features (n, size, feature) to logits (n, class); in
        eval mode.
    features: (video, frame, feature); their dtype is returned, sums are kept in at least float32.
    prior: (class,), training-set class frequencies: the score of the empty coalition.
    budget: None for exact values (up to 20 frames); else the most evaluations per video to estimate them
        from: of single scales' heads for a multi-scale model, otherwise of the model. With the same budget, time
        grows linearly with frames ("constructive" apart).
    removal: what becomes of a frame outside a coalition: "delete" (the paper), or "freeze", the nearest kept
        frame in its place, so that a model of fixed length works.
    generator: source of what is drawn, on the CPU; seeded with 0 when None.
    estimator: for a multi-scale model "surrogate" or "constructive", for others "stratified", "kernel" or
        "constructive"; the first is the best.
    precision: "bfloat16" multiplies a multi-scale model's layers in bfloat16 (exact values only): scores are
        then off by up to 0.01, see `experiment=benchmark`.

    Raises ValueError, before anything is computed, for input from which no ESV follows.

    >>> prior = torch.tensor([0.2, 0.3, 0.5])
    >>> answer = explain(lambda x: x.mean(1), torch.randn(2, 4, 3), prior)
    >>> bool((answer.esv.sum(1) + prior - answer.score).abs().max() < 1e-6)
    True
    >>> explain(lambda x: x.mean(1), torch.randn(2, 64, 3), prior, budget=500).stderr.shape
    torch.Size([2, 64, 3])
    """
    with threads_left_to_videos():
        check(model, features, prior)
    check_options(budget, removal, generator, precision)
    keep_freed_memory()
    prior = prior.to(features.device)
    game, seen = as_game(model, features, exactly=budget is None, removal=removal)
    with threads_left_to_videos() if isinstance(game, Heads) else nullcontext():
        if budget is None or (
            features.shape[1] <= MAX_FRAMES and budget >= exhaustive(game, features.shape[1])
        ):
            answer = exact(game, seen, prior, removal, precision)
        else:
            generator = generator or torch.Generator().manual_seed(0)
            answer = sampled(game, seen, prior, budget, removal, generator, estimator)
        stderr = None if answer.stderr is None else answer.stderr.to(features.dtype)
        return Attribution(
            answer.esv.to(features.dtype),
            answer.score.to(features.dtype),
            stderr,
            answer.evaluations,
        )


def as_game(
    model: Model, features: Float[Tensor, "video frame feature"], exactly: bool, removal: str
) -> tuple[Model, Float[Tensor, "video frame feature"]]:
    """The model as the estimators know it, and what it sees of each frame.

    A TSN is the mean over its frames' logits, computed once per frame; exact values with frames deleted have
    an even shorter way. With frames frozen a multi-scale model sees all frames of every coalition.
    """
    if not isinstance(model, Heads) or (exactly and removal == "delete"):
        return model, features
    if model.n_max == 1:
        return mean_over_frames, frame_logits(model, features)
    if removal == "freeze":
        assert isinstance(model, torch.nn.Module)
        return model.forward, features
    return model, features


def mean_over_frames(logits: Float[Tensor, "n size class"]) -> Float[Tensor, "n class"]:
    """The TSN on frames that are logits already."""
    return logits.mean(1)
