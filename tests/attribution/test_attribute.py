from itertools import combinations, pairwise

import pytest
import torch
from torch import nn

from playfair import TRN, TSN, MultiscaleTRN, explain
from playfair.attribution import METHODS, attribute
from playfair.attribution.frozen_scores import frozen_scores
from playfair.attribution.gradcam import gradcam
from playfair.attribution.integrated_gradients import integrated_gradients
from playfair.attribution.maps import last_map
from playfair.attribution.pixel_change import pixel_change
from playfair.experiments.comparison import comparison
from playfair.models.backbones.bn_inception import BNInception

PRIOR = torch.tensor([0.1, 0.2, 0.3, 0.4])
LABEL = torch.tensor([0, 3, 1])


def trn() -> MultiscaleTRN:
    torch.manual_seed(1)
    model = MultiscaleTRN(
        [TRN(s, feature_dim=6, hidden_dim=10, n_classes=4) for s in (1, 2, 3)]
    ).eval()
    for parameter in model.parameters():
        parameter.data.mul_(3)
    return model


def features(n_frames: int = 4) -> torch.Tensor:
    return torch.randn(3, n_frames, 6, generator=torch.Generator().manual_seed(0))


def test_esv_is_what_explain_gives_the_class_asked_for() -> None:
    found = attribute("esv", trn(), features(), LABEL, PRIOR)
    esv = explain(trn(), features(), PRIOR).esv
    for video, label in enumerate(LABEL):
        torch.testing.assert_close(found[video], esv[video, :, label])


def test_leave_one_out_is_what_a_frame_adds_to_all_others() -> None:
    found, model = attribute("leave_one_out", trn(), features(), LABEL, PRIOR), trn()
    for frame, others in zip(range(4), [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]], strict=True):
        for video, label in enumerate(LABEL):
            x = features()[video : video + 1]
            added = model(x).softmax(-1)[0, label] - model(x[:, others]).softmax(-1)[0, label]
            torch.testing.assert_close(found[video, frame], added, atol=1e-6, rtol=0)
    alone = attribute("leave_one_out", model, features(1), LABEL, PRIOR)
    torch.testing.assert_close(
        alone[:, 0], model(features(1)).softmax(-1)[torch.arange(3), LABEL] - PRIOR[LABEL]
    )


def test_leave_one_out_removes_as_the_model_does_where_nothing_is_said() -> None:
    fixed = TRN(4, feature_dim=6, hidden_dim=10, n_classes=4).eval()
    fixed.removals = ("freeze",)
    found = attribute("leave_one_out", fixed, features(), LABEL, PRIOR)
    said = attribute("leave_one_out", fixed, features(), LABEL, PRIOR, removal="freeze")
    assert torch.equal(found, said)
    both = attribute("both_ends", fixed, features(), LABEL, PRIOR)
    alone = attribute("singleton", fixed, features(), LABEL, PRIOR)
    torch.testing.assert_close(both, (found + alone) / 2)


def test_integrated_gradients_are_the_mean_gradient_on_the_way_from_zero(monkeypatch) -> None:
    monkeypatch.setattr("playfair.attribution.integrated_gradients.STEPS", 60)
    model, x, each = trn(), features(), torch.arange(3)
    mean, steps = torch.zeros_like(x), 100
    for step in range(steps):  # midpoints
        at = (x * (step + 0.5) / steps).requires_grad_()
        model(at).softmax(-1)[each, LABEL].sum().backward()
        mean += at.grad / steps
    found = integrated_gradients(model, x, LABEL)
    torch.testing.assert_close(found, (mean * x).sum(-1), atol=2e-3, rtol=0)


def test_integrated_gradients_sum_to_what_is_above_the_score_of_nothing() -> None:
    model, x, each = TSN(6, 4).eval(), features(), torch.arange(3)
    gained = model(x).softmax(-1)[each, LABEL] - model(0 * x).softmax(-1)[each, LABEL]
    torch.testing.assert_close(
        integrated_gradients(model, x, LABEL).sum(1), gained.detach(), atol=1e-5, rtol=0
    )


class Pooled(nn.Module):
    """A backbone whose Grad-CAM is known: a 1 × 1 convolution and its mean over space."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Conv2d(3, 6, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.map(pictures).mean((2, 3))


def test_gradcam_of_a_linear_model_is_its_weights_on_the_map() -> None:
    torch.manual_seed(0)
    backbone, weight = Pooled().eval(), torch.randn(4, 6)
    pictures = torch.rand(3, 4, 3, 5, 7)
    found = gradcam(backbone, lambda x: (x @ weight.T).mean(1), pictures, LABEL)
    for video, label in enumerate(LABEL):
        maps = backbone.map(pictures[video]).detach()  # (frame, channel, height, width)
        alpha = weight[label] / (4 * 5 * 7)  # of a mean over 4 frames and 35 places
        by_hand = torch.einsum("k,tkhw->thw", alpha, maps).relu().mean((1, 2))
        torch.testing.assert_close(found[video], by_hand, atol=1e-6, rtol=1e-4)


def test_gradcam_takes_the_last_map_with_places() -> None:
    relu = nn.ReLU()
    backbone = nn.Sequential(
        nn.Conv2d(3, 4, 3), relu, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    assert last_map(backbone, torch.rand(1, 3, 9, 9)) is relu
    with pytest.raises(ValueError, match="experiment.methods="):
        last_map(nn.Flatten(), torch.rand(1, 3, 9, 9))


@pytest.mark.parametrize("removed_first", [True, False])
def test_frozen_scores_put_the_nearest_kept_frame_in_place_of_a_removed_one(
    removed_first: bool,
) -> None:
    model, x, n = trn(), features(), 4
    subsets = [kept for size in range(n + 1) for kept in combinations(range(n), size)]
    bits = torch.tensor([[sum(1 << i for i in kept) for kept in subsets]] * 3)
    found = frozen_scores(model, x, LABEL, PRIOR, bits if removed_first else bits.flip(1))
    for place, kept in enumerate(subsets):
        column = found[:, place] if removed_first else found[:, -1 - place]
        if not kept:
            torch.testing.assert_close(column, PRIOR[LABEL])
            continue
        shown = [min(kept, key=lambda k: (abs(k - i), k)) for i in range(n)]
        expected = model(x[:, shown]).softmax(-1)[torch.arange(3), LABEL]
        torch.testing.assert_close(column, expected.detach(), atol=1e-6, rtol=0)


def test_naive_attributions_are_what_their_names_say() -> None:
    naive = {
        name: attribute(name, trn(), features(), LABEL, PRIOR)
        for name in ("uniform", "random", "centre")
    }
    assert torch.equal(naive["uniform"], torch.full((3, 4), 0.25))
    torch.testing.assert_close(naive["centre"], torch.tensor([[1.0, 2.0, 2.0, 1.0]] * 3) / 6)
    again = attribute(
        "random", trn(), features(), LABEL, PRIOR, generator=torch.Generator().manual_seed(0)
    )
    assert torch.equal(naive["random"], again) and naive["random"].unique().numel() == 12


def test_a_comparison_that_cannot_be_made_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(ValueError, match="there are esv, integrated_gradients"):
        comparison([], n_frames=8, methods=["esv", "gradcm"])
    with pytest.raises(ValueError, match=r"Type experiment.methods=\[esv,"):
        comparison([], n_frames=8, methods=["gradcam"])
    with pytest.raises(ValueError, match="up to 19 frames"):  # the doubled frame is one more
        comparison([], n_frames=20, methods=["esv", "random"])


def test_grad_cam_weighs_all_branches_of_bn_inception_and_the_same_in_parts(monkeypatch) -> None:
    torch.manual_seed(0)
    backbone, picture = BNInception(feature_dim=4).eval(), torch.rand(3, 2, 3, 32, 64)
    shapes = []
    hook = last_map(backbone, picture[0, :1]).register_forward_hook(
        lambda *seen: shapes.append(seen[-1].shape)
    )
    together = gradcam(backbone, lambda x: x.mean(1), picture, torch.tensor([0, 1, 2]))
    hook.remove()
    assert {shape[1] for shape in shapes} == {1024}
    monkeypatch.setattr("playfair.attribution.gradcam.PIXELS", 1)
    torch.testing.assert_close(
        gradcam(backbone, lambda x: x.mean(1), picture, torch.tensor([0, 1, 2])), together
    )


def test_a_method_that_is_not_there_or_lacks_its_pictures_is_refused_with_what_to_type() -> None:
    with pytest.raises(ValueError, match="no attribution method gradcm; there are esv"):
        attribute("gradcm", trn(), features(), LABEL, PRIOR)
    with pytest.raises(ValueError, match="type attribute"):
        attribute("gradcam", trn(), features(), LABEL, PRIOR)
    for unknown in (-1, 4):
        with pytest.raises(ValueError, match=r"one of 4 classes .*got \[0, 3, -?\d\]"):
            attribute("esv", trn(), features(), torch.tensor([0, 3, unknown]), PRIOR)
    assert set(METHODS) >= {"esv", "gradcam", "integrated_gradients"}


def test_what_needs_no_model_is_read_from_features_and_pictures_alone() -> None:
    norms = attribute("feature_norm", trn(), features(), LABEL, PRIOR)
    by_hand = [[sum(float(x) ** 2 for x in frame) ** 0.5 for frame in clip] for clip in features()]
    torch.testing.assert_close(norms, torch.tensor(by_hand))

    pictures = torch.rand(3, 4, 3, 2, 2, generator=torch.Generator().manual_seed(1))
    changes = attribute(
        "pixel_change",
        trn(),
        features(),
        LABEL,
        PRIOR,
        backbone=nn.Flatten().eval(),
        pictures=pictures,
    )
    steps = [[float((b - a).abs().mean()) for a, b in pairwise(clip)] for clip in pictures]
    expected = [[a, (a + b) / 2, (b + c) / 2, c] for a, b, c in steps]
    torch.testing.assert_close(changes, torch.tensor(expected))
    assert pixel_change(pictures[:, :1]).tolist() == [[0.0]] * 3
