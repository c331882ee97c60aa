import pytest
import torch

import playfair
from playfair.benchmark.error import prior
from playfair.benchmark.heads import made_up_features, trained_heads
from playfair.benchmark.long_sequences import measure_long, unbiased


@pytest.fixture(scope="module")
def heads():
    return trained_heads(6, steps=20)


def test_the_long_run_has_no_bias_and_states_its_error(heads):
    x = made_up_features(3, 9, torch.Generator().manual_seed(1))[0]
    exact = playfair.explain(heads, x, prior()).esv
    runs = [unbiased(heads, x, 100, torch.Generator().manual_seed(seed)) for seed in range(40)]
    esv, stderr = (torch.stack(part) for part in zip(*runs, strict=True))
    off = (esv.mean(0) - exact).square().mean()
    assert off < 2 * stderr.square().mean() / len(runs)
    spread = (esv - exact).square().mean() / stderr.square().mean()
    assert 0.5 < spread < 1.1  # coalitions balanced over frames err less than the independent ones it counts
    torch.testing.assert_close(esv[0].sum(1).float(), heads(x).softmax(-1) - prior(), atol=1e-5, rtol=0)


def test_errors_and_coverage_are_told_where_nothing_is_exact(heads):
    table = measure_long(heads, [12, 24], 150, n_videos=1, repeats=1, long_run=400)
    assert list(table["frames"]) == [12, 12, 24, 24]
    assert table["coverage"].between(0.7, 1).all() and (table["reference mse"] > 0).all()
    assert (table["evaluations"] <= 150).all()
