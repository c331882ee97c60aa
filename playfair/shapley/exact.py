"""Exact Element Shapley Values from the scores of all coalitions.

phi_i = mean over sizes s of ( mean score of the size-(s+1) coalitions with i - mean score of the size-s
coalitions without i ), Price & Damen 2020, eq. 3-4; equal to the mean marginal contribution over all orders.
"""

from collections.abc import Iterator
from math import comb

from jaxtyping import Float
from torch import Tensor

from playfair.shapley.coalitions import members
from playfair.shapley.game import Block

Esv = Float[Tensor, "video frame class"]
Score = Float[Tensor, "video class"]


def esv_from_blocks(blocks: Iterator[Block], n_frames: int, n_classes: int) -> tuple[Esv, Score]:
    """ESVs but for the empty coalition's part, and the score of the whole video, in float64."""
    esv: Tensor | float = 0.0
    for size, start, scores in blocks:
        inside = members(n_frames, size)[start : start + len(scores)].to(scores.device, scores.dtype)
        sums = (inside.t() @ scores.flatten(1)).double().unflatten(1, scores.shape[1:])
        esv = esv + level_share(sums, n_frames, size)
    assert isinstance(esv, Tensor)
    return esv.transpose(0, 1)[..., :n_classes], scores[-1, :, :n_classes].double()


def level_share(sums: Tensor, n_frames: int, size: int, frame_axis: int = 0) -> Tensor:
    """What coalitions of one size add to the ESVs, given for each frame the sum of scores of those with it.

    A coalition of size s counts +1 / (s C(T, s)) for its frames and -1 / ((T - s) C(T, s)) for the others.
    The sum over all coalitions follows from `sums` too (each counts s times in it), so that a level's share
    cancels over frames to rounding in float64, and the ESVs sum to score - prior however long the sums.
    """
    joins = 1 / (size * comb(n_frames, size))
    stays_out = 1 / ((n_frames - size) * comb(n_frames, size)) if size < n_frames else 0.0
    return (joins + stays_out) * sums - stays_out / size * sums.sum(frame_axis, keepdim=True)
