"""The kernel estimator by hand: what is summed, weighted and left out, and in what precision."""

from dataclasses import replace

import pytest
import torch

from playfair.shapley import (
    CallableGame,
    MaskGame,
    explain_game,
    kernel,
    kernel_selection,
    kernel_surrogate,
)
from playfair.shapley.kernel_design import Drawn
from playfair.shapley.kernel_selection import Link, are_probabilities, errors_left_out, logits_of
from playfair.shapley.kernel_surrogate import (
    esv_of_surrogate,
    of_surrogate,
    predicted,
    told_of,
)
from playfair.shapley.kernels import Candidate, attentive, smooth
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.regression import regress


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def design_of(n_elements: int, budget: int, score) -> tuple[Drawn, torch.Tensor]:
    """What is drawn for a function of masks, and its scores (row, class)."""
    one = torch.ones(1, n_elements, dtype=torch.bool)
    game = MaskGame(score, n_elements, torch.zeros_like(score(one)[0]))
    design = kernel.plan(game, budget, drawn(0)).drawn
    return design, kernel.scores_of_drawn(design, game)[:, 0]


def test_large_coefficients_that_cancel_are_summed_in_float64(monkeypatch):
    monkeypatch.setattr(kernel_surrogate, "IN_DOUBLE", 0)  # as of many coalitions
    weight = torch.linspace(-1, 1, 10, dtype=torch.float64)
    design, scores = design_of(10, 800, lambda inside: (inside.double() @ weight)[:, None].exp())
    steep = Candidate(smooth, nugget=1e-9, logits=False)

    summed = kernel_surrogate.esv_of_surrogate
    dtypes = []

    def noting(drawn, tried, process, *others):
        dtypes.append(process.dtype)
        return summed(drawn, tried, process, *others)

    monkeypatch.setattr(kernel_surrogate, "esv_of_surrogate", noting)

    def answer():
        return of_surrogate(design, steep, scores, scores, Link(1))

    ours, variance = answer()
    monkeypatch.setattr(kernel_surrogate, "OFF_IN_FLOAT32", 1.0)
    precise, _ = answer()
    monkeypatch.setattr(kernel_surrogate, "OFF_IN_FLOAT32", 0.0)
    rough, _ = answer()
    assert dtypes == [torch.float64, torch.float64, torch.float32]
    assert (rough - precise).square().mean() > variance.mean()  # else nothing is tested
    assert (ours - precise).square().mean() < variance.mean() / 100


@pytest.mark.parametrize("logits", [True, False])
def test_an_estimate_is_what_its_surrogate_is_worth_and_what_that_leaves(logits):
    worth = torch.randn(2**8, 3, generator=drawn(1), dtype=torch.float64)
    weight = torch.randn(8, 3, generator=drawn(2), dtype=torch.float64)

    def score(inside):
        rough = worth[inside.long() @ 2 ** torch.arange(8)]
        return (inside.double() @ weight + 0.3 * rough).softmax(-1)

    design, scores = design_of(8, 151, score)
    tried = Candidate(attentive, nugget=1e-2, logits=logits)
    link = Link(3 if logits else 1)
    values = logits_of(scores[:, None])[:, 0] if logits else scores
    process, effects, told, alone = told_of(design, tried, values, link)
    others = Others(design.inside, torch.float64)

    def surrogate(inside):
        return link(predicted(tried, inside, others, process, effects))

    torch.testing.assert_close(surrogate(design.inside), told)
    none = torch.zeros(3, dtype=torch.float64)
    known = explain_game(MaskGame(surrogate, 8, none)).esv[0]
    expected = known - known.mean(0)
    pairs = design.pairs
    n_pairs = len(pairs.inside)
    corrected = torch.zeros_like(expected)
    by_chance = torch.zeros_like(expected)
    for pair in range(n_pairs):
        count = pairs.share[pair] * pairs.contrast[pair][:, None]
        unseen = pairs.unseen[pair]
        both = scores[pair] - scores[pair + n_pairs]
        expected = expected + count * (1 - unseen) * (both - (told[pair] - told[pair + n_pairs]))
        left = both - (alone[pair] - alone[pair + n_pairs])
        corrected = corrected + count * unseen * left
        by_chance = by_chance + count.square() * unseen * left.square()
    axes = (0, 1) if logits else 0  # classes of probabilities go together
    part = (1 - 0.5 * by_chance.mean(axes) / corrected.square().mean(axes)).clamp(0.5, 1)
    ours, variance = of_surrogate(design, tried, values, scores, link)
    torch.testing.assert_close(ours, expected + part * corrected, atol=1e-6, rtol=0)
    assert (pairs.unseen > 0).any() and (variance > 0).all()


@pytest.mark.parametrize("logits", [True, False])
def test_candidates_are_judged_by_pairs_that_are_told_without_them(logits):
    weight = torch.randn(7, 3, generator=drawn(2), dtype=torch.float64)
    design, scores = design_of(7, 61, lambda i: (2 * (i.double() @ weight).sin()).softmax(-1))
    tried = Candidate(attentive, nugget=1e-3, logits=logits)
    design = replace(design, tried=(tried,))
    values = logits_of(scores[:, None])[:, 0] if logits else scores
    rows = torch.arange(len(scores))
    n_pairs = len(rows) // 2
    alone = torch.empty_like(scores)
    inside = design.inside
    own = 1e-3 * attentive(Likeness(inside, Others(inside, torch.float64))).diagonal().mean()
    for pair in range(n_pairs):
        kept = torch.ones(len(rows), dtype=torch.bool)
        kept[[pair, pair + n_pairs]] = False
        others = Others(inside[kept], torch.float64)
        of_kernel = attentive(Likeness(inside[kept], others))
        trend = tried.trend(inside[kept])
        regression = regress(of_kernel, trend, (own / of_kernel.diagonal().mean()).item())
        process, effects = regression.process @ values[kept], regression.effects @ values[kept]
        told = predicted(tried, inside[~kept], others, process, effects)
        alone[~kept] = told.softmax(-1) if logits else told
    left = scores - alone
    square = design.stated(rows).variance(left[:n_pairs] - left[n_pairs:-1]).sum(-1)
    probable = torch.tensor([True])
    ours = errors_left_out(design, [0], rows, scores[:, None], logits_of(scores[:, None]), probable)
    torch.testing.assert_close(ours[0, 0], square.expand(3), rtol=1e-6, atol=0)


def test_what_is_beyond_the_fit_is_told_by_it_and_nothing_else_is_left_out(drawn_with):
    drawn_with(ROWS_TO_FIT=61)
    weight = torch.randn(8, 2, generator=drawn(2), dtype=torch.float64)
    design, scores = design_of(8, 121, lambda inside: (inside.double() @ weight).sin())
    tried = Candidate(attentive, nugget=1e-3, logits=False)
    process, effects, told, alone = told_of(design, tried, scores, Link(1))
    rows = design.to_fit
    others = Others(design.inside[rows], torch.float64)
    by_fit = predicted(tried, design.inside, others, process, effects)
    torch.testing.assert_close(told, by_fit)
    residual = design.regression(tried, rows).left_out(process)
    assert len(rows) == len(scores) // 2 + 1 and residual.abs().min() > 1e-9
    torch.testing.assert_close(alone, by_fit.index_copy(0, rows, scores[rows] - residual))


def test_many_coalitions_are_scored_where_the_noise_of_few_counts(drawn_with):
    drawn_with(FEW_PAIRS=70)
    weight = torch.randn(9, 2, generator=drawn(2), dtype=torch.float64)
    design, scores = design_of(9, 151, lambda inside: (inside.double() @ weight).sin())
    tried = Candidate(attentive, logits=False)
    process, effects, _, _ = told_of(design, tried, scores, Link(1))
    variance = torch.tensor([1e-9, 1e9], dtype=torch.float64).expand(9, 2)
    _, noise = esv_of_surrogate(design, tried, process, effects, Link(1), variance)
    assert noise[:, 0].max() < 1e-15 and noise[:, 1].min() > 1e-9  # of all there are, and of 70


def test_classes_of_a_video_go_together_and_those_of_others_do_not():
    link = Link(2)
    values = torch.tensor([[0.0, 1.0, 5.0, 2.0], [3.0, 0.0, 0.0, 0.0]]).double()
    by_hand = torch.cat([values[:, :2].softmax(-1), values[:, 2:].softmax(-1)], dim=1)
    torch.testing.assert_close(link(values), by_hand)
    assert link.by_video(values).tolist() == [1.0, 1.0, 1.75, 1.75]
    assert Link(1).by_video(values).tolist() == [1.5, 0.5, 2.5, 1.0]


def test_answers_are_probabilities_where_none_is_below_0_and_they_sum_to_1():
    scores = torch.tensor([[[0.4, 0.6], [1.2, -0.2], [0.4, 0.4]]]).double().expand(3, 3, 2)
    assert are_probabilities(scores).tolist() == [True, False, False]
    assert are_probabilities(torch.ones(3, 2, 1)).tolist() == [False, False]
    logits = logits_of(scores[:, :1])
    torch.testing.assert_close(logits.softmax(-1), scores[:, :1])
    assert logits.sum(-1).abs().max() < 1e-12


def test_values_sum_to_what_the_video_adds_over_the_prior():
    prior = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    x = torch.randn(2, 8, 3, generator=drawn(0), dtype=torch.float64)
    game = CallableGame(lambda x: 2 * x.cumsum(1).amax(1), x, prior)
    answer = explain_game(game, budget=101, estimator="kernel")
    torch.testing.assert_close(answer.esv.sum(1), answer.score - prior)


def test_few_surrogates_are_compared_on_more_rows_and_the_best_of_them_is_chosen(monkeypatch):
    weight = torch.randn(12, 12, 5, generator=drawn(1), dtype=torch.float64) / 4

    def score(inside):  # of pairs, which no kernel is made for
        x = inside.double()
        return torch.einsum("ci,cj,ijk->ck", x, x, weight).sin().softmax(-1)

    design, scores = design_of(12, 800, score)
    errors = errors_left_out
    asked = []

    def noting(drawn, places, rows, *others):
        asked.append((list(places), len(rows), errors(drawn, places, rows, *others)))
        return asked[-1][2]

    monkeypatch.setattr(kernel_selection, "errors_left_out", noting)
    scores = scores[:, None]
    probable = torch.tensor([True])
    choice = kernel_selection.selection(design, scores, logits_of(scores), probable)
    (everyone, n_few, screened), (finalists, n_more, compared) = asked
    assert len(everyone) == len(design.tried) and n_few < n_more
    of_video = screened[:, 0, 0]
    stand = [k for k in everyone if of_video[k] <= 2 * of_video.min()]
    best_first = sorted(stand, key=lambda k: float(of_video[k]))
    assert len(stand) > 4 and finalists == sorted(best_first[:4])
    best = finalists[int(compared[:, 0, 0].argmin())]
    assert best != best_first[0] and choice.unique().tolist() == [best]
