"""What is drawn and solved is kept from call to call, and changes no value."""

from dataclasses import replace

import pytest
import torch
from oracles import features, prior

import playfair
from playfair.shapley import MaskGame, designs, kernel, kernel_design, scored, triple_fit
from playfair.shapley import likeness as likeness_module
from playfair.shapley.coalitions import all_members
from playfair.shapley.designs import Designs
from playfair.shapley.kernels import candidates
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.pairs import draw_pairs
from playfair.shapley.triple_fit import TripleFit, moments


@pytest.fixture(autouse=True)
def emptied():
    playfair.empty_caches()
    yield
    playfair.empty_caches()


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model(x):
    return 3 * (x.cumsum(1).tanh().mean(1) * x[:, -1])[:, :4]


def explained(x, generator, budget=160, removal="delete"):
    return playfair.explain(
        model, x, prior(), removal=removal, budget=budget, generator=generator, estimator="kernel"
    )


def equal(one, other):
    return torch.equal(one.esv, other.esv) and torch.equal(one.stderr, other.stderr)


@pytest.mark.parametrize("n_elements", [8, 14])
def test_a_further_call_has_the_bits_of_a_first_one(n_elements):
    x = features(2, n_elements).cumsum(1) / 2
    generator, alone = drawn(3), drawn(3)
    first = explained(x[:1], generator)
    state = generator.get_state()
    second = explained(x[1:], drawn(3))  # what was drawn for the first
    third = explained(x[1:], alone)
    assert torch.equal(alone.get_state(), state)
    playfair.empty_caches()
    assert equal(second, third) and equal(second, explained(x[1:], drawn(3)))
    assert equal(first, explained(x[:1], drawn(3)))


def test_what_is_drawn_is_of_its_elements_budget_removal_and_generator_alone(monkeypatch):
    made = []
    draw = kernel_design.draw

    def spied(*arguments):
        made.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(kernel, "draw", spied)
    x = features(2, 8)
    for _ in range(2):
        explained(x, drawn(0))
        explained(x[:1], drawn(0))
    assert len(made) == 1
    for other in (drawn(1), 170, "freeze"):
        generator = other if isinstance(other, torch.Generator) else drawn(0)
        budget = other if isinstance(other, int) else 160
        explained(x, generator, budget, other if isinstance(other, str) else "delete")
    explained(features(1, 9), drawn(0))
    assert len(made) == 5
    generator = drawn(0)
    both = [explained(x, generator) for _ in range(2)]
    assert len(made) == 6 and not torch.equal(both[0].esv, both[1].esv)


def test_what_was_kept_serves_with_and_without_inference_mode():
    x = features(1, 8)
    with torch.inference_mode():
        first = explained(x, drawn(0))
    second = explained(x, drawn(0))
    with torch.inference_mode():
        third = explained(x, drawn(0))
    assert equal(first, second) and equal(second, third)


class Weight:
    def __init__(self, n_bytes):
        self.n_bytes = n_bytes

    def lighten(self):
        return False


def test_the_one_that_was_used_longest_ago_goes_first(monkeypatch):
    monkeypatch.setattr(designs, "MOST_BYTES", 10)
    kept = Designs()
    for name, n_bytes in (("a", 4), ("b", 5), ("a", 4), ("c", 3)):
        kept.obtain(name, drawn(0), lambda n_bytes=n_bytes: Weight(n_bytes))
    kept.trim()
    assert kept.n_bytes == 7  # a and c
    assert kept.obtain("a", drawn(0), lambda: Weight(0)).n_bytes == 4
    kept.obtain("d", drawn(0), lambda: Weight(11))
    kept.trim()
    assert kept.n_bytes == 0
    kept.obtain("e", drawn(0), lambda: Weight(1))
    kept.cache_clear()
    assert kept.n_bytes == 0


def test_little_stays_of_estimates_and_nothing_once_it_is_emptied(monkeypatch):
    explained(features(1, 14), drawn(0))
    kept = kernel.DESIGNS.n_bytes
    assert 2**20 < kept <= designs.MOST_BYTES
    explained(features(1, 14), drawn(0))
    assert kernel.DESIGNS.n_bytes == kept  # nothing was solved again
    playfair.empty_caches()
    assert kernel.DESIGNS.n_bytes == 0
    monkeypatch.setattr(designs, "MOST_BYTES", 2**20)
    explained(features(1, 14), drawn(0))
    assert kernel.DESIGNS.n_bytes == 0


def bytes_held(root):
    """Of all tensors that are reached from an object, whatever it says of itself."""
    stack, held = [root], {}
    seen = set()
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, torch.Tensor):
            storage = one.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
        elif isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list | tuple):
            stack += one
        elif hasattr(one, "__dict__"):
            stack += vars(one).values()
    return sum(held.values())


@pytest.mark.parametrize("n_elements", [12, 60])
def test_what_is_said_to_be_kept_is_all_that_is(n_elements):
    explained(features(1, n_elements), drawn(0), budget=400)
    kept = bytes_held(kernel.DESIGNS._kept)
    assert kept > 2**20 and kernel.DESIGNS.n_bytes > 0.9 * kept


def test_kernels_that_do_not_fit_are_not_kept(monkeypatch):
    x = features(1, 8)
    first = explained(x, drawn(0))
    kept = kernel.DESIGNS.n_bytes
    monkeypatch.setattr(scored, "MOST_OF_KERNELS", 1)
    playfair.empty_caches()
    assert equal(first, explained(x, drawn(0))) and kernel.DESIGNS.n_bytes < kept


def test_kernels_that_fit_alone_but_not_together_are_not_both_kept(monkeypatch):
    inside = all_members(8)[1:-1]
    by = scored.Scored(8, len(inside) // 2, 0, torch.device("cpu"))
    others = Others(inside, torch.float64)
    one_of_them = 2 * by.n_pairs * len(inside) * 8
    monkeypatch.setattr(scored, "MOST_OF_KERNELS", 3 * one_of_them // 2)
    first, second = (tried.kernel for tried in candidates("delete")[:2])
    for kernel_of in (first, second, first):
        told = by.kernel(kernel_of, inside, others, 0)
        torch.testing.assert_close(told, kernel_of(Likeness(inside, others)))
    assert by.kernel(first, inside, others, 0) is by.kernel(first, inside, others, 0)
    assert by.n_bytes == one_of_them


def test_other_coalitions_of_a_draw_share_nothing_that_was_solved():
    game = MaskGame(lambda inside: inside.float(), 8, torch.zeros(8))
    planned = kernel.plan(game, 100, drawn(0)).drawn
    tried = planned.tried[0]
    solved = planned.regression(tried, planned.to_fit)
    # as interactions do, whose coalitions are others
    replaced = replace(planned, inside=planned.inside.roll(1, 0))
    other = replaced.regression(tried, planned.to_fit)
    assert planned.regression(tried, planned.to_fit) is solved
    assert not torch.allclose(solved.process, other.process)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("removal", ["delete", "freeze", None])
def test_what_is_looked_up_is_what_is_computed(removal, dtype, monkeypatch):
    some, others = (all_members(7)[1:][seed::3] for seed in (0, 1))

    def kernels():
        alike = Likeness(some, Others(others, dtype))
        return [tried.kernel(alike) for tried in candidates(removal)]

    looked_up = kernels()
    monkeypatch.setattr(likeness_module, "MOST_TABULATED", 6)
    tolerance = 1e-12 if dtype == torch.float64 else 1e-6
    for one, other in zip(looked_up, kernels(), strict=True):
        assert one.dtype == dtype
        torch.testing.assert_close(one, other, atol=tolerance * other.abs().max(), rtol=0)


def test_moments_are_weighted_sums_of_products():
    pairs = draw_pairs(8, 60, drawn(0))
    weight = torch.rand(len(pairs.inside), generator=drawn(1), dtype=torch.float64)
    triples = torch.combinations(torch.arange(8), 3)
    sign = 2 * pairs.inside.double() - 1
    products = sign[:, triples].prod(2)
    expected = products.T @ (products * weight[:, None])
    torch.testing.assert_close(moments(pairs.inside, weight, triples), expected)


def test_triples_are_a_regression_of_what_single_elements_leave(monkeypatch):
    pairs = draw_pairs(11, 500, drawn(0))
    values = torch.randn(len(pairs.inside), 2, generator=drawn(1), dtype=torch.float64)
    fit = TripleFit(pairs)
    esv, noise = fit.estimate(values)
    triples = torch.combinations(torch.arange(11), 3)
    products = 2 * (2 * pairs.inside.double() - 1)[:, triples].prod(2)
    of_products, left = fit.fit.fit(products)
    known = torch.zeros_like(of_products).scatter_(0, triples.T, 2 / 3)
    of_values, rest = fit.fit.fit(values)
    gram = left.T @ (left * fit.unseen[:, None])
    gram.diagonal().add_(triple_fit.RIDGE * gram.diagonal().mean())
    slopes = torch.linalg.solve(gram, left.T @ (rest * fit.unseen[:, None]))
    off = of_products - (known - known.mean(0))
    torch.testing.assert_close(esv, of_values - off @ slopes, atol=1e-5, rtol=0)
    stated = fit.by_chance * fit.stated.variance(rest - left @ slopes)
    torch.testing.assert_close(noise, stated, rtol=1e-3, atol=0)
    monkeypatch.setattr(triple_fit, "MOST_OF_PRODUCTS", 0)
    anew = TripleFit(pairs)
    assert torch.equal(anew.estimate(values)[0], esv) and anew.n_bytes < fit.n_bytes
