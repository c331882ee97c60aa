"""ESVs from a kernel regression of the logits, and the estimated mean of what it leaves.

Of the evaluated coalitions S_b a surrogate g of the logits is fitted by kernel regression, whose
softmax costs no evaluation of the model. With v the model's scores,

    phi = phi(softmax g) + sum over b of share_b c(S_b) [ (1 - u_b) r_b + lambda u_b e_b ],

where share, c and u (unseen) are those of `pairs`, r = v - softmax g, and e is the same with S_b
left out of the fit (`kernel_surrogate`). The first part of the sum puts what was evaluated in the surrogate's place, so
that nothing is left where all coalitions were. The second estimates the surrogate's mean error in
what was not evaluated, without which a surrogate that does not suit a game would be wrong at every
budget; lambda is between a half and 1, the more, the plainer that error is.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.designs import Designs
from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, scores_of_coalitions
from playfair.shapley.kernel_design import ROWS_TO_FIT, Drawn, draw
from playfair.shapley.kernel_selection import by_candidate
from playfair.shapley.kernel_surrogate import of_surrogate
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pairs import paired
from playfair.shapley.stratified import fits, least, without
from playfair.shapley.student import widening

# The surrogate whose leave-one-out error is the least of several errs more than that, as whatever is
# chosen by an error does (Cawley & Talbot 2010, JMLR 11): at half of all evaluations sums of
# unanimities had up to 1.2 of the variance that was stated, and 90 % of intervals held of the worst.
CHOSEN_BY_IT = 1.25
ROUNDING = 1e-7  # of the largest score, by which what is told exactly is off in float32
DESIGNS: Designs[Drawn] = Designs()


def plan(game: Game, budget: int, generator: torch.Generator) -> Plan:
    """Different pairs, and more of them for the surrogate; the same for all videos.

    Of several calls, too, that come with the same generator.
    """
    n_pairs = (budget - 1) // 2
    removal = getattr(game, "removal", None)
    device = game.prior.device
    key = (game.n_elements, n_pairs, removal, device)
    drawn = DESIGNS.obtain(
        key, generator, lambda: draw(game.n_elements, n_pairs, removal, generator, device)
    )
    most = max(scored.n_pairs for scored in drawn.scored)
    together = max(1, 2**26 // (most * game.n_classes))
    return Plan(len(drawn.inside), drawn, together)


def estimate(drawn: Drawn, game: Game) -> Estimate:
    """ESVs with standard errors; float64."""
    scores = scores_of_drawn(drawn, game)
    esv, variance = esv_of_scores(drawn, scores)
    return with_errors(drawn, game, scores, esv, CHOSEN_BY_IT * variance)


def scores_of_drawn(drawn: Drawn, game: Game) -> Float[Tensor, "row video class"]:
    """What the game says of all that is evaluated; float64."""
    scores = scores_of_coalitions(game, drawn.inside).double()
    return scores.unflatten(1, (game.n_videos, game.n_classes))


def with_errors(
    drawn: Drawn,
    game: Game,
    scores: Float[Tensor, "row video class"],
    esv: Float[Tensor, "element video class"],
    variance: Float[Tensor, "element video class"],
) -> Estimate:
    """Together with what all elements have in common, and with errors where any can be stated."""
    score = scores[-1]
    esv = esv + (score - game.prior.double()) / game.n_elements
    differences = paired(scores, len(drawn.pairs.inside)).flatten(1)
    nothing = of_pairs(drawn.pairs, differences, score.flatten(), game.n_videos)
    largest = scores.abs().amax((0, 2))
    variance = variance + (ROUNDING * largest).square()[:, None]
    stderr = variance.sqrt() * widening(drawn.pairs.freedom)
    answer = Estimate(esv.transpose(0, 1), stderr.transpose(0, 1), score)
    return without(nothing, answer)


def esv_of_scores(
    drawn: Drawn, scores: Float[Tensor, "row video class"]
) -> tuple[Float[Tensor, "element video class"], Float[Tensor, "element video class"]]:
    """ESVs but for what all elements have in common, and their variances."""
    esv = scores.new_zeros(drawn.inside.shape[1], *scores.shape[1:])
    variance = torch.zeros_like(esv)
    for tried, columns, values, link in by_candidate(drawn, scores):
        out = of_surrogate(drawn, tried, values, scores[:, columns], link)
        esv[:, columns], variance[:, columns] = out
    return esv, variance


@estimator("kernel")
def kernel() -> Estimator:
    """Kernel regression of the logits, with estimated residuals."""
    return Estimator(least, plan, estimate, fits, ROWS_TO_FIT)
