import inspect
from itertools import combinations
from math import factorial

import pytest
import torch
from oracles import features, multiscale, prior, scores_of_all_coalitions, tsn, two_classes

import playfair


def by_definition(scores, n_frames):
    some = scores[()]
    index = torch.zeros(len(some), n_frames, n_frames, some.shape[1], dtype=torch.float64)
    for i, j in combinations(range(n_frames), 2):
        others = [k for k in range(n_frames) if k not in (i, j)]
        for size in range(n_frames - 1):
            weight = factorial(size) * factorial(n_frames - size - 2) / factorial(n_frames - 1)
            for s in combinations(others, size):
                both, with_i, with_j = (tuple(sorted((*s, *new))) for new in ((i, j), (i,), (j,)))
                index[:, i, j] += weight * (
                    scores[both] - scores[with_i] - scores[with_j] + scores[s]
                )
    return index + index.transpose(1, 2)


@pytest.mark.parametrize("n_frames", [1, 2, 3, 5])
@pytest.mark.parametrize("model", [multiscale(3), tsn(), multiscale(2).forward])
def test_interactions_are_those_of_the_definition(model, n_frames):
    x = features(2, n_frames)
    wanted = by_definition(scores_of_all_coalitions(model, x, prior()), n_frames)
    torch.testing.assert_close(
        playfair.interactions(model, x, prior()).double(), wanted, atol=1e-6, rtol=0
    )


def test_frames_that_only_add_do_not_interact():
    def adds(x):
        return two_classes(0.1 + x[..., 0].sum(1) / 100)

    found = playfair.interactions(adds, torch.rand(1, 6, 1), torch.tensor([0.1, 0.9]))
    torch.testing.assert_close(found, torch.zeros(1, 6, 6, 2), atol=1e-6, rtol=0)


@pytest.mark.parametrize("explained", [playfair.explain, playfair.explain_pairs])
def test_one_element_is_one_in_words(explained):
    answer = explained(tsn().forward, features(1, 1), prior(), budget=1)
    assert "1 video × 1 element × 4 classes: exact, from 1 pass a video" in repr(answer)
    assert answer.why == "all coalitions take 1 evaluation, which is within the budget"


def test_too_many_frames_are_refused():
    with pytest.raises(ValueError, match="20 elements"):
        playfair.interactions(tsn(), features(1, 21), prior())


def test_what_explain_takes_is_taken():
    x = features(2, 4)
    options = {
        "removal": "freeze",
        "budget": 15,
        "batch_size": 3,
        "progress": None,
        "generator": torch.Generator().manual_seed(1),
        "estimator": "stratified",
        "precision": "float32",
    }
    model = tsn().forward
    assert playfair.explain(model, x, **options).estimator == "exact"
    ours = playfair.interactions(model, x, **options)
    assert torch.equal(ours, playfair.interactions(model, x, removal="freeze", batch_size=3))
    with pytest.raises(ValueError, match="need at least 15 evaluations"):
        playfair.interactions(model, x, budget=14)
    with pytest.raises(ValueError, match="no estimator 'best'"):
        playfair.interactions(model, x, estimator="best")


def test_a_function_of_masks_is_taken_with_its_number_of_elements():
    def both(inside):
        return inside[:, :2].all(1, keepdim=True).float()

    ours = playfair.interactions(both, 3, progress=None)
    assert ours.shape == (1, 3, 3, 1)
    assert torch.equal(ours[0], playfair.interactions_of_masks(both, 3))
    assert ours[0, 0, 1, 0] == 1 and ours.abs().sum() == 2
    for options, says in (({"removal": "freeze"}, "left out"), ({"budget": 6}, "7 evaluations")):
        with pytest.raises(ValueError, match=says):
            playfair.interactions(both, 3, **options)
    with pytest.raises(ValueError, match=r"explain_masks\(score, n_elements=3\)"):
        inspect.unwrap(playfair.explain)(both, 3)
    with pytest.raises(ValueError, match="2.21 scores"):
        playfair.interactions(both, 21)
