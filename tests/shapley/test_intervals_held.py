"""Where stated errors did not hold once: the whole table, with a bound for each row."""

import pytest
import torch

import playfair
from playfair.benchmark.coverage import answers_of, judged, share_held
from playfair.benchmark.heads import even_prior, made_up_features, trained_heads
from playfair.benchmark.known_games import known_games
from playfair.shapley import LinearGame
from playfair.shapley.estimators import ESTIMATORS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("n_elements", [12, 16, 32, 64])
def test_values_of_0_lie_within_their_intervals_at_the_least_budget(n_elements: int) -> None:
    """30 to 38 % of them did."""
    game, truth, names = known_games(n_elements)
    budget = ESTIMATORS["stratified"].least(game)
    held = share_held(game, truth[None], budget, "stratified", range(20))[0]
    table = {
        name: float(held[:, place][truth[:, place] == 0].mean())
        for place, name in enumerate(names)
        if (truth[:, place] == 0).any()
    }
    assert min(table.values()) > 0.9, table


@pytest.mark.parametrize(("n_frames", "budget"), [(12, 900), (12, 2000), (10, 800)])
def test_intervals_of_trained_heads_hold_on_every_clip(n_frames: int, budget: int) -> None:
    """On the worst clip of a TRN 70 % did."""
    heads = trained_heads(n_frames)
    x, _ = made_up_features(8, n_frames, torch.Generator().manual_seed(99))
    exact = playfair.explain(heads, x, even_prior()).esv
    held = share_held(LinearGame(heads, x, even_prior()), exact, budget, "surrogate", range(8))
    by_clip = held.mean((1, 2))
    assert by_clip.min() > 0.9, by_clip
    assert by_clip.mean() > 0.93


@pytest.mark.parametrize(
    ("n_elements", "budget", "draws"),
    [
        *((8, budget, 100) for budget in (53, 128, 204, 229, 241)),
        (12, 300, 20),
        (12, 900, 12),
    ],
)
def test_intervals_of_a_kernel_hold_for_each_game(n_elements: int, budget: int, draws: int) -> None:
    """At 229 and 241 evaluations 85 to 88 % of the worst did; of those told exactly all do."""
    game, truth, names = known_games(n_elements)
    answers = answers_of(game, budget, ["kernel"], range(draws))["kernel"]
    held, exact = judged(answers, truth[None])
    by_game = held[0].mean(0)
    table = dict(zip(enumerate(names), by_game.tolist(), strict=True))
    assert by_game.min() > 0.9, table
    told = ~exact[0].all(0)
    assert by_game[told].mean() > 0.94, table
