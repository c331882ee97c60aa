"""All tests run with shapes checked: that they are is seen here."""

import os

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.pairs import paired
from playfair.shapley.regression import regress
from tests.checked import jaxtyped

pytestmark = pytest.mark.skipif("PLAYFAIR_UNCHECKED" in os.environ, reason="not checked")
WRONG = "violates type hint"


@jaxtyped(typechecker=None)
def scaled(rows: Float[Tensor, "row column"], by: Float[Tensor, " row"]) -> Float[Tensor, " row"]:
    return rows.flatten() if len(rows) == 3 else rows[:, 0] * by


def test_an_axis_has_one_length_in_a_call_and_another_in_the_next() -> None:
    assert scaled(torch.ones(2, 4), torch.ones(2)).shape == (2,)
    assert scaled(torch.ones(5, 4), torch.ones(5)).shape == (5,)
    with pytest.raises(Exception, match=WRONG):
        scaled(torch.ones(2, 4), torch.ones(5))


def test_what_is_returned_is_checked() -> None:
    with pytest.raises(Exception, match=WRONG):
        scaled(torch.ones(3, 2), torch.ones(3))


def test_the_engines_functions_are_checked() -> None:
    with pytest.raises(Exception, match=WRONG):
        paired([1.0, 2.0], 1)
    kernel = torch.eye(3, dtype=torch.float64)
    with pytest.raises(Exception, match=WRONG):
        regress(kernel, torch.ones(4, 1, dtype=torch.float64), 0.1)
