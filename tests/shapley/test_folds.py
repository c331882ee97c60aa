"""Folds that are left out of a regression: as if it had been fitted without, and without bias."""

import pytest
import torch

from playfair.shapley.folds import MOST, draw_folds, left_out
from playfair.shapley.kernels import members_count, mixed
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.pairs import distinct_pairs, draw_pairs
from playfair.shapley.regression import regress


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("rows", [[3], [0, 4, 9, 21, 25]])
def test_rows_left_out_are_told_as_by_a_regression_without_them(rows):
    inside = draw_pairs(8, 30, drawn(0)).inside
    of_kernel = mixed(Likeness(inside, Others(inside, torch.float64)))
    values = torch.randn(len(inside), 2, generator=drawn(1), dtype=torch.float64)
    trend = members_count(inside)
    regression = regress(of_kernel, trend, 1e-3)
    out = torch.tensor(rows)
    process = regression.process @ values
    ours = left_out(regression, process, regression.effects @ values, out)
    kept = torch.ones(len(inside), dtype=torch.bool).index_fill(0, out, False)
    # the nugget is relative to the mean of the kernel of what is fitted
    own = regression.nugget / of_kernel[kept][:, kept].diagonal().mean().item()
    known = regress(of_kernel[kept][:, kept], trend[kept], own)
    torch.testing.assert_close(ours.process[kept], known.process @ values[kept])
    torch.testing.assert_close(ours.effects, known.effects @ values[kept])
    assert not ours.process[out].any()
    told = of_kernel[out][:, kept] @ (known.process @ values[kept])
    told = told + trend[out] @ (known.effects @ values[kept])
    torch.testing.assert_close(ours.residual, values[out] - told)


def test_the_mean_of_a_size_is_that_of_its_fold_and_of_what_is_known():
    pairs = draw_pairs(9, 90, drawn(0))
    folds = draw_folds(pairs, drawn(1))
    residual = torch.randn(len(pairs.size), generator=drawn(2), dtype=torch.float64)
    for fold in (0, 3):
        by_weight = folds.weight[fold] * pairs.share * residual
        for size in (1, 2, 3, 4):
            of_size = pairs.size == size
            within = of_size & (folds.of_pair == fold)
            n_all = distinct_pairs(9, size)
            mean = residual[of_size & ~within].sum() / n_all
            if within.any():
                n_others = n_all - int((of_size & ~within).sum())
                mean = mean + n_others / n_all * residual[within].mean()
            assert by_weight[of_size].sum().item() == pytest.approx(mean.item(), abs=1e-12)


def test_folds_hold_as_many_of_each_size_and_none_of_sizes_that_are_whole():
    pairs = draw_pairs(9, 90, drawn(0))
    folds = draw_folds(pairs, drawn(1))
    assert len(folds.weight) == MOST
    assert (folds.of_pair[pairs.unseen == 0] == -1).all() and (pairs.unseen == 0).any()
    for size in pairs.size[pairs.unseen > 0].unique():
        counts = folds.of_pair[pairs.size == size].bincount(minlength=MOST)
        assert counts.min() >= 1 and counts.max() <= counts.min() + 1
    few = draw_pairs(9, 9 + 4 * 3, drawn(0))
    least = few.size[few.unseen > 0].unique(return_counts=True)[1].min()
    assert len(draw_folds(few, drawn(1)).weight) == least == 3
    whole = draw_folds(draw_pairs(5, 15, drawn(0)), drawn(1))
    assert (whole.of_pair == -1).all() and torch.equal(whole.weight, torch.ones(1, 15).double())
