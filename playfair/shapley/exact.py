"""Exact Element Shapley Values from the scores of all coalitions.

phi_i = mean over sizes s of ( mean score of the size-(s+1) coalitions with i - mean score of the size-s
coalitions without i ), Price & Damen 2020, eq. 3-4; equal to the mean marginal contribution over all orders.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import comb

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.coalitions import members
from playfair.shapley.game import Block, Heads, Model, at_least_float32, blocks_of_callable
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
    """ESVs and scores of all videos, as many together as fit in memory; in at least float32."""
    n_frames, n_classes, dtype = features.shape[1], len(prior), at_least_float32(features)
    check_length(n_frames)
    videos = features.split(videos_together(len(features), n_frames, n_classes, features.device))
    if isinstance(model, Heads):
        layers = layers_of(model, features, precision)

        def explained(part: Tensor) -> tuple[Esv, Score]:
            esv, score = esv_of_heads(model, layers, prior, part)
            return esv.to(dtype), score.to(dtype)  # here, as each thread rounds its own

        parts = side_by_side(
            explained, videos, len(videos[0]) * bytes_of_video(n_frames, n_classes)
        )
    else:  # whose code may not be made for threads
        blocks = (blocks_of_callable(model, part, n_classes, removal) for part in videos)
        parts = [esv_from_blocks(part, n_frames, prior) for part in blocks]
    esv, score = (torch.cat(x) for x in zip(*parts, strict=True))
    return Attribution(esv, score, None, 2**n_frames - 1)


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
    prior: Float[Tensor, " class"],
    features: Float[Tensor, "video frame feature"],
) -> tuple[Esv, Score]:
    """By subset sums for a model with one scale, else level by level."""
    if model.n_max == 1:
        logits = frame_logits(model, features).double()
        if (logits.amax(-1) - logits.amin(-1)).max() < MAX_RANGE:
            n_frames, score = logits.shape[1], logits.mean(1).softmax(-1)
            sums = torch.zeros_like(logits)
            for size, level in enumerate(sums_over_coalitions(logits), start=1):
                sums.add_(level, alpha=share_of_size(n_frames, size))
            return esv_from_sums(sums.transpose(0, 1), score, prior), score
    return esv_from_blocks(blocks_of_heads(layers, features), features.shape[1], prior)


def esv_from_blocks(
    blocks: Iterator[Block], n_frames: int, prior: Float[Tensor, " class"]
) -> tuple[Esv, Score]:
    """ESVs and the score of the whole video, in float64."""
    sums: Tensor | None = None
    for start, scores in blocks:
        columns = scores.flatten(1)
        if sums is None:
            sums = columns.new_zeros(n_frames, columns.shape[1], dtype=torch.float64)
            weights = shares(n_frames, columns.device, columns.dtype)
        sums += weights[:, start : start + len(columns)] @ columns
    assert sums is not None
    score = scores[-1, :, : len(prior)].double()
    return esv_from_sums(
        sums.unflatten(-1, scores.shape[1:])[..., : len(prior)], score, prior
    ), score


@lru_cache(maxsize=32)
@torch.inference_mode(False)
def shares(
    n_frames: int, device: torch.device, dtype: torch.dtype
) -> Float[Tensor, "frame coalition"]:
    """What each coalition's score counts in A_i of `esv_from_sums`."""
    of_sizes = torch.tensor(
        [0.0, *(share_of_size(n_frames, size) for size in range(1, n_frames)), 0.0], dtype=dtype
    )
    return torch.cat(
        [members(n_frames, size).T * share for size, share in enumerate(of_sizes)], 1
    ).to(device)


def share_of_size(n_frames: int, size: int) -> float:
    """What a coalition of fewer than all frames counts for its frames in `esv_from_sums`."""
    return 1 / (size * (n_frames - size) * comb(n_frames, size))


def esv_from_sums(
    sums: Float[Tensor, "frame video class"], score: Score, prior: Float[Tensor, " class"]
) -> Esv:
    """ESVs from the scores of all frames and of none and, for each frame, the sum A_i of the scores of all other
    coalitions with it, each times the `share_of_size`.

    A coalition of size s counts +1 / (s C(T, s)) for its frames and -1 / ((T - s) C(T, s)) for the others, hence

        phi_i = (v(all) - v(none)) / T + T A_i - sum over j of A_j,

    in which A cancels over frames to rounding in float64: the ESVs sum to score - prior however long the sums.
    """
    n_frames = len(sums)
    return torch.add((score - prior) / n_frames - sums.sum(0), sums, alpha=n_frames).transpose(0, 1)
