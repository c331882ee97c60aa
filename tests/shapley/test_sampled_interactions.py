"""Estimated interactions: exact values lie within their errors, and their mean is no other."""

import pytest
import torch
from oracles import OneIsNoNumber, features, multiscale, prior, recurrent, tsn

import playfair
from playfair.shapley import MaskGame, pair_weights, sampled_interactions
from playfair.shapley.errors import BudgetTooSmallForPairs, NotFiniteScores, TellsNoPairs
from playfair.shapley.interaction_fit import InteractionFit
from playfair.shapley.interactions import pairs_of_game
from playfair.shapley.pairs import distinct_pairs


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def additive_in_pairs(n_elements: int) -> tuple[MaskGame, torch.Tensor]:
    """A game of elements and pairs, whose interactions are its pairs' worth."""
    worth = torch.randn(3, n_elements, n_elements, generator=drawn(1), dtype=torch.float64)
    worth = worth.triu(1).permute(1, 2, 0)
    alone = torch.randn(n_elements, 3, generator=drawn(2), dtype=torch.float64)

    def score(inside):
        x = inside.double()
        return 2 + x @ alone + torch.einsum("ci,cj,ijg->cg", x, x, worth)

    prior = torch.full((3,), 2.0, dtype=torch.float64)
    return MaskGame(score, n_elements, prior), worth + worth.transpose(0, 1)


@pytest.mark.parametrize("n_elements", [3, 4, 5, 8, 9])
def test_the_index_is_a_mean_over_coalitions_and_their_complements(n_elements):
    worth = torch.randn(2**n_elements, 2, generator=drawn(0), dtype=torch.float64)

    def score(inside):
        return worth[inside.long() @ 2 ** torch.arange(n_elements)]

    exact = playfair.interactions_of_masks(score, n_elements)
    first, second = pair_weights.both(n_elements)
    everything = sum(distinct_pairs(n_elements, k) for k in range(1, n_elements // 2 + 1))
    pairs = pair_weights.draw(n_elements, everything, drawn(0))
    sums = score(pairs.inside) + score(~pairs.inside)
    ends = worth[0] + worth[-1]
    by_weights = (pair_weights.contrast(pairs) * pairs.share[:, None]).T @ sums
    by_weights += ends * pair_weights.weight(n_elements, 0, 0)
    torch.testing.assert_close(by_weights, exact[first, second], atol=1e-9, rtol=0)
    index, variance = InteractionFit(pairs).estimate(sums, ends)
    torch.testing.assert_close(index, exact[first, second], atol=1e-9, rtol=0)
    assert variance.max() == 0


@pytest.mark.parametrize("n_elements", [5, 8])
def test_the_index_of_same_sides_is_that_of_the_definition(n_elements):
    of_sizes = torch.rand(n_elements // 2 + 1, generator=drawn(3), dtype=torch.float64)

    def score(inside):
        size = torch.minimum(inside.sum(1), n_elements - inside.sum(1))
        same = (inside[:, :1] == inside[:, 1:2]).double()
        return same * of_sizes[size][:, None] / 2  # half in the coalition, half in its complement

    exact = playfair.interactions_of_masks(score, n_elements)
    own, shared, others = pair_weights.of_same_side(n_elements, of_sizes)
    assert exact[0, 1, 0].item() == pytest.approx(own, abs=1e-9)
    assert exact[1, 2, 0].item() == pytest.approx(shared, abs=1e-9)
    assert exact[2, 3, 0].item() == pytest.approx(others, abs=1e-9)


@pytest.mark.parametrize(
    ("n_elements", "budget", "estimator"), [(24, 1500, "stratified"), (10, 300, None)]
)
def test_interactions_of_a_pairwise_game_are_its_pairs(n_elements, budget, estimator):
    game, worth = additive_in_pairs(n_elements)
    ours = playfair.explain_pairs(game.score, n_elements, budget=budget, estimator=estimator)
    assert ours.index.shape == (1, n_elements, n_elements, 3) and ours.stderr is not None
    assert ours.estimator == "stratified" and (estimator or "more than 100 times its" in ours.why)
    torch.testing.assert_close(ours.index[0], worth, atol=1e-4, rtol=0)
    assert ours.stderr.max() < 1e-3
    assert torch.equal(ours.index, ours.index.transpose(1, 2))
    assert not ours.index.diagonal(dim1=1, dim2=2).any()


def held(model, x, budget, estimator, seeds, removal=None):
    """Exact values within 95 % intervals, and estimates: (draw, video, pair, class)."""
    exact = playfair.interactions(model, x, prior(), removal=removal)
    first, second = pair_weights.both(x.shape[1])
    holds = []
    errors = []
    for seed in range(seeds):
        ours = playfair.explain_pairs(
            model,
            x,
            prior(),
            removal=removal,
            budget=budget,
            estimator=estimator,
            generator=drawn(seed),
        )
        off = (ours.index - exact)[:, first, second]
        holds.append((off.abs() <= 1.96 * ours.stderr[:, first, second] + 1e-6).double())
        errors.append(off)
    return torch.stack(holds), torch.stack(errors)


@pytest.mark.parametrize("removal", ["delete", pytest.param("freeze", marks=pytest.mark.whole)])
def test_intervals_hold_and_the_mean_of_many_draws_is_exact(removal):
    x = features(2, 9).cumsum(1) / 2
    holds, errors = held(recurrent(), x, 260, None, 8, removal)
    assert holds.mean((0, 2, 3)).min() > 0.9
    z = errors.mean(0) / (errors.std(0) / 8**0.5).clamp(min=1e-5)
    assert z.abs().mean() < 1.3  # of Student's t of 7 degrees of freedom .88
    single = errors.square().mean().sqrt()
    assert errors.mean(0).square().mean().sqrt() < 0.5 * single


def unanimities(n_elements: int) -> tuple[MaskGame, torch.Tensor]:
    """Two games, each a sum over few sets that say something once complete: few pairs interact."""
    inside = torch.zeros(2, 4, n_elements, dtype=torch.float64)
    generator = drawn(5)
    for of_game in inside:
        for members, size in zip(of_game, (2, 2, 3, 4), strict=True):
            members[torch.randperm(n_elements, generator=generator)[:size]] = 1
    sizes = inside.sum(2)
    worth = torch.randn(2, 4, generator=generator, dtype=torch.float64)
    index = torch.einsum("gs,gsi,gsj->ijg", worth / (sizes - 1), inside, inside)
    index[range(n_elements), range(n_elements)] = 0

    def score(coalitions):
        complete = torch.einsum("ci,gsi->cgs", coalitions.double(), inside) == sizes
        return (complete * worth).sum(2)

    return MaskGame(score, n_elements, torch.zeros(2, dtype=torch.float64)), index


@pytest.mark.parametrize(
    ("n_elements", "budget", "estimator"),
    [
        (24, 700, "stratified"),
        pytest.param(24, 700, None, marks=pytest.mark.whole),
        pytest.param(32, 1000, None, marks=pytest.mark.whole),
    ],
)
def test_intervals_hold_of_the_few_pairs_that_interact(n_elements, budget, estimator):
    game, exact = unanimities(n_elements)
    interacts = exact.abs() > 1e-9
    holds = []
    for seed in range(8):
        ours = playfair.explain_pairs(
            game.score, n_elements, budget=budget, estimator=estimator, generator=drawn(seed)
        )
        assert ours.estimator == (estimator or "kernel")
        off = (ours.index[0] - exact).abs()
        holds.append((off <= 1.96 * ours.stderr[0])[interacts].double())
    assert 24 <= interacts.sum() <= 44
    assert torch.stack(holds).mean() > 0.9


@pytest.mark.parametrize("removal", ["delete", "freeze"])
def test_the_kernel_is_nearer_than_means_and_is_taken_and_said(removal, caplog):
    x = features(1, 9).cumsum(1) / 2
    exact = playfair.interactions(recurrent(), x, prior(), removal=removal)
    by_name, plain, ours = (
        playfair.explain_pairs(
            recurrent(), x, prior(), removal=removal, budget=260, estimator=estimator
        )
        for estimator in ("kernel", "stratified", None)
    )
    assert ours.estimator == "kernel" and "of what that of stratified is" in ours.why
    assert torch.equal(ours.index, by_name.index) and torch.equal(ours.stderr, by_name.stderr)
    assert plain.why == by_name.why == "it was asked for"
    assert (ours.index - exact).square().mean() < (plain.index - exact).square().mean() / 3
    assert ours.stderr.square().mean() < plain.stderr.square().mean() / 3
    assert not caplog.text  # nothing is alike


def test_what_is_not_fitted_still_counts(drawn_with):
    x = features(1, 9).cumsum(1) / 2
    exact = playfair.interactions(recurrent(), x, prior())
    whole = playfair.explain_pairs(recurrent(), x, prior(), budget=360)
    drawn_with(ROWS_TO_FIT=141)
    ours = playfair.explain_pairs(recurrent(), x, prior(), budget=360)
    off = (ours.index - exact).abs()
    assert (off <= 1.96 * ours.stderr + 1e-6).double().mean() > 0.9
    assert whole.stderr.square().mean() < ours.stderr.square().mean() < 1e-3


def test_what_no_kernel_tells_is_of_plain_means(monkeypatch):
    noise = torch.randn(2**9, 1, generator=drawn(0))

    def random(inside):
        return noise[inside.long() @ 2 ** torch.arange(9)]

    ours, plain = (
        playfair.explain_pairs(random, 9, budget=200, estimator=estimator)
        for estimator in (None, "stratified")
    )
    monkeypatch.setattr(sampled_interactions, "PLAINLY", -1.0)
    by_means = playfair.explain_pairs(random, 9, budget=200)
    assert torch.equal(by_means.index, plain.index) and torch.equal(by_means.stderr, plain.stderr)
    assert ours.stderr.square().mean() <= 1.01 * plain.stderr.square().mean()


def test_heads_are_asked_scale_by_scale_and_intervals_hold():
    x = features(2, 10)
    holds, errors = held(multiscale(3), x, 140, None, 6)
    ours = playfair.explain_pairs(multiscale(3), x, prior(), budget=140)
    assert ours.estimator == "surrogate" and ours.evaluations == 140
    assert holds.mean((0, 2, 3)).min() > 0.9
    exact = playfair.interactions(multiscale(3), x, prior())
    assert errors.square().mean() < 0.1 * exact.square().mean()
    whole = playfair.explain_pairs(multiscale(3), x, prior(), budget=10**4)
    assert whole.estimator == "exact" and whole.stderr is None
    torch.testing.assert_close(whole.index, exact, atol=1e-6, rtol=0)


def test_more_elements_than_can_be_listed_are_estimated_of_any_model():
    x = features(1, 22)
    for model, removal in ((tsn(), None), (recurrent(), "freeze"), (multiscale(2), None)):
        ours = playfair.explain_pairs(model, x, prior(), removal=removal, budget=500)
        assert ours.index.shape == ours.stderr.shape == (1, 22, 22, 4)
        assert ours.index.isfinite().all() and ours.stderr.isfinite().all()
        assert "estimated" in repr(ours) and ours.why
    index = playfair.interactions(model, x, prior(), removal=removal, budget=500)
    assert torch.equal(index, ours.index)


def test_what_no_interactions_follow_from_is_said(caplog):
    model, x = recurrent(), features(1, 24)
    with pytest.raises(ValueError, match="up to 20 elements"):
        playfair.explain_pairs(model, x, prior())
    with pytest.raises(BudgetTooSmallForPairs, match="type explain_pairs") as refused:
        playfair.explain_pairs(model, x, prior(), budget=100)
    least = refused.value.least
    assert playfair.explain_pairs(model, x, prior(), budget=least).evaluations <= least
    with pytest.raises(TellsNoPairs, match="kernel, stratified"):
        playfair.explain_pairs(model, x, prior(), budget=700, estimator="kernel_shap")
    with pytest.raises(TellsNoPairs, match="surrogate"):
        playfair.explain_pairs(multiscale(2), x, prior(), budget=700, estimator="kernel")
    with pytest.raises(ValueError, match="float32 where"):
        playfair.explain_pairs(multiscale(2), x, prior(), budget=700, precision="bfloat16")
    constant = playfair.explain_pairs(lambda inside: torch.ones(len(inside), 1), 24, budget=least)
    assert constant.index.abs().max() < 1e-9 and constant.stderr.isnan().sum() == 24 * 23
    assert "alike on 1 of 1 video" in caplog.text


@pytest.mark.parametrize("n_videos", [1, 3])
def test_a_video_of_which_one_score_is_no_number_is_named(n_videos):
    game = OneIsNoNumber(lambda x: x.mean(1)[:, :4], features(n_videos, 12), prior())
    with pytest.raises(NotFiniteScores) as refused:
        pairs_of_game(game, 300, drawn(0), None)
    assert refused.value.videos == (n_videos - 1,)


def test_a_video_is_estimated_the_same_in_any_company():
    x = features(3, 12).cumsum(1) / 2
    together = playfair.explain_pairs(recurrent(), x, prior(), budget=300)
    alone = playfair.explain_pairs(recurrent(), x[1:2], prior(), budget=300)
    torch.testing.assert_close(together.index[1:2], alone.index, atol=1e-6, rtol=0)
    torch.testing.assert_close(together.stderr[1:2], alone.stderr, atol=1e-6, rtol=1e-4)
