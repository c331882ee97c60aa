"""Stated errors hold: on games of known values, for each of them, at every budget that is accepted."""

import logging
from functools import lru_cache

import pytest
import torch
from oracles import features, multiscale, tsn
from torch import Tensor

import playfair
from playfair.benchmark.combinations import combination_heads, combination_videos
from playfair.benchmark.coverage import share_held
from playfair.benchmark.heads import made_up_features, trained_heads
from playfair.benchmark.known_games import decided_clips, known_games
from playfair.shapley import CallableGame, MaskGame, explain_game, kernel
from playfair.shapley.chosen import ALIKE
from playfair.shapley.errors import WrongScores
from playfair.shapley.estimators import ESTIMATORS


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def held_by_game(n_elements: int, budget: int, estimator: str, draws: int) -> dict[str, float]:
    game, truth, names = known_games(n_elements)
    held = share_held(game, truth[None], budget, estimator, range(draws))[0].mean(0)
    return {name: float(held[[name == other for other in names]].mean()) for name in set(names)}


@pytest.mark.parametrize(
    "estimator",
    [
        "stratified",
        "kernel_shap",
        pytest.param("kernel", marks=pytest.mark.whole),
        pytest.param("chosen", marks=pytest.mark.whole),
    ],
)
@pytest.mark.parametrize(
    ("n_elements", "budget", "draws"),
    [(8, 0, 25), (8, 229, 25), (12, 0, 25), (12, 900, 8), (32, 0, 12)],
)
def test_intervals_hold_for_every_game_of_known_values(n_elements, budget, draws, estimator):
    budget = budget or ESTIMATORS[estimator].least(known_games(n_elements)[0])
    if estimator in ("kernel", "chosen") and n_elements > 8:
        draws //= 3  # dear
    held = held_by_game(n_elements, budget, estimator, draws)
    assert min(held.values()) > 0.88, held
    assert sum(held.values()) / len(held) > 0.93


@pytest.mark.parametrize("estimator", ["stratified", "kernel", "kernel_shap"])
@pytest.mark.parametrize(("n_elements", "budget"), [(8, 0), (8, 204), (16, 0), (32, 0)])
def test_intervals_hold_for_clips_that_few_elements_leave_undecided(n_elements, budget, estimator):
    """Of 76 % at 16 and 57 % at 32 elements they did, and of kernel's 6 % of clips none."""
    clips = decided_clips(n_elements)
    game = CallableGame(lambda x: x.mean(1), clips.logits, clips.prior)
    draws = range(2 if estimator == "kernel" else 10)
    budget = budget or ESTIMATORS[estimator].least(game)
    held = share_held(game, clips.truth, budget, estimator, draws)
    assert held.mean((1, 2)).min() > 0.88


@pytest.mark.parametrize(("budget", "seed"), [(229, 28), (241, 0), (241, 11), (241, 14)])
def test_one_pair_like_none_of_its_size_is_no_surprise_near_exhaustion(budget, seed):
    """Not drawn here. 0 to 10 % of the worst game's intervals held; a surrogate was taken that told
    all others to 0.4 and that one to 17."""
    game, truth, _ = known_games(8)
    ours = explain_game(game, budget=budget, estimator="kernel", generator=drawn(seed))
    off = (ours.esv[0].double() - truth).abs()
    held = off <= 1.96 * ours.stderr[0].double() + 1e-6
    assert held.double().mean(0).min() > 0.8
    assert off.max() < 0.07


def test_a_kernel_that_is_chosen_states_what_the_kernel_states():
    game, _, _ = known_games(8)
    chosen = explain_game(game, budget=106, generator=drawn(0))
    alone = explain_game(game, budget=106, estimator="kernel", generator=drawn(0))
    assert chosen.estimator == "kernel"
    torch.testing.assert_close(chosen.esv, alone.esv)
    torch.testing.assert_close(chosen.stderr, alone.stderr)


def test_few_rows_judge_a_surrogate_as_all_do():
    """But for the pair more of each size, which counts as it is."""
    game, _, _ = known_games(12)
    of_all = kernel.plan(game, 1001, drawn(0)).drawn
    some = of_all.to_choose
    every = torch.arange(len(of_all.inside))
    n_some, n_every = len(some) // 2, len(every) // 2
    few = of_all.stated(some).variance(torch.ones(n_some, 1, dtype=torch.float64))
    many = of_all.stated(every).variance(torch.ones(n_every, 1, dtype=torch.float64))
    torch.testing.assert_close(few, many, atol=0, rtol=0.03)


@pytest.mark.whole
def test_rounding_of_many_large_coefficients_is_within_the_stated_error(monkeypatch):
    """It was three times that: of 1,700 evaluations of 12 elements 73 % of intervals held."""
    known, _, names = known_games(12)
    some = [names.index("unanimity") + 1, names.index("unanimity") + 3, names.index("majority")]
    game = MaskGame(lambda inside: known.score(inside)[:, some], 12, known.prior[some])
    ours = explain_game(game, budget=1700, estimator="kernel", generator=drawn(0))
    monkeypatch.setattr("playfair.shapley.kernel_surrogate.IN_DOUBLE", 2**50)
    precise = explain_game(game, budget=1700, estimator="kernel", generator=drawn(0))
    off = (ours.esv - precise.esv).square().mean((0, 1)).sqrt()
    assert (off < 0.5 * ours.stderr.square().mean((0, 1)).sqrt()).all()


def test_values_of_decided_clips_are_known_at_any_number_of_elements():
    clips = decided_clips(7, n_videos=3)
    exact = playfair.explain(lambda x: x.mean(1), clips.logits, clips.prior).esv
    torch.testing.assert_close(clips.truth, exact, atol=1e-6, rtol=0)
    long = decided_clips(40)
    total = long.logits.mean(1).softmax(-1) - long.prior
    torch.testing.assert_close(long.truth.sum(1), total, atol=1e-6, rtol=0)


@lru_cache
def heads_of_8():
    return trained_heads(8, steps=60)


@pytest.mark.parametrize("budget", [136, 229], ids=["least", "all but a tenth"])
def test_intervals_hold_for_every_clip_of_trained_heads(budget):
    heads = heads_of_8()
    x, _ = made_up_features(4, 8, drawn(99))
    prior = torch.full((12,), 1 / 12)
    exact = playfair.explain(heads, x, prior).esv
    game = playfair.shapley.LinearGame(heads, x, prior)
    held = share_held(game, exact, budget, "surrogate", range(4))
    assert held.mean((1, 2)).min() > 0.88
    assert held.mean() > 0.93


@pytest.mark.parametrize(("together", "n_frames"), [(3, 14), (5, 10)])
def test_heads_that_need_a_combination_fall_back_to_plain_means_and_say_so(
    together, n_frames, caplog
):
    heads = combination_heads(together)
    x = combination_videos(together, 3, n_frames)
    exact = playfair.explain(heads, x).esv
    with caplog.at_level(logging.WARNING, "playfair"):
        ours = playfair.explain(heads, x, budget=700)
    published = playfair.explain(heads, x, budget=700, estimator="constructive")
    assert ours.plain.sum() >= 2
    assert f"{int(ours.plain.sum())} by plain means" in repr(ours)
    n_plain = f"on {int(ours.plain.sum())} of 3 videos they tell less than 0.5"
    assert n_plain in ours.why and "values are of plain means" in ours.why
    assert "they need several frames together" in caplog.text
    assert (ours.esv - exact).square().mean() < 2 * (published.esv - exact).square().mean()
    assert ((ours.esv - exact).abs() <= 1.96 * ours.stderr + 1e-6).float().mean() > 0.9
    torch.testing.assert_close(ours.esv.sum(1), ours.score - 0.25, atol=1e-6, rtol=0)


def test_what_a_surrogate_tells_is_no_matter_of_company():
    heads = combination_heads(3)
    x = combination_videos(3, 4, 14)
    x[0] = x[0, :1]  # of one kind alone: nothing answers
    together = playfair.explain(heads, x, budget=700)
    assert together.plain.any() and not together.plain[0]
    for video in range(4):
        alone = playfair.explain(heads, x[video : video + 1], budget=700)
        assert bool(alone.plain[0]) == bool(together.plain[video])
        torch.testing.assert_close(alone.esv[0], together.esv[video], atol=1e-6, rtol=0)
        torch.testing.assert_close(
            alone.stderr[0], together.stderr[video], atol=1e-6, rtol=1e-4, equal_nan=True
        )


def test_trained_and_smooth_heads_need_no_plain_means():
    ours = playfair.explain(multiscale(4), features(8, 10), budget=200)
    assert not ours.plain.any() and "plain" not in repr(ours)
    assert ours.why.endswith("which tell more than 0.5 of what was left out (R²)")


@pytest.mark.parametrize("estimator", [None, "stratified", "kernel", "kernel_shap", "constructive"])
def test_no_error_is_stated_of_a_constant_score_and_it_is_said(estimator, caplog):
    prior = torch.tensor([0.3, 0.7])
    game = MaskGame(lambda inside: prior.expand(len(inside), 2), 9, prior)
    with caplog.at_level(logging.WARNING, "playfair"):
        ours = explain_game(game, budget=100, estimator=estimator)
    assert ours.esv.abs().max() < 1e-7
    if estimator == "constructive":
        assert ours.stderr is None and ", no errors stated," in repr(ours)
    else:
        assert ours.stderr.isnan().all() and ", no errors stated of 1," in repr(ours)
        assert "alike on 1 of 1 video: nothing tells" in caplog.text
    if estimator is None:
        assert ours.why == ALIKE


def test_no_error_is_stated_where_no_evaluation_shows_the_combination(caplog):
    heads = combination_heads(5)
    x = combination_videos(5, 6, 12)
    exact = playfair.explain(heads, x).esv
    with caplog.at_level(logging.WARNING, "playfair"):
        ours = playfair.explain(heads, x, budget=375, generator=drawn(2))
    alike = ours.stderr.isnan().all((1, 2))
    assert alike.any() and not ours.stderr[~alike].isnan().any()
    assert f"alike on {int(alike.sum())} of 6 videos" in caplog.text
    off = (ours.esv - exact).abs().amax((1, 2))
    assert (off[alike] > 0.01).any(), "an error of 0 would not hold"
    held = (ours.esv - exact).abs() <= 1.96 * ours.stderr + 1e-6
    assert held[~alike].all()


@pytest.mark.parametrize(("model", "budget"), [(multiscale(3, n_classes=1), 100), (tsn(6, 1), 90)])
def test_one_class_is_a_constant_score(model, budget):
    ours = playfair.explain(model, features(2, 12), torch.ones(1), budget=budget)
    assert ours.esv.abs().max() < 1e-6 and ours.stderr.nan_to_num().max() < 1e-6


def nan_of_one(inside: Tensor) -> Tensor:
    """NaN for the coalition of the first half, a count for others."""
    half = torch.arange(inside.shape[1]) < inside.shape[1] // 2
    worth = inside.float().sum(1, keepdim=True)
    return worth.where((inside != half).any(1, keepdim=True), torch.nan)


def test_a_score_that_is_no_number_is_refused_where_it_was_asked_for():
    game = MaskGame(nan_of_one, 6, torch.zeros(1))
    with pytest.raises(WrongScores):
        explain_game(game)
    with pytest.raises(WrongScores):
        explain_game(game, budget=62)  # all but one


def test_errors_of_plain_means_take_in_how_far_the_surrogate_is_off(monkeypatch):
    heads = combination_heads(3)
    x = combination_videos(3, 3, 14)
    ours = playfair.explain(heads, x, budget=700)
    monkeypatch.setattr("playfair.shapley.surrogate.TOLD", -1e9)
    surrogate = playfair.explain(heads, x, budget=700)
    off = (ours.esv - surrogate.esv).square().mean(1, keepdim=True)
    total = surrogate.stderr.square() + off
    torch.testing.assert_close(ours.stderr.square(), total, atol=1e-9, rtol=1e-4)
