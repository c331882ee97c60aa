"""Exact Element Shapley Values from the scores of all coalitions.

phi_i = mean over sizes s of ( mean score of the size-(s+1) coalitions with i - mean score of the size-s
coalitions without i ), Price & Damen 2020, eq. 3-4; equal to the mean marginal contribution over all orders.
"""

from collections.abc import Iterator
from functools import partial
from math import comb

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.coalitions import marks
from playfair.shapley.game import Block, Heads, Model, blocks_of_callable
from playfair.shapley.heads import Layers, blocks_of_heads, frame_logits, layers_of
from playfair.shapley.memory import bytes_of_video, videos_together
from playfair.shapley.subset_sums import MAX_RANGE, sums_over_coalitions
from playfair.shapley.threads import side_by_side

MAX_FRAMES = 20

Esv = Float[Tensor, "video frame class"]
Score = Float[Tensor, "video class"]


def exact(
    model: Model,
    features: Float[Tensor, "video frame feature"],
    prior: Float[Tensor, " class"],
    removal: str,
    precision: str,
) -> Attribution:
    """ESVs and scores of all videos, as many together as fit in memory; float64."""
    n_frames, n_classes = features.shape[1], len(prior)
    check_length(n_frames)
    videos = features.split(videos_together(len(features), n_frames, n_classes, features.device))
    if isinstance(model, Heads):
        layers = layers_of(model, features, precision)
        heads = partial(esv_of_heads, model, layers, n_classes=n_classes)
        parts = side_by_side(heads, videos, len(videos[0]) * bytes_of_video(n_frames, n_classes))
    else:  # whose code may not be made for threads
        blocks = (blocks_of_callable(model, part, n_classes, removal) for part in videos)
        parts = [esv_from_blocks(part, n_frames, n_classes) for part in blocks]
    esv, score = (torch.cat(x) for x in zip(*parts, strict=True))
    # The empty coalition scores the prior and lacks every frame.
    return Attribution(esv - prior.double() / n_frames, score, None, 2**n_frames - 1)


def check_length(n_frames: int) -> None:
    """Raise ValueError where there are too many coalitions to list."""
    if n_frames > MAX_FRAMES:
        raise ValueError(
            f"exact values of {n_frames} frames need 2^{n_frames} scores; up to {MAX_FRAMES} frames are done "
            "exactly, for more type explain(..., budget=2000)"
        )


def esv_of_heads(
    model: Heads,
    layers: list[Layers],
    features: Float[Tensor, "video frame feature"],
    n_classes: int,
) -> tuple[Esv, Score]:
    """By subset sums for a model with one scale, else level by level; but for the empty coalition's part."""
    if model.n_max == 1:
        logits = frame_logits(model, features).double()
        if (logits.amax(-1) - logits.amin(-1)).max() < MAX_RANGE:
            n_frames, score = logits.shape[1], logits.mean(1).softmax(-1)
            sums = torch.zeros_like(logits)
            for size, level in enumerate(sums_over_coalitions(logits), start=1):
                sums.add_(level, alpha=share_of_size(n_frames, size))
            return esv_from_sums(sums.transpose(0, 1), score).transpose(0, 1), score
    return esv_from_blocks(blocks_of_heads(layers, features), features.shape[1], n_classes)


def esv_from_blocks(blocks: Iterator[Block], n_frames: int, n_classes: int) -> tuple[Esv, Score]:
    """ESVs but for the empty coalition's part, and the score of the whole video, in float64."""
    sums: Tensor | None = None
    for size, start, scores in blocks:
        columns = scores.flatten(1)
        if sums is None:
            sums = columns.new_zeros(n_frames, columns.shape[1], dtype=torch.float64)
        if size < n_frames:
            inside = marks(n_frames, size, scores.device, scores.dtype)[:, start : start + len(scores)]
            sums.add_(inside @ columns, alpha=share_of_size(n_frames, size))
    assert sums is not None
    score = scores[-1].double()
    esv = esv_from_sums(sums.unflatten(-1, score.shape), score).transpose(0, 1)
    return esv[..., :n_classes], score[..., :n_classes]


def share_of_size(n_frames: int, size: int) -> float:
    """What a coalition of fewer than all frames counts in `esv_from_sums`."""
    return 1 / (size * (n_frames - size) * comb(n_frames, size))


def esv_from_sums(sums: Float[Tensor, "frame *rest"], score: Float[Tensor, "*rest"]) -> Float[Tensor, "frame *rest"]:
    """ESVs but for the empty coalition's part, from the score of all frames and, for each frame, the sum A_i of the
    scores of all other coalitions with it, each times the `share_of_size`.

    A coalition of size s counts +1 / (s C(T, s)) for its frames and -1 / ((T - s) C(T, s)) for the others, hence

        phi_i = (v(all) - v(none)) / T + T A_i - sum over j of A_j,

    in which A cancels over frames to rounding in float64: the ESVs sum to score - prior however long the sums.
    """
    n_frames = len(sums)
    return score / n_frames + n_frames * sums - sums.sum(0)
