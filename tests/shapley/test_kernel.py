"""The kernel estimator: what it is made of by brute force, where it is exact, and that it converges."""

from itertools import pairwise, product

import pytest
import torch
from oracles import OneIsNoNumber, features, prior, recurrent, tsn

import playfair
from playfair.benchmark.known_games import known_games
from playfair.shapley import CallableGame, MaskGame, explain_game, kernel, memory
from playfair.shapley.chosen import verdict
from playfair.shapley.coalitions import all_members
from playfair.shapley.errors import BudgetTooLarge, NotFiniteScores
from playfair.shapley.kernels import ROUGH, Candidate, attentive, candidates, members_count
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.memory import check_budget
from playfair.shapley.pairs import draw_pairs
from playfair.shapley.regression import regress
from playfair.shapley.removal import seen
from playfair.shapley.triple_fit import TripleFit


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def neighbours(kept: list[int], ends: bool) -> set[tuple[int, int]]:
    line = [-1, *kept, 99] if ends else kept
    return set(pairwise(line))


def test_likeness_is_what_it_says_it_is():
    some, others = (all_members(6)[1:][seed::7] for seed in (6, 13))
    alike = Likeness(some, Others(others, torch.float64))
    shown = seen(some, "freeze"), seen(others, "freeze")
    for i, j in product(range(len(some)), range(len(others))):
        a, b = (row.nonzero().flatten().tolist() for row in (some[i], others[j]))
        both = len(set(a) & set(b))
        expected = {
            "shared": both,
            "cosine": both / (len(a) * len(b)) ** 0.5,
            "apart": len(set(a) ^ set(b)) / 6,
            "averaged": 6 * both / (len(a) * len(b)),
            "shown": (shown[0][i] == shown[1][j]).double().mean().item(),
            "neighbours": len(neighbours(a, True) & neighbours(b, True))
            / ((len(a) + 1) * (len(b) + 1)) ** 0.5,
            "averaged_neighbours": 5
            * len(neighbours(a, False) & neighbours(b, False))
            / (max(1, len(a) - 1) * max(1, len(b) - 1)),
            "from_start": len(set(enumerate(a)) & set(enumerate(b))) / (len(a) * len(b)) ** 0.5,
            "from_end": len(set(enumerate(a[::-1])) & set(enumerate(b[::-1])))
            / (len(a) * len(b)) ** 0.5,
        }
        for name, value in expected.items():
            assert getattr(alike, name)[i, j].item() == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize("removal", ["delete", "freeze", None])
def test_every_kernel_is_a_covariance(removal):
    inside = draw_pairs(9, 60, drawn(0)).inside
    others = Others(inside, torch.float64)
    for tried in candidates(removal):
        of_kernel = tried.kernel(Likeness(inside, others))
        torch.testing.assert_close(of_kernel, of_kernel.T)
        # but for a constant, which the trend takes out
        centred = of_kernel - of_kernel.mean(0) - of_kernel.mean(1, keepdim=True) + of_kernel.mean()
        assert torch.linalg.eigvalsh(centred).min() > -1e-8 * centred.diagonal().mean()


def test_pairs_left_out_are_told_as_by_a_regression_without_them():
    pairs = draw_pairs(7, 20, drawn(0)).inside
    inside = torch.cat([pairs, ~pairs, torch.ones(1, 7, dtype=torch.bool)])
    of_kernel = attentive(Likeness(inside, Others(inside, torch.float64)))
    trend = members_count(inside)
    values = torch.randn(len(inside), 2, generator=drawn(1), dtype=torch.float64)
    regression = regress(of_kernel, trend, 1e-3)
    left_out = regression.left_out(regression.process @ values)
    own = 1e-3 * of_kernel.diagonal().mean()
    for place in (0, 7, 19):
        gone = torch.zeros(len(inside), dtype=torch.bool)
        gone[[place, place + len(pairs)]] = True
        covariance = of_kernel[~gone][:, ~gone] + own * torch.eye(int((~gone).sum()))
        inverse = torch.linalg.inv(covariance)
        known = trend[~gone]
        effects = torch.linalg.solve(known.T @ inverse @ known, known.T @ inverse @ values[~gone])
        process = inverse @ (values[~gone] - known @ effects)
        told = trend[gone] @ effects + of_kernel[gone][:, ~gone] @ process
        torch.testing.assert_close(values[gone] - told, left_out[gone], atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("estimator", ["kernel", None])
def test_additive_games_are_exact(estimator):
    weight = torch.randn(24, 5, generator=drawn(0), dtype=torch.float64)
    game = MaskGame(lambda inside: inside.double() @ weight + 7, 24, torch.full((5,), 7.0).double())
    ours = explain_game(game, budget=200, estimator=estimator)
    torch.testing.assert_close(ours.esv[0], weight, atol=1e-7, rtol=0)
    assert ours.stderr.max() < 1e-5


@pytest.mark.parametrize("removal", ["delete", "freeze"])
def test_means_over_frames_are_exact_from_few_evaluations(removal):
    x = features(2, 12)
    model = tsn()
    exact = playfair.explain(model.forward, x, prior(), removal=removal).esv
    ours = playfair.explain(
        model.forward, x, prior(), removal=removal, budget=150, estimator="kernel"
    )
    torch.testing.assert_close(ours.esv, exact, atol=1e-5, rtol=0)


def test_all_pairs_leave_nothing_to_a_surrogate():
    game = CallableGame(lambda x: (x.cumsum(1).amax(1) * x.mean(1))[:, :4], features(2, 6), prior())
    exact = explain_game(game).esv.double()
    everything = kernel.plan(game, 63, drawn(0))
    ours = kernel.estimate(everything.drawn, game)
    torch.testing.assert_close(ours.esv, exact, atol=1e-6, rtol=0)
    assert ours.stderr.max() < 1e-6


@pytest.mark.whole
def test_the_error_of_every_known_game_falls_with_the_budget():
    game, truth, names = known_games(10)
    errors = []
    for budget in (120, 400, 1000):
        runs = [
            explain_game(game, budget=budget, estimator="kernel", generator=drawn(seed)).esv[0]
            for seed in range(3)
        ]
        errors.append((torch.stack(runs) - truth).square().mean((0, 1)))
    small = 1e-9
    assert len(names) == truth.shape[1]
    assert ((errors[1] < 0.7 * errors[0]) | (errors[1] < small)).all()
    assert ((errors[2] < 0.3 * errors[1]) | (errors[2] < small)).all()


@pytest.mark.parametrize("removal", ["delete", "freeze"])
def test_a_recurrent_model_is_told_far_better_than_by_means(removal):
    x = features(3, 10).cumsum(1) / 2
    exact = playfair.explain(recurrent(), x, prior(), removal=removal).esv

    def error(estimator):
        ours = playfair.explain(
            recurrent(), x, prior(), removal=removal, budget=400, estimator=estimator
        )
        return (ours.esv - exact).square().mean()

    assert error("kernel") < error("stratified") / 5
    assert error(None) < error("stratified") / 5


def test_values_are_the_same_in_any_company_batch_and_order_of_videos():
    x = features(4, 11).cumsum(1)
    options = {"budget": 200, "removal": "freeze"}
    ours = playfair.explain(recurrent(), x, prior(), **options)
    small = playfair.explain(recurrent(), x, prior(), batch_size=7, **options)
    turned = playfair.explain(recurrent(), x.flip(0), prior(), **options)
    alone = playfair.explain(recurrent(), x[2:3], prior(), **options)
    for other in (small.esv, turned.esv.flip(0)):
        torch.testing.assert_close(ours.esv, other, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.esv[2:3], alone.esv, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.stderr[2:3], alone.stderr, atol=1e-6, rtol=1e-4)


def test_an_output_of_a_function_of_masks_does_not_depend_on_the_others(drawn_with):
    drawn_with(ROWS_TO_FIT=41)  # so that some are corrected by more than a half
    game, _, names = known_games(9)
    ours = explain_game(game, budget=400, estimator="kernel")
    for place in (1, 3, names.index("parity"), names.index("majority") + 2, names.index("sum")):
        alone = MaskGame(lambda i, at=place: game.score(i)[:, at : at + 1], 9, game.prior[[place]])
        one = explain_game(alone, budget=400, estimator="kernel")
        torch.testing.assert_close(one.esv[0, :, 0], ours.esv[0, :, place], atol=1e-8, rtol=0)


def test_what_is_not_fitted_still_counts(drawn_with):
    x = features(2, 10).cumsum(1) / 2
    exact = playfair.explain(recurrent(), x, prior()).esv
    drawn_with(ROWS_TO_FIT=101)
    held = []
    for seed in range(4):
        ours = playfair.explain(
            recurrent(), x, prior(), budget=600, estimator="kernel", generator=drawn(seed)
        )
        held.append(((ours.esv - exact).abs() <= 1.96 * ours.stderr).double().mean())
        assert (ours.esv - exact).square().mean() < 1e-5
    assert torch.stack(held).mean() > 0.9


def test_triples_are_exact_of_all_pairs_and_nearer_of_some():
    worth = torch.randn(11, 3, generator=drawn(0), dtype=torch.float64)

    def score(inside):
        return (inside.double() @ worth).sigmoid()

    def values(n_pairs, seed):
        pairs = draw_pairs(11, n_pairs, drawn(seed))
        differences = score(pairs.inside) - score(~pairs.inside)
        return TripleFit(pairs).estimate(differences)

    truth, noise = values(1023, 0)
    assert noise.max() < 1e-20
    whole = score(torch.ones(1, 11, dtype=torch.bool)) - score(torch.zeros(1, 11, dtype=torch.bool))
    exact = explain_game(MaskGame(score, 11, torch.full((3,), 0.5).double())).esv[0]
    torch.testing.assert_close(truth + whole / 11, exact, atol=1e-9, rtol=0)
    some = [values(400, seed) for seed in range(8)]
    square = torch.stack([(esv - truth).square() for esv, _ in some]).mean()
    stated = torch.stack([noise for _, noise in some]).mean()
    assert 0.3 < square / stated < 3
    alone = [
        TripleFit(draw_pairs(11, 400, drawn(seed))).fit.estimate(
            score(draw_pairs(11, 400, drawn(seed)).inside)
            - score(~draw_pairs(11, 400, drawn(seed)).inside)
        )[0]
        for seed in range(8)
    ]
    assert square < torch.stack([(esv - truth).square() for esv in alone]).mean() / 2


def test_the_estimator_is_chosen_for_each_video_and_the_answer_says_why():
    x = features(2, 12).cumsum(1) / 2
    smooth = playfair.explain(recurrent(), x, prior(), budget=300)
    assert smooth.estimator == "kernel" and "variance is 0." in smooth.why
    assert "estimated (kernel)" in repr(smooth)

    generator = drawn(0)
    noise = torch.randn(2**14, 1, generator=generator)

    def random(inside):
        return noise[inside.long() @ 2 ** torch.arange(14)]

    rough = playfair.explain_masks(random, 14, budget=300)
    plain = playfair.explain_masks(random, 14, budget=300, estimator="stratified")
    if rough.estimator == "stratified":
        assert torch.equal(rough.esv, plain.esv) and torch.equal(rough.stderr, plain.stderr)
    assert plain.why == "it was asked for"
    assert playfair.explain(recurrent(), x, prior()).why == "no budget was given"


def test_a_verdict_says_what_was_taken_and_of_which_videos():
    better = verdict(torch.tensor([0.1, 0.3, 0.2]))
    assert better == (
        "kernel",
        "its leave-one-out variance is 0.2 of what that of stratified is (median of videos)",
    )
    worse = verdict(torch.tensor([2.5]))
    assert worse == ("stratified", "the leave-one-out variance of kernel is 2.5 times its own")
    both = verdict(torch.tensor([0.1, 9.0, 0.2, 1.4, 7.0]))
    assert both.estimator == "kernel and stratified"
    assert both.why.endswith(
        "stratified on 2 of 5 videos (counted from 0: 1, 4), where it is more than 1.5 times as large"
    )
    assert "more than 100 times" in verdict(torch.tensor([1e9])).why


def test_what_a_regression_takes_is_asked_of_memory_too(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda device, wanted: 2**27)  # 128 MB
    check_budget(3000, 16, 12, torch.device("cpu"))  # 5 MB of coalitions and scores
    with pytest.raises(BudgetTooLarge) as refused:  # 288 MB of four matrices
        check_budget(3000, 16, 12, torch.device("cpu"), 3000)
    most = refused.value.most
    assert 2**25 < 32 * most**2 < 2**26
    check_budget(most, 16, 12, torch.device("cpu"), 3000)
    with pytest.raises(BudgetTooLarge):  # a table of 10⁶ pairs by 100 rows
        check_budget(100, 1000, 2, torch.device("cpu"), 3000)
    with pytest.raises(BudgetTooLarge):
        explain_game(sampled_game(), budget=3000, estimator="kernel")
    assert explain_game(sampled_game(), budget=3000, estimator="stratified").evaluations <= 3000


def sampled_game() -> CallableGame:
    return CallableGame(lambda x: x.mean(1)[:, :4], features(1, 16), prior())


@pytest.mark.parametrize("estimator", ["kernel", None])
@pytest.mark.parametrize("n_videos", [1, 3])
def test_a_video_of_which_one_score_is_no_number_is_named(n_videos, estimator):
    game = OneIsNoNumber(lambda x: x.mean(1)[:, :4], features(n_videos, 12), prior())
    with pytest.raises(NotFiniteScores) as refused:
        explain_game(game, budget=300, estimator=estimator)
    assert refused.value.videos == (n_videos - 1,)


def test_a_rough_kernel_is_tried_for_every_removal():
    for removal in ("delete", "freeze", "blank", None):
        assert Candidate(ROUGH, nugget=1.0, logits=False) in candidates(removal)
