import pytest
import torch
from oracles import (
    Counted,
    conformance,
    esv_over_orders,
    features,
    multiscale,
    prior,
    scores_of_all_coalitions,
    tsn,
    two_classes,
)

import playfair


@pytest.mark.parametrize(
    "name", ["tsn_frames7.npz", "trn_frames5_scales8.npz", "trn_frames6_scales4.npz"]
)
@pytest.mark.parametrize("known", [True, False], ids=["by its linear pieces", "as a callable"])
def test_numbers_are_those_of_the_published_implementation(name, known):
    model, published = conformance(name)
    ours = playfair.explain(
        model if known else model.forward, published["features"], published["prior"]
    )
    torch.testing.assert_close(ours.esv, published["esv"], atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.score, published["score"], atol=1e-6, rtol=0)
    assert ours.stderr is None


@pytest.mark.parametrize(
    "model", [multiscale(3), multiscale(8), tsn(), lambda x: x.sum(1)[:, :4] * 2]
)
@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5])
def test_esvs_are_the_mean_over_all_orders(model, n_frames):
    x = features(2, n_frames)
    scores = scores_of_all_coalitions(model, x, prior())
    ours = playfair.explain(model, x, prior())
    torch.testing.assert_close(
        ours.esv.double(), esv_over_orders(scores, n_frames), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(
        ours.score.double(), scores[tuple(range(n_frames))], atol=1e-6, rtol=0
    )


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("n_frames", [1, 2, 7, 12])
@pytest.mark.parametrize("model", [multiscale(8), tsn()])
def test_esvs_sum_to_what_the_video_adds_over_the_prior(model, n_frames):
    ours = playfair.explain(model, features(5, n_frames), prior())
    torch.testing.assert_close(ours.esv.sum(1), ours.score - prior(), atol=1e-6, rtol=0)


def test_frames_that_are_alike_share_alike():
    x = features(2, 5)
    x[:, 3] = x[:, 1]
    esv = playfair.explain(tsn(), x, prior()).esv
    torch.testing.assert_close(esv[:, 3], esv[:, 1], atol=1e-7, rtol=0)


def test_a_frame_that_changes_nothing_gets_nothing():
    def counts_frames_with_a_positive_first_feature(x):
        return two_classes(((x[..., 0] > 0).sum(1) + 1) / 10)

    x = torch.tensor([[[1.0], [-1.0], [1.0], [1.0]]])
    esv = playfair.explain(
        counts_frames_with_a_positive_first_feature, x, torch.tensor([0.1, 0.9])
    ).esv
    torch.testing.assert_close(esv[0, :, 0], torch.tensor([0.1, 0.0, 0.1, 0.1]))


def test_esvs_are_linear_in_the_scores():
    one, other, x = multiscale(3), tsn(), features(2, 5)
    mixed = playfair.explain(
        lambda x: (0.3 * one(x).softmax(-1) + 0.7 * other(x).softmax(-1)).log(), x, prior()
    )
    apart = [playfair.explain(model, x, prior()).esv for model in (one, other)]
    torch.testing.assert_close(mixed.esv, 0.3 * apart[0] + 0.7 * apart[1], atol=1e-6, rtol=0)


def test_unanimity_is_shared_among_those_who_are_needed():
    def needs_frames_1_and_3(x):
        needed = ((x[..., 0] == 1).any(1) & (x[..., 0] == 3).any(1)).float()
        return two_classes(0.1 + 0.8 * needed)

    x = torch.arange(6.0).view(1, 6, 1)
    esv = playfair.explain(needs_frames_1_and_3, x, torch.tensor([0.1, 0.9])).esv
    torch.testing.assert_close(
        esv[0, :, 0], torch.tensor([0, 0.4, 0, 0.4, 0, 0]), atol=1e-6, rtol=0
    )


def test_a_majority_is_shared_by_all_and_every_coalition_is_scored_once():
    model = Counted(lambda x: two_classes(torch.full((len(x),), 0.9 if x.shape[1] > 3 else 0.1)))
    ours = playfair.explain(model, torch.randn(2, 7, 1), torch.tensor([0.1, 0.9]))
    torch.testing.assert_close(ours.esv[..., 0], torch.full((2, 7), 0.8 / 7))
    looks = 2  # at the whole of the first video: is the answer the same?
    assert model.calls - looks == 2 * ours.evaluations == 2 * 127


@pytest.mark.parametrize("n_classes", [33, 48, 174])
def test_many_classes_are_explained_as_by_plain_calls(n_classes):
    model, x, even = (
        multiscale(3, n_classes=n_classes),
        features(2, 5),
        torch.full((n_classes,), 1 / n_classes),
    )
    ours, plain = playfair.explain(model, x, even), playfair.explain(model.forward, x, even)
    torch.testing.assert_close(ours.esv, plain.esv, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.score, plain.score, atol=1e-6, rtol=0)


@pytest.mark.parametrize("model", [multiscale(3), tsn(), multiscale(3).forward])
def test_a_video_is_explained_alike_in_any_company(model):
    x = features(70, 6)
    together = playfair.explain(model, x, prior()).esv
    alone = torch.cat([playfair.explain(model, x[i : i + 1], prior()).esv for i in (0, 33, 69)])
    torch.testing.assert_close(together[[0, 33, 69]], alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("model", [multiscale(3), tsn()])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.bfloat16, 2e-2), (torch.float16, 2e-3)]
)
def test_other_dtypes_come_back_as_they_went_in(model, dtype, tolerance):
    exact = playfair.explain(model, features(2, 5), prior())
    ours = playfair.explain(model, features(2, 5).to(dtype), prior())
    assert ours.esv.dtype == ours.score.dtype == dtype
    torch.testing.assert_close(ours.esv.float(), exact.esv, atol=tolerance, rtol=0)


def test_a_model_is_computed_in_the_dtype_of_its_features():
    x = features(2, 5)
    ours = playfair.explain(multiscale(3).double(), x, prior())
    assert ours.esv.dtype == torch.float32
    torch.testing.assert_close(
        ours.esv, playfair.explain(multiscale(3), x, prior()).esv, atol=1e-6, rtol=0
    )


def test_float64_is_exact_to_float64():
    model, x = multiscale(3), features(2, 5).double()
    wanted = esv_over_orders(
        scores_of_all_coalitions(multiscale(3).double(), x, prior().double()), 5
    )
    ours = playfair.explain(model.double(), x, prior().double())
    torch.testing.assert_close(ours.esv, wanted, atol=1e-14, rtol=0)


def test_bfloat16_is_close_where_it_is_asked_for():
    x, exact = features(3, 9), playfair.explain(multiscale(8), features(3, 9), prior())
    ours = playfair.explain(multiscale(8), x, prior(), precision="bfloat16")
    assert 0 < (ours.esv - exact.esv).abs().max() < 0.01
    assert ours.esv.dtype == torch.float32


def test_a_level_of_any_size_may_come_in_blocks(monkeypatch):
    whole = playfair.explain(multiscale(), features(), prior())
    monkeypatch.setattr("playfair.shapley.game.block_rows", lambda device: 4)
    torch.testing.assert_close(playfair.explain(multiscale(), features(), prior()).esv, whole.esv)
