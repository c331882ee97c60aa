"""Estimators are looked up in one place, where those of others are registered too."""

import re

import pytest
import torch
from oracles import features, multiscale, prior, tsn

import playfair
from playfair.shapley import ESTIMATORS, Estimate, Estimator, Plan, estimator
from playfair.shapley.errors import BudgetTooSmall, TooManyElements, UnknownEstimator
from tests.conftest import ROOT


@pytest.fixture
def registered():
    """Forgets what a test registers."""
    before = dict(ESTIMATORS)
    yield
    ESTIMATORS.clear()
    ESTIMATORS.update(before)


def test_all_estimators_there_are():
    assert set(ESTIMATORS) == {
        "exact",
        "surrogate",
        "chosen",
        "kernel",
        "stratified",
        "kernel_shap",
        "constructive",
    }


def test_the_page_of_estimators_names_them_all_and_its_example_runs():
    page = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    assert named == set(ESTIMATORS) - {"exact"}
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict = {}
    exec(example, scope)
    assert scope["answer"].estimator in ("kernel", "stratified", "kernel and stratified")
    assert "leave-one-out variance" in scope["answer"].why


def test_an_estimator_of_ones_own_estimates(registered):
    def estimate(orders, game):
        """Mean over random orders."""
        esv = torch.zeros(game.n_elements, game.n_videos, game.n_classes)
        whole = torch.zeros(game.n_videos, game.n_classes)
        for order in orders:
            before = game.prior.expand(game.n_videos, -1)
            for n_inside in range(1, game.n_elements + 1):
                inside = torch.zeros(1, game.n_elements, dtype=torch.bool)
                inside[0, order[:n_inside]] = True
                whole = game.scores(inside)[0]
                esv[order[n_inside - 1]] += (whole - before) / len(orders)
                before = whole
        return Estimate(esv.transpose(0, 1), None, whole)

    def plan(game, budget, generator):
        n_orders = budget // game.n_elements
        orders = [torch.randperm(game.n_elements, generator=generator) for _ in range(n_orders)]
        return Plan(n_orders * game.n_elements, orders)

    @estimator("orders")
    def orders():
        return Estimator(lambda game: game.n_elements, plan, estimate)

    exact = playfair.explain(tsn(), features(), prior())
    ours = playfair.explain(
        tsn().forward, features(n_frames=6), prior(), budget=60, estimator="orders"
    )
    assert (ours.evaluations, ours.estimator, ours.stderr) == (60, "orders", None)
    torch.testing.assert_close(ours.esv.sum(1), ours.score - prior(), atol=1e-6, rtol=0)
    assert exact.estimator == "exact"
    with pytest.raises(BudgetTooSmall, match="orders estimator needs at least 6"):
        playfair.explain(tsn(), features(n_frames=6), prior(), budget=5, estimator="orders")


def test_what_is_no_estimator_or_has_a_taken_name_is_refused(registered):
    with pytest.raises(ValueError, match="returned int"):
        estimator("seven")(lambda: 7)

    def estimate(drawn, game):
        return drawn

    estimate.__qualname__ = "estimate"  # as at the top of a file, which ours have too
    for _ in range(2):  # a cell that is run again
        estimator("mine")(lambda: Estimator(len, len, estimate))
    with pytest.raises(ValueError, match="already"):
        estimator("kernel")(lambda: Estimator(len, len, estimate))


@pytest.mark.parametrize("budget", [None, 30])
def test_an_estimator_that_is_not_there_is_refused_with_those_there_are(budget):
    with pytest.raises(UnknownEstimator, match="surrogate") as refused:
        playfair.explain(multiscale(), features(), prior(), budget=budget, estimator="magic")
    assert refused.value.name == "magic" and "kernel" in refused.value.known


def test_errors_tell_in_fields_what_they_say():
    with pytest.raises(TooManyElements) as many:
        playfair.explain(tsn(), features(1, 21), prior())
    assert (many.value.n, many.value.most) == (21, 20)
    with pytest.raises(BudgetTooSmall) as small:
        playfair.explain(tsn(), features(1, 12), prior(), budget=7)
    assert (small.value.budget, small.value.least) == (7, 85)
