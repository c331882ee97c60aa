"""KernelSHAP-type regression (Lundberg & Lee 2017; paired sampling of Covert & Lee 2021).

The ESVs are the coefficients of the additive game that is closest to v under the Shapley kernel;
here with as many pairs of each size as `pairs` draws, weighted back to the kernel, and efficiency
as a constraint. The ratio of two estimates leaves a bias of order 1 / pairs.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, estimator
from playfair.shapley.game import Game
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pairs import Pairs
from playfair.shapley.stratified import fits, in_videos, least, plan, scores_of_pairs, without
from playfair.shapley.student import widening


def estimate(pairs: Pairs, game: Game) -> Estimate:
    """ESVs with standard errors."""
    differences, score = scores_of_pairs(pairs, game)
    total = score - game.prior.double().repeat(game.n_videos)
    esv, stderr = kernel_regression(pairs, differences, total)
    nothing = of_pairs(pairs, differences, score, game.n_videos)
    return without(nothing, in_videos(game, esv, stderr * widening(pairs.freedom / 2), score))


def kernel_regression(
    pairs: Pairs, differences: Float[Tensor, "pair column"], total: Float[Tensor, " column"]
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """ESVs and their standard errors (sandwich estimate); float64.

    total: v(all) - v(none), what the ESVs sum to.
    """
    n_elements = pairs.inside.shape[1]
    d = differences.double()
    size = pairs.size.to(d)
    unseen = pairs.unseen.to(d)
    weight = pairs.share.to(d) / (size * (n_elements - size))
    # What each pair says beyond an equal share of the total: d = sum over S of phi - sum over the
    # others.
    signs = 2 * pairs.inside.to(d) - 1
    free = signs[:, :-1] - signs[:, -1:]
    y = d - signs.mean(1, keepdim=True) * total.double()
    gram = free.T @ (free * weight[:, None])
    gram = gram + 1e-9 * gram.diagonal().mean() * torch.eye(len(gram)).to(d)
    solved = torch.linalg.solve(gram, (free * weight[:, None]).T)
    leverage = (free * solved.T).sum(1)
    beyond = solved @ y
    alone = (y - free @ beyond) / (1 - leverage).clamp(min=0.05).sqrt()[:, None]
    variance = solved.square() @ (alone.square() * unseen[:, None])
    last = solved.sum(0, keepdim=True).square() @ (alone.square() * unseen[:, None])
    esv = torch.cat([beyond, -beyond.sum(0, keepdim=True)]) + total.double() / n_elements
    return esv, torch.cat([variance, last]).sqrt()


@estimator("kernel_shap")
def kernel_shap() -> Estimator:
    """The regression, from the same pairs as the stratified estimator."""
    return Estimator(least, plan, estimate, fits)
