import pytest
import torch
from oracles import esv_over_orders, features, multiscale, prior, tsn

import playfair
from playfair.shapley.removal import gathered, seen


def frozen(kept, n_frames):
    return [min(kept, key=lambda k: (abs(k - frame), k)) for frame in range(n_frames)]


@pytest.mark.parametrize("n_frames", [1, 4, 7])
def test_a_removed_frame_shows_the_nearest_kept_one(n_frames):
    inside = torch.rand(50, n_frames) < 0.4
    inside = inside[inside.any(1)]
    wanted = [frozen(row.nonzero().flatten().tolist(), n_frames) for row in inside]
    assert seen(inside, "freeze").tolist() == wanted


@pytest.mark.parametrize("model", [playfair.TRN(4, 6, 10, 4).eval(), multiscale(3), tsn()])
def test_frozen_esvs_are_the_mean_over_all_orders(model):
    x, scores = features(2, 4), {(): prior().double().expand(2, -1)}
    for code in range(1, 16):
        kept = tuple(frame for frame in range(4) if code >> frame & 1)
        scores[kept] = model(x[:, frozen(kept, 4)]).double().softmax(-1).detach()
    ours = playfair.explain(model, x, prior(), removal="freeze")
    torch.testing.assert_close(ours.esv.double(), esv_over_orders(scores, 4), atol=1e-6, rtol=0)


@pytest.mark.parametrize("model", [playfair.TRN(10, 6, 10, 4).eval(), tsn()])
def test_frozen_esvs_can_be_sampled(model):
    x = features(2, 10)
    exact = playfair.explain(model, x, prior(), removal="freeze")
    ours = playfair.explain(model, x, prior(), removal="freeze", budget=600)
    torch.testing.assert_close(ours.score, exact.score)
    torch.testing.assert_close(ours.esv, exact.esv, atol=0.02, rtol=0)


def test_a_still_video_is_worth_the_same_at_every_frame_and_length():
    x = features(2, 1).expand(-1, 6, -1)
    esv = playfair.explain(tsn(), x, prior(), removal="freeze").esv
    torch.testing.assert_close(esv, esv.mean(1, keepdim=True).expand_as(esv), atol=1e-6, rtol=0)


def test_what_rows_are_shown_is_the_same_however_units_lie() -> None:
    units = torch.randn(3, 5, 2, 4)
    apart = units.transpose(0, 1).contiguous().transpose(0, 1)
    assert units.is_contiguous() and not apart.is_contiguous()
    video = torch.tensor([2, 0])
    elements = torch.tensor([[4, 1, 0], [3, 3, 2]])
    expected = torch.stack([units[2, [4, 1, 0]], units[0, [3, 3, 2]]])
    assert torch.equal(gathered(units, video, elements), expected)
    assert torch.equal(gathered(apart, video, elements), expected)
