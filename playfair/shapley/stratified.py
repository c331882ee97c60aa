"""ESVs from random pairs of coalitions, a share for every size; the best for any one model.

`pairs` says what is drawn, `pair_fit` how values and errors follow.
"""

import torch
from jaxtyping import Bool
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, scores_of_coalitions
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import Pairs, draw_pairs, least_pairs
from playfair.shapley.student import widening


def fits(game: Game) -> bool:
    """Whether coalitions are what an evaluation scores; a `LinearGame` counts single scales'."""
    return not isinstance(game, LinearGame)


def least(game: Game) -> int:
    """The whole video, and of each size so many pairs that their spread can be seen."""
    return 1 + 2 * least_pairs(game.n_elements)


def plan(game: Game, budget: int, generator: torch.Generator) -> Plan:
    """Different pairs, the same for all videos."""
    pairs = draw_pairs(game.n_elements, (budget - 1) // 2, generator)
    return Plan(1 + 2 * len(pairs.inside), pairs)


def estimate(pairs: Pairs, game: Game) -> Estimate:
    """ESVs with standard errors."""
    differences, score = scores_of_pairs(pairs, game)
    total = score - game.prior.double().repeat(game.n_videos)
    esv, stderr = PairFit(pairs, differences.device).estimate(differences)
    esv += total / game.n_elements
    nothing = of_pairs(pairs, differences, score, game.n_videos)
    return without(nothing, in_videos(game, esv, stderr * widening(pairs.freedom), score))


def scores_of_pairs(pairs: Pairs, game: Game) -> tuple[Tensor, Tensor]:
    """What the game says of pairs.

    Returns:
        v(S) - v(complement of S), (pair, column), and the score of the whole video (column,),
        float64, where `column` is (video, class) as one axis.
    """
    whole = scores_of_coalitions(game, torch.ones(1, game.n_elements, dtype=torch.bool))
    ones = scores_of_coalitions(game, pairs.inside)
    others = scores_of_coalitions(game, ~pairs.inside)
    return ones - others, whole[0].double()


def in_videos(game: Game, esv: Tensor, stderr: Tensor | None, score: Tensor) -> Estimate:
    """(element, column) and (column,) as (video, element, class) and (video, class)."""
    shape = (game.n_videos, game.n_classes)
    return Estimate(
        esv.unflatten(1, shape).transpose(0, 1),
        None if stderr is None else stderr.unflatten(1, shape).transpose(0, 1),
        score.view(shape),
    )


def without(nothing: Bool[Tensor, " video"], answer: Estimate) -> Estimate:
    """The answer without errors, NaN, of videos that nothing was seen of."""
    assert answer.stderr is not None
    return answer._replace(stderr=answer.stderr.masked_fill(nothing[:, None, None], torch.nan))


@estimator("stratified")
def stratified() -> Estimator:
    """Means over pairs of each size, with a least-squares fit as control variate."""
    return Estimator(least, plan, estimate, fits)
