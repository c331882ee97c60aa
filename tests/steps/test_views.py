"""Several crops of every frame: what is averaged, and where that is refused."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

import playfair
from playfair.experiments.train import averaged
from playfair.launch.perform import require_one_view
from playfair.steps import samples
from playfair.steps.shown import ShownFeatures, ShownViews
from playfair.steps.step import record
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.video.fitted import cut_out
from playfair.video.views import VIEWS, Place
from tests.golden import closed_form
from tests.steps.test_frame_fit import OWN
from tests.steps.test_study import data, studies

__all__ = ["data"]  # a fixture


def test_crops_lie_along_the_longer_side_and_in_the_corners() -> None:
    wide = np.arange(4 * 8, dtype=np.uint8).reshape(1, 4, 8, 1)
    first, last = VIEWS["three_crop"].values()
    assert cut_out(wide, (2, 2), first)[0, 0, :, 0].tolist() == [8, 9]
    assert cut_out(wide, (2, 2), last)[0, 0, :, 0].tolist() == [14, 15]
    tall = wide.transpose(0, 2, 1, 3)
    assert cut_out(tall, (2, 2), last)[0, :, 0, 0].tolist() == [14, 15]
    corners = [cut_out(wide, (2, 2), place)[0, 0, 0, 0] for place in VIEWS["five_crop"].values()]
    assert corners == [0, 16, 6, 22]
    assert cut_out(wide, (2, 2), Place(mirrored=True))[0, 0, :, 0].tolist() == [12, 11]
    assert len(VIEWS["ten_crop"]) + 1 == 10


class Kept:
    """What an ESV store would be given."""

    def write(self, block: int, **arrays: np.ndarray) -> None:
        self.arrays = arrays


class Rows:
    def __init__(self, features: torch.Tensor) -> None:
        self.features = features
        self.lengths = np.array([4, 4, 4])

    def load(self, clips, n_frames, short):
        index = torch.arange(4).expand(len(clips), 4)
        return {"features": self.features[clips], "frame_index": index}


def test_scores_of_crops_are_averaged_and_with_them_the_esvs() -> None:
    torch.manual_seed(0)
    head = playfair.TSN(feature_dim=5, n_classes=3).eval()
    prior = torch.full((3,), 1 / 3)
    crops = [torch.randn(3, 4, 5) for _ in range(3)]
    crops[1][2] = torch.nan  # the third video, of one crop
    batch = ShownViews(tuple(map(Rows, crops))).load([0, 1, 2], 4, "raise") | {"block": 0}
    kept = Kept()
    ESVEvaluation(kept, prior).on_predict_batch_end(None, Explained(head), None, batch, 0)
    alone = [playfair.explain(head, crop.nan_to_num(), prior) for crop in crops]
    for name in ("esv", "score"):
        mean = torch.stack([getattr(answer, name) for answer in alone]).mean(0)
        torch.testing.assert_close(torch.from_numpy(kept.arrays[name])[:2], mean[:2])
        assert np.isnan(kept.arrays[name][2]).all()
    gap = kept.arrays["esv"][:2].sum(1) - (kept.arrays["score"][:2] - prior.numpy())
    assert np.abs(gap).max() < 1e-6
    assert kept.arrays["frame_index"].shape == (3, 4)


def test_views_are_part_of_what_is_explained_and_of_nothing_before_it(data: Path) -> None:
    one = studies(data, *OWN)[0]
    three = studies(data, *OWN, "views=three_crop")[0]
    assert record(three.head_step)["id"] == record(one.head_step)["id"]
    assert three.features_step("train").view is None
    assert three.esvs_step(4).settings()["averaged"] == "scores"
    assert three.esvs_step(4).label == "trn-4-frames-three_crop"
    assert "averaged" not in one.esvs_step(4).settings()
    inputs = three.esvs_step(4).inputs()
    assert list(inputs) == ["head", "features", "features-first", "features-last"]
    assert inputs["features-last"].settings()["view"] == [2, 1, False]
    assert inputs["features-last"].label == "trn-validation-last"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (["views=three_crop"], "squeezed to 32×32 whole. Type views=one"),
        ([*OWN, "views=ten_crop"], "a class of the dataset has a side"),
        ([*OWN, "views=three_crop", "estimator=sampled"], "Type estimator=exact"),
        (["views=three_crop", "+model.trn.path=folder"], "a checkpoint that sees clips whole"),
    ],
)
def test_views_that_cannot_be_had_are_refused_before_anything_is_made(
    typed: list[str], reason: str, data: Path
) -> None:
    with pytest.raises(ValueError, match=reason):
        studies(data, *typed)[0].esvs_step(4)


def test_an_experiment_that_scores_one_crop_refuses_several() -> None:
    from omegaconf import OmegaConf

    def config(name: str, views: str):
        target = {"_target_": f"playfair.experiments.{name}.{name}"}
        return OmegaConf.create({"views": views, "experiment": target})

    require_one_view(config("removal", "one"))
    require_one_view(config("esv", "three_crop"))
    with pytest.raises(ValueError, match="experiment=removal scores coalitions of the centre crop"):
        require_one_view(config("removal", "three_crop"))


class MeanOfFrames(torch.nn.Module):
    """A head whose logits are the mean of its frames' features."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean(1)


@dataclass
class Frames:
    """Features of all frames of three clips, as a store has them."""

    values: np.ndarray  # (clip, frame, class)

    @property
    def lengths(self) -> np.ndarray:
        return np.full(len(self.values), self.values.shape[1])

    def length(self, clip: int) -> int:
        return self.values.shape[1]

    def __getitem__(self, clip: int) -> np.ndarray:
        return self.values[clip]


@dataclass
class OfTwoCrops(closed_form.Study):
    """Clips of twelve frames of which two crops are seen."""

    crops: tuple[np.ndarray, ...] = ()

    def shown(self) -> ShownFeatures:
        return self.views_shown()[0]

    def views_shown(self) -> tuple[ShownFeatures, ...]:
        return tuple(ShownFeatures(Frames(crop)) for crop in self.crops)


def test_accuracy_is_of_the_mean_of_scores_over_clips_and_crops() -> None:
    rng = np.random.default_rng(0)
    crops = tuple(rng.normal(size=(3, 12, 3)).astype(np.float32) for _ in range(2))
    study = OfTwoCrops("tsn", {}, lengths=(12,) * 3, head=MeanOfFrames(), crops=crops)
    # two segments of six frames, at 1/6, 1/2 and 5/6 of each
    frames = [(1, 7), (3, 9), (5, 11)]
    expected = 0
    for crop in crops:
        for first, second in frames:
            logits = (crop[:, first] + crop[:, second]) / 2
            odds = np.exp(logits)
            expected = expected + odds / odds.sum(1, keepdims=True) / 6
    scored = samples.scores(study, 2, n_clips=3)
    np.testing.assert_allclose(scored["score"].values, expected, atol=1e-6)
    one = samples.scores(study, 2)["score"].values
    assert abs(one - expected).max() > 0.01


def test_it_is_said_what_an_accuracy_is_a_mean_over() -> None:
    assert averaged("one", 1) == ""
    assert averaged("one", 2) == " Scores are means over 2 clips of each video."
    assert averaged("ten_crop", 1) == " Scores are means over the crops of views=ten_crop."
