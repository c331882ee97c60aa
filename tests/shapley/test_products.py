"""Products of float32: the engine multiplies in all digits, a model as its caller has it."""

from contextlib import AbstractContextManager
from contextvars import copy_context

import pytest
import torch

import playfair
from playfair.shapley.precision import (
    BACKENDS,
    FULL,
    as_called_here,
    callers_products,
    full_products,
    in_precision,
    products,
)
from tests.shapley.oracles import features, multiscale, prior


@pytest.fixture(params=["high", "medium"])
def word(request: pytest.FixtureRequest):
    torch.set_float32_matmul_precision(request.param)
    yield request.param
    torch.set_float32_matmul_precision("highest")


def test_a_model_is_called_as_outside_and_nothing_else(word: str, monkeypatch) -> None:
    seen: list[tuple[str, str]] = []

    def model(x: torch.Tensor) -> torch.Tensor:
        seen.append(("model", torch.get_float32_matmul_precision()))
        return x.mean(1)

    def fit(*arguments: object, **others: object) -> object:
        seen.append(("engine", torch.get_float32_matmul_precision()))
        return exact(*arguments, **others)

    exact = playfair.shapley.exact.esv_from_blocks
    monkeypatch.setattr("playfair.shapley.exact.esv_from_blocks", fit)
    playfair.explain(model, features(n_frames=4, feature_dim=4), prior())
    assert set(seen) == {("model", word), ("engine", "highest")}
    seen.clear()
    playfair.explain_masks(lambda inside: model(inside.float()[..., None]), 3)
    assert set(seen) == {("model", word), ("engine", "highest")}
    assert torch.get_float32_matmul_precision() == word


def test_a_model_with_a_game_of_its_own_is_called_as_outside(word: str) -> None:
    seen = []
    called = in_precision(lambda x: seen.append(torch.get_float32_matmul_precision()), "float32")
    with full_products():
        called(torch.ones(1))
        assert torch.get_float32_matmul_precision() == "highest"
    assert seen == [word]


def test_heads_that_show_their_layers_are_explained_in_all_digits(word: str) -> None:
    answer = playfair.explain(multiscale(), features(), prior())
    torch.set_float32_matmul_precision("highest")
    assert torch.equal(answer.esv, playfair.explain(multiscale(), features(), prior()).esv)


def test_an_error_leaves_products_as_they_were(word: str) -> None:
    with pytest.raises(ValueError, match="NaN"):
        playfair.explain(lambda x: x.mean(1) * torch.nan, features(feature_dim=4), prior())
    assert torch.get_float32_matmul_precision() == word


def test_a_model_that_fails_leaves_products_as_they_were(word: str) -> None:
    def fails(x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of tokens")

    x = features(n_frames=4, feature_dim=4)
    for _ in range(2):  # the count is right for the next one, too
        with pytest.raises(RuntimeError, match="out of tokens"):
            playfair.explain(fails, x, prior())
        assert torch.get_float32_matmul_precision() == word
    playfair.explain(lambda x: x.mean(1), x, prior())
    assert torch.get_float32_matmul_precision() == word


def test_what_was_told_before_an_earlier_call_does_not_come_back(word: str) -> None:
    with full_products():
        pass
    torch.set_float32_matmul_precision("highest")
    with full_products():
        pass
    assert torch.get_float32_matmul_precision() == "highest"


class Caller:
    """Enters and leaves as a thread does, whose context is its own."""

    def __init__(self) -> None:
        self.context = copy_context()
        self.within: list[AbstractContextManager] = []

    def enter(self, products: AbstractContextManager) -> str:
        self.within.append(products)
        self.context.run(products.__enter__)
        return torch.get_float32_matmul_precision()

    def leave(self) -> str:
        self.context.run(self.within.pop().__exit__, None, None, None)
        return torch.get_float32_matmul_precision()


def test_who_explains_at_once_has_all_digits_until_the_last_is_done(word: str) -> None:
    first, second = Caller(), Caller()
    assert first.enter(full_products()) == second.enter(full_products()) == "highest"
    assert first.enter(full_products()) == first.leave() == "highest"  # within itself
    assert first.enter(callers_products()) == "highest"  # the second's fit needs them
    assert first.leave() == first.leave() == "highest"
    assert (
        second.enter(callers_products()) == word
    )  # the model of who is alone is called as outside
    assert first.enter(full_products()) == "highest"
    assert second.leave() == second.leave() == "highest"
    assert first.leave() == word


def test_a_model_that_explains_has_all_digits_for_it(word: str) -> None:
    caller = Caller()
    caller.enter(full_products())
    assert caller.enter(callers_products()) == word
    assert caller.enter(full_products()) == "highest"
    assert caller.leave() == word
    assert caller.leave() == "highest" and caller.leave() == word


def test_a_model_is_taken_as_its_caller_has_it_while_others_explain(word: str) -> None:
    other = Caller()
    other.enter(full_products())
    called = as_called_here(lambda x: torch.get_float32_matmul_precision(), "cpu")
    other.leave()
    with full_products():
        assert called(torch.ones(1)) == word


def test_a_word_that_is_told_while_others_explain_is_the_last_one(word: str) -> None:
    torch.set_float32_matmul_precision("highest")
    first, second = Caller(), Caller()
    first.enter(full_products())
    torch.set_float32_matmul_precision(word)
    assert second.enter(full_products()) == second.leave() == "highest"
    assert first.leave() == word


@pytest.mark.skipif(
    not hasattr(torch.backends.cuda.matmul, "fp32_precision"), reason="from torch 2.9 on"
)
def test_products_that_a_backend_was_told_by_its_name_stay_told() -> None:
    backend = torch.backends.cuda.matmul
    backend.fp32_precision = "tf32"
    try:
        assert products() != FULL
        with full_products():
            assert backend.fp32_precision == "ieee" and products() == FULL
        assert backend.fp32_precision == "tf32"
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.skipif(
    not hasattr(torch.backends.cuda.matmul, "fp32_precision"), reason="from torch 2.9 on"
)
@pytest.mark.parametrize("name", ["cuda", "mkldnn"])
def test_a_backend_that_was_told_after_all_stays_told(word: str, name: str) -> None:
    backend = getattr(torch.backends, name).matmul
    backend.fp32_precision = "ieee"
    playfair.explain(lambda x: x.mean(1), features(n_frames=4, feature_dim=4), prior())
    assert backend.fp32_precision == "ieee"
    assert torch.get_float32_matmul_precision() == word


def test_what_the_older_switch_of_a_gpu_says_is_all_that_is_told() -> None:
    before = [getattr(backend, "fp32_precision", None) for backend in BACKENDS[1:]]
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        with full_products():
            assert not torch.backends.cuda.matmul.allow_tf32
        assert torch.backends.cuda.matmul.allow_tf32
        assert [getattr(backend, "fp32_precision", None) for backend in BACKENDS[1:]] == before
    finally:
        torch.set_float32_matmul_precision("highest")
