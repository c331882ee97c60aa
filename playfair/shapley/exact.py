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


def esv_from_blocks(
    blocks: Iterator[Block], n_frames: int, prior: Float[Tensor, " class"]
) -> tuple[Esv, Score]:
    """ESVs and the score of the whole video, in float64.

    A coalition of size s counts +1 / (s C(T, s)) for its frames and -1 / ((T - s) C(T, s)) for the others:
    each block's share is one product with the 0/1 matrix of members. The sum over all coalitions is taken
    from that product too (each counts `size` times in it), so what a level adds cancels over frames to
    rounding in float64, and the ESVs sum to score - prior however long the float32 sums were.
    """
    # The empty coalition scores the prior and lacks every frame.
    esv = -prior.double() / n_frames
    for size, start, scores in blocks:
        inside = members(n_frames, size)[start : start + len(scores)].to(scores)
        flat = scores.flatten(1)
        sums = (inside.t() @ flat).double().unflatten(1, scores.shape[1:])
        joins = 1 / (size * comb(n_frames, size))
        stays_out = 1 / ((n_frames - size) * comb(n_frames, size)) if size < n_frames else 0.0
        esv = esv + (joins + stays_out) * sums - stays_out / size * sums.sum(0)
    return esv.transpose(0, 1), scores[-1].double()
