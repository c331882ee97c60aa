"""Games that no kernel was made for: errors fall with the budget, and all coalitions are exact."""

from collections.abc import Callable
from functools import lru_cache
from math import comb

import pytest
import torch
from torch import Tensor

from playfair.shapley import MaskGame, explain_game
from playfair.shapley.errors import BudgetTooLarge, BudgetTooSmall
from playfair.shapley.estimators import ESTIMATORS

N = 8
ROUNDING = 1e-10
WEIGHT = torch.linspace(-1, 1.5, N, dtype=torch.float64)
SPIKE = torch.arange(N) % 2 == 0
Worth = Callable[[Tensor], Tensor]


def of_number(k: int, rule: Worth) -> Worth:
    """What k elements, spread over all, are worth by how many of them are inside."""
    places = torch.linspace(0, N - 1, k).round().long()
    return lambda inside: rule(inside[:, places].sum(1))


GAMES: dict[str, Worth] = {
    **{f"unanimity of {k}": of_number(k, lambda n, k=k: n == k) for k in range(2, 7)},
    "majority": of_number(5, lambda n: n > 2),
    "majority of all": of_number(N, lambda n: n > N // 2),
    "parity": of_number(5, lambda n: n % 2 == 1),
    "xor": of_number(2, lambda n: n == 1),
    "one spike": lambda inside: (inside == SPIKE).all(1),
    "saturated": lambda inside: (20 * (inside.double() @ WEIGHT - 1)).sigmoid(),
    "additive": lambda inside: (inside.double() @ WEIGHT + 2) / 6,
}


def as_answers(inside: Tensor) -> Tensor:
    """One output for each game, whose values are told one by one."""
    return torch.stack([worth(inside).double() for worth in GAMES.values()], dim=1)


def as_probabilities(inside: Tensor) -> Tensor:
    """A video of two classes for each game, whose logits are told together."""
    worth = as_answers(inside)
    return torch.stack([1 - worth, worth], dim=2)


@lru_cache
def game_and_values(probable: bool) -> tuple[MaskGame, Tensor]:
    """The games, and (element, game) by the definition."""
    nothing = torch.zeros(1, N, dtype=torch.bool)
    number = torch.arange(2**N)
    inside = number[:, None].bitwise_and(2 ** torch.arange(N)) > 0
    worth = as_answers(inside)
    if probable:
        prior = torch.tensor([0.5, 0.5], dtype=torch.float64)
        worth[0] = 0.5
        game = MaskGame(as_probabilities, N, prior, n_videos=len(GAMES))
    else:
        game = MaskGame(as_answers, N, as_answers(nothing)[0])
    size = inside.sum(1)
    values = []
    for element in range(N):
        others = number[~inside[:, element]]
        share = torch.tensor([1 / (N * comb(N - 1, int(k))) for k in size[others]])
        values.append(share.double() @ (worth[others + 2**element] - worth[others]))
    return game, torch.stack(values)


def of_each(esv: Tensor, probable: bool) -> Tensor:
    """The values of each game, (element, game)."""
    return esv[:, :, 1].T if probable else esv[0]


@pytest.mark.parametrize("probable", [False, True], ids=["answers", "probabilities"])
@pytest.mark.parametrize("estimator", [None, pytest.param("kernel", marks=pytest.mark.whole)])
def test_the_error_of_every_adversary_falls_with_the_budget(estimator, probable):
    game, truth = game_and_values(probable)
    errors = []
    for budget in (60, 130, 250):
        runs = [
            explain_game(
                game,
                budget=budget,
                estimator=estimator,
                generator=torch.Generator().manual_seed(seed),
            )
            for seed in range(4)
        ]
        off = torch.stack([of_each(run.esv, probable) - truth for run in runs])
        errors.append(off.square().mean((0, 1)))
    for name, few, more, most in zip(GAMES, *errors, strict=True):
        # chance: of 6 elements of which few draws see what they are worth
        assert more < 0.8 * few or more < 1e-4, (name, few, more)
        assert most < 0.05 * few or most < ROUNDING, (name, few, most)
    assert errors[0][list(GAMES).index("additive")] < ROUNDING


@pytest.mark.parametrize("probable", [False, True], ids=["answers", "probabilities"])
@pytest.mark.parametrize("estimator", ["kernel", "chosen"])
def test_all_coalitions_are_exact_of_every_adversary(estimator, probable):
    game, truth = game_and_values(probable)
    plan = ESTIMATORS[estimator].plan(game, 2**N - 1, torch.Generator().manual_seed(0))
    ours = ESTIMATORS[estimator].estimate(plan.drawn, game)
    torch.testing.assert_close(of_each(ours.esv, probable), truth, atol=1e-7, rtol=0)
    whole = explain_game(game, budget=2**N - 1, estimator=estimator)
    assert whole.estimator == "exact" and whole.stderr is None


@pytest.mark.parametrize("estimator", ["kernel", "chosen", None])
def test_fewer_evaluations_than_the_least_are_refused_with_the_least(estimator):
    game, _ = game_and_values(False)
    least = ESTIMATORS["kernel"].least(game)
    with pytest.raises(BudgetTooSmall, match=f"at least {least} evaluations") as refused:
        explain_game(game, budget=least - 1, estimator=estimator)
    assert refused.value.least == least
    assert explain_game(game, budget=least, estimator=estimator).evaluations == least


def test_a_budget_that_would_not_fit_is_refused_before_anything_is_drawn():
    game = MaskGame(lambda inside: pytest.fail("it was asked"), 30, torch.zeros(2))
    with pytest.raises(BudgetTooLarge, match="are free; type explain") as refused:
        explain_game(game, budget=10**12, estimator="kernel")
    assert 10**3 < refused.value.most < 10**12
