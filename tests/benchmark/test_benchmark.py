import gc
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import playfair
from playfair.benchmark.coverage import answers_of, draws_of, judged, measure_coverage, row_of
from playfair.benchmark.error import measure_error
from playfair.benchmark.heads import (
    CLASSES,
    FEATURE,
    even_prior,
    made_up_features,
    trained_heads,
)
from playfair.benchmark.known_games import known_games
from playfair.benchmark.speed import by_definition, floor_flops, peak_memory
from playfair.experiments.benchmark import (
    device_named,
    headline_of_checkpoints,
    headline_of_coverage,
)
from playfair.models.multiscale import multiscale_trn
from playfair.shapley.estimators import ESTIMATORS


@pytest.fixture(scope="module")
def heads():
    return trained_heads(6, steps=20)


def drawn(n_videos, n_frames):
    return made_up_features(n_videos, n_frames, torch.Generator().manual_seed(1))[0]


@pytest.mark.parametrize(
    ("name", "n_gpus", "answer"),
    [
        ("cuda", 0, "experiment.device=cuda, but torch finds no GPU here."),
        ("cuda:1", 1, "torch finds 1 GPU here."),
        ("cuda:2", 2, "torch finds 2 GPUs here."),
        ("cdua", 1, "Expected experiment.device to be cpu, cuda or cuda:1, got cdua."),
        ("meta", 1, "to be cpu, cuda or cuda:1, got meta."),
    ],
)
def test_a_device_that_is_not_here_is_refused(monkeypatch, name, n_gpus, answer):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
    with pytest.raises(ValueError, match=answer):
        device_named(name)


def test_a_gpu_is_named_by_its_number(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [device_named(name).index for name in ("cuda", "cuda:1")] == [None, 1]


def test_the_plain_definition_is_what_explain_computes(heads):
    x = drawn(1, 6)
    ours = playfair.explain(heads, x, even_prior()).esv[0]
    torch.testing.assert_close(by_definition(heads, x, even_prior()), ours, atol=1e-6, rtol=0)


def test_the_floor_counts_every_projection_and_every_readout_once():
    assert floor_flops(1) == 2 * 256 * 256 + 2 * 256 * 174
    assert floor_flops(8) == 120 * 2 * 256 * 256 + 255 * 2 * 256 * 174


def test_every_estimator_has_its_error_in_the_table(heads):
    table = measure_error(heads, 6, [50], n_videos=2, repeats=1)
    of_calls = [name for name in ESTIMATORS if name not in ("exact", "surrogate")]
    assert len(table) == 2 + len(of_calls) and table["mse"].between(0, 0.1).all()
    silent = table[table["coverage"].isna()]["estimator"]
    assert set(silent) == {"playfair constructive"}  # the published sampler states none


def test_peak_memory_sees_what_is_let_go_again():
    gc.collect()  # what earlier tests left, which must not be let go in between
    peak = peak_memory(lambda: torch.ones(2**26).sum(), torch.device("cpu"))
    assert np.isnan(peak) or peak > 2**27


def test_heads_fit_the_engine():
    model = multiscale_trn(4, FEATURE, 8, CLASSES).eval()
    assert playfair.explain(model, drawn(2, 5), even_prior()).esv.shape == (2, 5, CLASSES)


def test_coverage_has_a_row_for_each_game_and_budget(monkeypatch):
    monkeypatch.setattr("playfair.benchmark.coverage.BUDGETS", (200,))
    monkeypatch.setattr("playfair.benchmark.coverage.SHARES", ())
    table = measure_coverage([8], repeats=1)
    combined = {"3 together", "5 together"}
    assert set(table["game"]) == {
        *("unanimity", "any of them", "majority", "parity", "sum", "additive"),
        *combined,
        *(f"{name}, called" for name in combined),
    }
    of_called = table[table["game"].str.endswith("called") | (table["game"] == "sum")]
    for name in ("chosen", "kernel", "stratified"):
        assert (of_called["estimator"] == name).sum() == 3 * 3
    judged = table.dropna(subset="coverage")
    assert (judged["least"] <= judged["coverage"]).all() and judged["coverage"].between(0, 1).all()
    told = table[(table["game"] == "additive") & (table["estimator"] == "kernel")]
    assert (
        (told["exact"] == 4).all() and (told["clips"] == 0).all() and told["coverage"].isna().all()
    )
    stratified = table[(table["estimator"] == "stratified") & (table["game"] == "parity")]
    assert stratified["budget"].tolist() == [53, 106, 200]


def test_what_is_told_exactly_or_without_an_error_is_no_part_of_a_coverage():
    held = np.array([0.5, 1.0, np.nan, 1.0])
    exact = np.array([False, False, False, True])
    row = row_of("a game", "kernel", 8, 53, 12, held, exact)
    assert (row["coverage"], row["least"], row["clips"], row["exact"]) == (0.75, 0.5, 2, 1)
    none = row_of("a game", "kernel", 8, 53, 12, held[3:], exact[3:])
    assert np.isnan(none["coverage"]) and np.isnan(none["least"]) and none["clips"] == 0


@pytest.mark.parametrize("taken", ["kernel", "stratified"])
def test_a_kernel_that_was_chosen_is_not_asked_again(monkeypatch, taken):
    asked = []

    def explain_game(game, *, budget, estimator, generator):
        asked.append((estimator, generator.initial_seed()))
        return SimpleNamespace(estimator=taken if estimator == "chosen" else estimator)

    monkeypatch.setattr("playfair.benchmark.coverage.explain_game", explain_game)
    game = known_games(8)[0]
    answers = answers_of(game, 53, ["chosen", "kernel"], [3, 4])
    assert [len(of_name) for of_name in answers.values()] == [2, 2]
    again = [] if taken == "kernel" else ["kernel"]
    assert asked == [(name, seed) for seed in (3, 4) for name in ("chosen", *again)]
    assert [answer.estimator for answer in answers["kernel"]] == ["kernel"] * 2


def test_the_dear_are_judged_by_fewer_draws_and_never_by_less_than_three():
    assert [draws_of("chosen", budget, 12) for budget in (53, 400, 900)] == [12, 3, 3]
    assert draws_of("kernel", 900, 2) == 2 and draws_of("stratified", 900, 12) == 12


def test_a_value_is_exact_that_every_draw_tells():
    truth = torch.tensor([[[0.5, 0.5]]])
    errors = torch.tensor([[[0.01, 0.02]]])
    answers = [
        SimpleNamespace(esv=truth + torch.tensor([0.0, 0.03]), stderr=errors),
        SimpleNamespace(esv=truth + torch.tensor([0.0, 0.05]), stderr=errors),
    ]
    held, exact = judged(answers, truth)
    assert held.flatten().tolist() == [1.0, 0.5]
    assert exact.flatten().tolist() == [True, False]
    answers[1].esv = truth + torch.tensor([0.1, 0.0])
    assert not judged(answers, truth).exact.any()


def test_the_coverage_of_each_estimator_is_a_metric_of_its_own():
    table = pd.DataFrame(
        {
            "estimator": ["kernel", "kernel", "chosen", "kernel"],
            "coverage": [0.9, 1.0, 0.8, np.nan],
            "least": [0.7, 1.0, 0.6, np.nan],
        }
    )
    assert headline_of_coverage(table) == pytest.approx(
        {
            "coverage_of_kernel": 0.95,
            "coverage_least_of_kernel": 0.7,
            "coverage_of_chosen": 0.8,
            "coverage_least_of_chosen": 0.6,
        }
    )


def test_the_share_of_a_card_is_the_least_models_in_its_better_way_of_bfloat16():
    shares = {("b", "products"): 0.3, ("b", "all"): 0.6, ("a", "products"): 0.5, ("a", "all"): 0.4}
    card = pd.DataFrame(
        [{"model": name, "share of matrix rate": share} for (name, _), share in shares.items()]
    )
    dropping = pd.DataFrame({"removal": ["drop", "freeze"], "over freeze": [0.45, 1.0]})
    assert headline_of_checkpoints({"card": card}) == {"card_share": 0.5}
    assert headline_of_checkpoints({"dropping": dropping}) == {"dropping_over_freezing": 0.45}
    assert headline_of_checkpoints({}) == {}
