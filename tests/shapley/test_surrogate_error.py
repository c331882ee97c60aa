"""What a surrogate's errors are made of, by the definition."""

from itertools import combinations

import pytest
import torch
from oracles import features, multiscale

from playfair.shapley.scale_surrogate import Design, Scale, coefficients, draw_designs, fit
from playfair.shapley.surrogate import of_both_sides
from playfair.shapley.surrogate_error import residual_square, shares_not_seen


def counted(designs: list[Design], inside: torch.Tensor) -> list[list[float]]:
    """Sums of squares, subset by subset."""
    n_elements = inside.shape[1]
    rows = []
    for coalition in inside:
        elements = [i for i in range(n_elements) if coalition[i]]
        used = [design for design in designs if design.scale <= len(elements)]
        row = []
        for design in designs:
            seen = {tuple(subset.nonzero().flatten().tolist()) for subset in design.inside}
            subsets = list(combinations(elements, design.scale))
            of_each = 1 / (len(used) * len(subsets)) if subsets else 0.0
            row.append(sum(of_each**2 for subset in subsets if subset not in seen))
        rows.append(row)
    return rows


@pytest.mark.parametrize("n_scales", [1, 4])
def test_shares_not_seen_are_counted_subset_by_subset(n_scales: int) -> None:
    generator = torch.Generator().manual_seed(3)
    designs = draw_designs(7, n_scales, 14 * n_scales, generator, torch.device("cpu"))
    inside = torch.rand(40, 7, generator=generator) < torch.linspace(0.1, 1, 40)[:, None]
    inside[:, 0] |= ~inside.any(1)
    shares = shares_not_seen(designs, inside)
    expected = torch.tensor(counted(designs, inside), dtype=torch.float32)
    torch.testing.assert_close(shares, expected)


def test_nothing_is_unseen_where_all_subsets_were_evaluated() -> None:
    designs = draw_designs(5, 5, 31, torch.Generator().manual_seed(0), torch.device("cpu"))
    inside = torch.ones(1, 5, dtype=torch.bool)
    assert shares_not_seen(designs, inside).abs().max() == 0


@torch.no_grad()
def test_a_coalition_and_its_complement_count_alike() -> None:
    frames = features(2, 8).transpose(0, 1).contiguous()
    generator = torch.Generator().manual_seed(0)
    designs = draw_designs(8, 3, 60, generator, torch.device("cpu"))
    scales = [fit(design, multiscale(3), frames) for design in designs]
    known = coefficients(scales)
    inside = torch.rand(9, 8, generator=generator) < 0.5
    inside[:, :2] = torch.tensor([True, False])  # no side is empty
    both = {}
    for joined in (torch.sub, torch.add):
        values, variance = of_both_sides(joined, inside, scales, known, 2)
        others, of_others = of_both_sides(joined, ~inside, scales, known, 2)
        assert (variance > 0).all() and torch.equal(variance, of_others)
        both[joined] = values, others
    values, others = both[torch.sub]
    assert torch.equal(values, -others) and values.abs().min() > 0
    assert torch.equal(*both[torch.add])


def test_a_residual_counts_between_the_mean_and_the_largest() -> None:
    """Twice the mean square and a fourth of the largest."""
    alone = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [3.0, 0.0], [-1.0, 2.0]])
    nothing = torch.zeros(2)
    design = Design(2, torch.ones(4, 3, dtype=torch.bool), torch.eye(4).double())
    scale = Scale(design, nothing, alone, torch.zeros(2, 3, 2), alone, alone)
    expected = torch.tensor([2 * 3.0 + 9 / 4, 2 * 1.0 + 4 / 4])
    torch.testing.assert_close(residual_square(scale), expected)
