"""Functions of masks: against the definition over all orders, and by closed forms."""

import inspect
from itertools import permutations
from math import factorial

import pytest
import torch

import playfair
from playfair.shapley.errors import Unsteady, WrongOption, WrongPrior, WrongScores
from playfair.shapley.mask_game import MaskGame

WORTH = torch.tensor([[1.0, -2.0], [0.5, 4.0], [3.0, 0.0], [-1.0, 1.0], [2.0, 2.0]])
PAIR = torch.tensor([0.25, -3.0])


def answers(inside):
    """Two outputs, unbounded: additive, with one pair that counts together; 7 and -1 with nothing."""
    together = inside[:, :1] & inside[:, 3:4]
    return inside.float() @ WORTH + together * PAIR + torch.tensor([7.0, -1.0])


def over_orders(score, n_elements, empty):
    values = torch.zeros(n_elements, len(empty), dtype=torch.float64)
    for order in permutations(range(n_elements)):
        inside = torch.zeros(1, n_elements, dtype=torch.bool)
        before = empty.double()
        for element in order:
            inside[0, element] = True
            now = score(inside)[0].double()
            values[element] += now - before
            before = now
    return values / factorial(n_elements)


@pytest.mark.parametrize("prior", [None, torch.tensor([1.0, 2.0])])
def test_exact_values_are_those_of_the_definition(prior):
    ours = playfair.explain_masks(answers, 5, prior)
    empty = torch.tensor([7.0, -1.0]) if prior is None else prior
    expected = over_orders(answers, 5, empty)
    torch.testing.assert_close(ours.esv[0].double(), expected, atol=1e-5, rtol=0)
    assert ours.prior_from == ("given" if prior is not None else "empty mask")
    assert torch.equal(ours.prior, empty) and ours.removal is None
    whole = answers(torch.ones(1, 5, dtype=torch.bool))
    torch.testing.assert_close(ours.score, whole)  # as it is: no softmax


@pytest.mark.parametrize("estimator", [None, "kernel", "kernel_shap", "constructive"])
def test_many_elements_are_estimated_with_errors_that_hold(estimator):
    worth = torch.randn(14, 3, generator=torch.Generator().manual_seed(0))

    def score(inside):
        return 4 * (inside.float() @ worth / 2).sigmoid()

    exact = playfair.explain_masks(score, 14).esv
    ours = [
        playfair.explain_masks(
            score,
            14,
            budget=400,
            estimator=estimator,
            generator=torch.Generator().manual_seed(seed),
        )
        for seed in range(5)
    ]
    error = torch.stack([(one.esv - exact).abs() for one in ours])
    assert error.mean() < (0.2 if estimator == "constructive" else 0.01)
    if estimator == "constructive":
        assert ours[0].stderr is None
    else:
        stated = torch.stack([one.stderr for one in ours])
        assert ((error / stated) < 1.96).double().mean() > 0.9


def test_masks_of_all_sizes_come_in_few_calls_and_the_batch_is_kept():
    sizes = []

    def score(inside):
        sizes.append(len(inside))
        return inside.float() @ torch.ones(180, 5)

    playfair.explain_masks(score, 180, budget=1200)
    assert len(sizes) <= 3 + 3 and sum(sizes) <= 3 + 1200
    sizes.clear()
    ours = playfair.explain_masks(score, 180, budget=1200, batch_size=64)
    assert max(sizes) <= ours.batch_size == 64 and len(sizes) <= 3 + 2 * 10 + 1


def test_interactions_are_those_of_pairs_alone():
    index = playfair.interactions_of_masks(answers, 5)
    expected = torch.zeros(5, 5, 2)
    expected[0, 3] = expected[3, 0] = PAIR
    torch.testing.assert_close(index, expected, atol=1e-5, rtol=0)


def test_a_function_may_write_to_its_masks():
    """As one does that always keeps the question's words; the engine's own masks stay as they are."""

    def keeping(inside):
        inside[:, 4] = True
        return answers(inside)

    def expected(inside):
        return answers(inside | (torch.arange(5) == 4))

    ours = playfair.explain_masks(keeping, 5)
    empty = expected(torch.zeros(1, 5, dtype=torch.bool))[0]
    torch.testing.assert_close(
        ours.esv[0].double(), over_orders(expected, 5, empty), atol=1e-5, rtol=0
    )
    before = playfair.explain_masks(answers, 5).esv
    game = MaskGame(keeping, 5, empty, any_sizes=True)
    assert torch.equal(playfair.shapley.explain_game(game).esv, ours.esv)
    assert torch.equal(playfair.explain_masks(answers, 5).esv, before)


def test_one_number_for_each_mask_is_one_output():
    ours = playfair.explain_masks(lambda inside: inside.sum(1).double(), 3)
    torch.testing.assert_close(ours.esv, torch.ones(1, 3, 1, dtype=torch.float64))


def test_probabilities_are_taken_as_they_are():
    ours = playfair.explain_masks(lambda inside: answers(inside).softmax(-1), 5)
    torch.testing.assert_close(ours.score, answers(torch.ones(1, 5, dtype=torch.bool)).softmax(-1))


@pytest.mark.parametrize(
    ("score", "n_elements", "options", "error", "says"),
    [
        (answers, 0, {}, WrongOption, "n_elements must be a whole number"),
        (answers, 5, {"batch_size": 0}, WrongOption, "batch_size"),
        (answers, 5, {"batch_size": True}, WrongOption, "batch_size"),
        (answers, 5, {"budget": True}, WrongOption, "budget must be a positive number"),
        (answers, 5, {"prior": torch.ones(3)}, WrongPrior, "each of the 2 outputs"),
        (answers, 5, {"prior": torch.ones(2).int()}, WrongPrior, "with a fraction"),
        (answers, 21, {}, ValueError, "mat1|shapes"),
        (lambda inside: inside.float(), 21, {}, ValueError, "budget"),
        (lambda inside: None, 3, {}, WrongScores, "returned NoneType"),
        (
            lambda inside: (0.5, inside.float()),
            3,
            {},
            WrongScores,
            r"a tuple of 2; type explain_masks\(lambda masks: score\(masks\)\[1\]",
        ),
        (lambda inside: inside.tolist(), 3, {}, WrongScores, "none of which is a tensor"),
        (lambda inside: inside[None].float(), 3, {}, WrongScores, r"shape \(1, 1, 3\)"),
        (lambda inside: torch.rand(len(inside), 2), 3, {}, Unsteady, "two calls"),
        (
            lambda inside: inside.float() / inside.any(1, keepdim=True),
            3,
            {},
            WrongScores,
            "NaN or infinity for a mask with 0 of 3",
        ),
    ],
)
def test_bad_input_is_refused_with_a_lesson(score, n_elements, options, error, says):
    if n_elements == 21 and score is answers:
        error = RuntimeError  # the function's own words
    with pytest.raises(error, match=says):
        playfair.explain_masks(score, n_elements, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": "many"}, "budget must be a positive number"),
        ({"prior": [0.0, 0.0]}, "got list; type torch.tensor"),
        ({"prior": 0.5}, "got float"),
    ],
)
def test_what_is_of_another_type_is_refused_with_a_lesson(options, says):
    explain_masks = inspect.unwrap(playfair.explain_masks)  # nobody else has types checked
    with pytest.raises(ValueError, match=says):
        explain_masks(answers, 5, **options)
