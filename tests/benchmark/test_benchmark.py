import gc

import numpy as np
import pytest
import torch

import playfair
from playfair.benchmark.coverage import measure_coverage
from playfair.benchmark.error import measure_error
from playfair.benchmark.heads import (
    CLASSES,
    FEATURE,
    even_prior,
    made_up_features,
    trained_heads,
)
from playfair.benchmark.speed import by_definition, floor_flops, peak_memory
from playfair.models.multiscale import multiscale_trn
from playfair.shapley.estimators import ESTIMATORS


@pytest.fixture(scope="module")
def heads():
    return trained_heads(6, steps=20)


def drawn(n_videos, n_frames):
    return made_up_features(n_videos, n_frames, torch.Generator().manual_seed(1))[0]


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
    table = measure_coverage([8], repeats=2)
    assert set(table["game"]) == {
        *("unanimity", "any of them", "majority", "parity", "sum", "additive"),
        *("3 together", "5 together"),
    }
    assert (table["least"] <= table["coverage"]).all() and table["coverage"].between(0, 1).all()
    stratified = table[(table["estimator"] == "stratified") & (table["game"] == "parity")]
    assert stratified["budget"].tolist() == [53, 106, 200]
