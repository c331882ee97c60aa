import pytest
import torch

import playfair
from playfair.benchmark.heads import even_prior, made_up_features, trained_heads
from playfair.benchmark.long_sequences import measure_long
from playfair.benchmark.unbiased import unbiased_esv, unbiased_score

pytestmark = pytest.mark.whole  # long runs


@pytest.fixture(scope="module")
def heads():
    return trained_heads(6, steps=100)


def test_scores_from_a_few_random_subsets_are_right_in_the_mean(heads):
    x = made_up_features(2, 9, torch.Generator().manual_seed(1))[0]
    inside = torch.zeros(5_000, 9, dtype=torch.bool)
    inside[:, [0, 2, 3, 5, 8]] = True
    found = unbiased_score(heads, x, torch.Generator().manual_seed(0))(inside).double()
    exact = heads(x[:, inside[0]]).softmax(-1).double()
    error = found.std(0) / len(found) ** 0.5
    assert error.max() < 0.004
    assert ((found.mean(0) - exact) / error).square().mean() < 2


def test_the_long_run_has_no_bias_and_states_its_error(heads):
    x = made_up_features(3, 9, torch.Generator().manual_seed(1))[0]
    exact = playfair.explain(heads, x, even_prior()).esv
    generator = torch.Generator().manual_seed(0)
    esv, stderr = unbiased_esv(
        unbiased_score(heads, x, generator), x.shape[:2], even_prior(), 16 * 200, generator
    )
    assert 0.5 < (esv - exact).square().mean() / stderr.square().mean() < 2
    assert stderr.max() < 0.014


def test_errors_and_coverage_are_told_where_nothing_is_exact(heads):
    table = measure_long(heads, [12, 16], 300, n_videos=1, repeats=1, long_run=800)
    assert list(table["frames"]) == [12, 12, 16, 16] and list(table["scales"]) == [6, 1, 6, 1]
    assert table["coverage"].between(0.7, 1).all() and (table["reference mse"] > 0).all()
    assert (table["evaluations"] <= 300).all()
