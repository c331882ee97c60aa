import pytest
import torch
from oracles import features, multiscale, prior, scores_of_all_coalitions, tsn

from playfair.shapley import coalitions
from playfair.shapley.subset_scores import scores_of_subsets


@pytest.mark.parametrize(
    "model", [tsn(), multiscale(), multiscale().forward], ids=["tsn", "trn", "callable"]
)
def test_every_coalition_is_found_by_the_bits_of_its_frames(model):
    table = scores_of_subsets(model, features(), prior())
    expected = scores_of_all_coalitions(model, features(), prior())
    assert len(table) == len(expected) == 2**4
    for kept, scores in expected.items():
        torch.testing.assert_close(
            table[sum(2**frame for frame in kept)], scores, atol=1e-6, rtol=0
        )


def test_gradients_pass_by_coalitions_that_were_listed_in_inference_mode():
    for cached in (
        coalitions.coalitions,
        coalitions.rows_of_coalitions,
        coalitions.children,
        coalitions.members,
    ):
        cached.cache_clear()
    model, x = multiscale(), features().requires_grad_()
    with torch.inference_mode():
        model(x)
    model(x).sum().backward()
    assert x.grad.abs().sum() > 0
