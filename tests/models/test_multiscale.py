from itertools import combinations

import pytest
import torch

import playfair


def multiscale(n_max=3, dropout=0.0):
    return playfair.MultiscaleTRN([playfair.TRN(s, 4, 8, 5, dropout) for s in range(1, n_max + 1)])


@pytest.mark.parametrize("n_frames", [1, 2, 3, 5])
def test_logits_are_the_mean_over_scales_of_the_mean_over_subsets(n_frames):
    model, x = multiscale().eval(), torch.randn(2, n_frames, 4)
    means = [
        torch.stack([head(x[:, list(kept)]) for kept in combinations(range(n_frames), scale)]).mean(
            0
        )
        for scale, head in zip(range(1, n_frames + 1), model, strict=False)
    ]
    torch.testing.assert_close(model(x), torch.stack(means).mean(0))


def test_gradients_are_those_of_the_definition():
    model, x = (
        multiscale().double().eval(),
        torch.randn(1, 4, 4, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(model, x)
    model(x).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_every_subset_has_its_own_dropout():
    model, x = multiscale(dropout=0.5).train(), torch.randn(2, 5, 4)
    assert not torch.equal(model(x), model(x))
    assert torch.equal(model.eval()(x), model(x))


@pytest.mark.parametrize("lengths", [[], [2], [1, 3], [2, 1]])
def test_scales_with_a_gap_are_refused(lengths):
    with pytest.raises(ValueError, match="in this order"):
        playfair.MultiscaleTRN([playfair.TRN(s, 4, 8, 5) for s in lengths])


def test_scales_that_disagree_are_refused():
    with pytest.raises(ValueError, match="feature_dim"):
        playfair.MultiscaleTRN([playfair.TRN(1, 4, 8, 5), playfair.TRN(2, 3, 8, 5)])


def test_a_video_too_long_for_an_exact_mean_is_refused():
    with pytest.raises(ValueError, match="budget"):
        multiscale()(torch.randn(1, 1000, 4))


@pytest.mark.parametrize("shape", [(2, 0, 4), (2, 3, 5), (3, 4)])
def test_features_of_the_wrong_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(video, frame, 4\)"):
        multiscale()(torch.randn(shape))
