import copy
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from playfair.models.backbones.small import SmallConvNet
from playfair.models.multiscale import multiscale_trn, sampled_logits
from playfair.models.separable import SeparableVideoModel, as_pictures
from playfair.training.augmentation import augment
from playfair.training.classifier import (
    ScalesClassifier,
    VideoClassifier,
)

SGD = partial(torch.optim.SGD, lr=0.1)


def head():
    torch.manual_seed(0)
    return multiscale_trn(n_max=3, feature_dim=4, hidden_dim=8, n_classes=5)


def test_sampled_logits_of_all_coalitions_average_to_the_exact_logits() -> None:
    trn, features = head(), torch.randn(6, 3, 4)
    # at three frames scales 1 and 3 have 3 and 1 coalitions: many draws come close to f(X), which is exact
    torch.manual_seed(1)
    mean = torch.stack([sampled_logits(trn, features).mean(0) for _ in range(400)]).mean(0)
    torch.testing.assert_close(mean, trn(features), atol=0.05, rtol=0)


def test_every_scale_learns_as_if_alone() -> None:
    batch = {"input": torch.randn(6, 4, 4), "target": torch.randint(5, (6,))}
    together = ScalesClassifier("trn", head(), SGD, None)
    together.log = lambda *args, **kwargs: None
    torch.manual_seed(2)
    together.training_step(batch, 0).backward()
    for scale in (1, 2, 3):
        alone = head()
        torch.manual_seed(2)  # the same coalitions
        F.cross_entropy(
            sampled_logits(alone, batch["input"])[scale - 1], batch["target"]
        ).backward()
        for ours, theirs in zip(
            together.head[scale].parameters(), alone[scale].parameters(), strict=True
        ):
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=0)


@pytest.mark.parametrize(("clip", "norm"), [(None, 4.0), (0, 4.0), (1.0, 1.0)])
def test_a_scales_gradient_is_as_long_as_the_recipes_clip_lets_it(clip, norm) -> None:
    classifier = ScalesClassifier("trn", head(), SGD, None)
    scale = classifier.head[1]
    for parameter in scale.parameters():
        parameter.grad = torch.zeros_like(parameter)
    next(scale.parameters()).grad.view(-1)[0] = 4.0
    classifier.configure_gradient_clipping(None, clip)
    length = sum(parameter.grad.square().sum() for parameter in scale.parameters()).sqrt()
    torch.testing.assert_close(length, torch.tensor(norm))


def test_pictures_are_rgb_between_zero_and_one() -> None:
    frames = torch.zeros(2, 5, 6, 3, dtype=torch.uint8)
    frames[..., 0] = 255
    pictures = as_pictures(frames)
    assert pictures.shape == (2, 3, 5, 6)
    assert pictures[:, 0].eq(1).all() and pictures[:, 1:].eq(0).all()


def test_a_video_model_sees_every_frame_once_and_in_order() -> None:
    torch.manual_seed(0)
    model = SeparableVideoModel(SmallConvNet(feature_dim=4), head()).eval()
    frames = torch.randint(256, (2, 3, 32, 32, 3), dtype=torch.uint8)
    features = torch.stack([model.features(video) for video in frames])
    torch.testing.assert_close(model(frames), model.head(features))


def test_the_backbone_sees_where_things_are() -> None:
    """Global pooling would give the same features for an object on the left and on the right."""
    backbone = copy.deepcopy(SmallConvNet(feature_dim=8)).eval()
    left = torch.zeros(1, 3, 64, 64)
    left[..., 16:32, 8:24] = 1
    assert (backbone(left) - backbone(left.roll(32, dims=-1))).abs().max() > 1e-2


def test_a_flipped_video_is_learnt_with_its_mirrored_class() -> None:
    """Every video is mirrored, so the step must equal one on mirrored frames with mirrored targets."""
    frames = torch.randint(256, (4, 3, 32, 32, 3), dtype=torch.uint8)
    target, mirrored = torch.tensor([0, 1, 2, 4]), torch.tensor([0, 2, 1, 3, 4])
    losses = []
    for augmented in (True, False):
        torch.manual_seed(0)
        model = SeparableVideoModel(
            SmallConvNet(feature_dim=4), torch.nn.Sequential(MeanOfFrames(), torch.nn.Linear(4, 5))
        )
        flips = partial(augment, mirrored=mirrored, flip=1.0, shift=0, colour=0)
        module = VideoClassifier("tsn", model, SGD, None, flips if augmented else None)
        module.log = lambda *args, **kwargs: None
        batch = {"input": frames, "target": target} if augmented else {
            "input": frames.flip(3), "target": mirrored[target]
        }  # fmt: skip
        losses.append(module.training_step(batch, 0).item())
    assert losses[0] == losses[1]


class MeanOfFrames(torch.nn.Module):
    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean(1)
