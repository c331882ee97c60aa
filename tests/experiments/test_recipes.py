"""What `model=` means for each dataset, and studies of models that others published."""

import json
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import xarray as xr
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer

import playfair
from playfair.models.backbones.bn_inception import BNInception
from playfair.models.backbones.resnet import ResNet, resnet18
from playfair.models.backbones.small import SmallConvNet
from playfair.models.checkpoints import save_checkpoint, weights_fingerprint
from playfair.models.published import published_trn
from playfair.steps.options import DatasetOptions, ModelOptions
from playfair.steps.study import Study
from playfair.training.classifier import VideoModel
from playfair.training.fit import Recipe
from playfair.video.sampling import segment_centres
from tests.conftest import ROOT, TINY, run_warm

SSV2 = "dataset=something_something_v2"


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=list(overrides))
    OmegaConf.resolve(cfg.model)
    return cfg.model


@pytest.mark.parametrize(
    ("overrides", "backbones"),
    [
        (["model=both"], {"tsn": SmallConvNet, "trn": SmallConvNet}),
        ([SSV2, "model=both"], {"tsn": ResNet, "trn": BNInception}),
        ([SSV2, "experiment=paper"], {"tsn": ResNet, "trn": BNInception}),
        ([SSV2, "model=trn_resnet50"], {"trn_resnet50": ResNet}),
        ([SSV2, "model=trn", "backbone@model.trn.backbone=small"], {"trn": SmallConvNet}),
    ],
)
def test_a_dataset_has_its_models_backbones(
    overrides: list[str], backbones: dict[str, type]
) -> None:
    models = composed(*overrides)
    assert set(models) == set(backbones)
    for name, model in models.items():
        if "weights" in model.backbone:
            assert model.backbone.weights.startswith("http") and model.backbone.feature_dim == 256
            model.backbone.weights = None
        assert isinstance(instantiate(model, _convert_="all").backbone(), backbones[name])


def test_recipes_carry_the_numbers_of_their_sources() -> None:
    models = composed(SSV2, "model=both")
    trn, tsn = models.trn.training, models.tsn.training
    assert (trn.optimizer.lr, trn.optimizer.momentum, trn.optimizer.weight_decay) == (
        0.002,
        0.9,
        5e-4,
    )
    assert (trn.epochs, list(trn.schedule.milestones), trn.clip) == (50, [30, 45], 20)
    assert trn.batch_size == 128 and tsn.batch_size == 64
    assert (tsn.optimizer.lr, tsn.optimizer.weight_decay, list(tsn.schedule.milestones)) == (
        0.01,
        0,
        [30, 60],
    )
    recipe = instantiate(models.trn, _convert_="all").training
    optimizer = recipe.optimizer([torch.nn.Parameter(torch.zeros(1))])
    schedule, rates = recipe.schedule(optimizer), []
    for _ in range(recipe.epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[29:31] == pytest.approx([2e-3, 2e-4]) and rates[44:46] == pytest.approx(
        [2e-4, 2e-5]
    )


def test_a_backbone_for_no_model_in_particular_is_answered_with_where_it_goes(tmp_path) -> None:
    refused = run_warm("experiment=esv", "backbone=resnet18", cwd=tmp_path)
    assert refused.returncode == 2
    assert "Did you mean backbone@model.trn.backbone=…?" in refused.stderr


UIDS = {"train": ["11", "12", "13"], "validation": ["1", "2", "3", "4"]}
LENGTHS = {"1": 9, "2": 3, "3": 20, "4": 6}


@pytest.fixture
def published(tmp_path: Path) -> list[str]:
    """Labels without videos, stored features and single-scale checkpoints, as the published code leaves them."""
    root, classes = (
        tmp_path / "ssv2",
        ["Closing something", "Opening something", "Holding something"],
    )
    (root / "labels").mkdir(parents=True)
    (root / "labels/labels.json").write_text(
        json.dumps({name: str(i) for i, name in enumerate(classes)})
    )
    for name, uids in UIDS.items():
        entries = [
            {"id": uid, "template": classes[int(uid) % 3].replace("something", "[something]")}
            for uid in uids
        ]
        (root / f"labels/{name}.json").write_text(json.dumps(entries))
    with h5py.File(tmp_path / "trn.hdf", "w") as file:
        for name, uids in UIDS.items():
            group = file.create_group(name)
            features = group.create_dataset(
                "features", (len(uids),), dtype=h5py.vlen_dtype(np.dtype("float32"))
            )
            features.attrs["feature_dim"] = 5
            group["uids"], group["labels/action"] = uids, [int(uid) % 3 for uid in uids]
            for i, uid in enumerate(uids):
                features[i] = (
                    np.random.default_rng(i)
                    .normal(size=LENGTHS.get(uid, 10) * 5)
                    .astype(np.float32)
                )
    torch.manual_seed(0)
    for scale in (1, 2):
        layers = {"model.1": torch.nn.Linear(5 * scale, 7), "model.3": torch.nn.Linear(7, 3)}
        weights = {
            f"{key}.{name}": w.data
            for key, layer in layers.items()
            for name, w in layer.named_parameters()
        }
        torch.save({"model": weights}, tmp_path / f"trn_{scale}.pth")
    options = ["features=trn.hdf", "head.files='trn_{}.pth'", "head.n_max=2", "head.hidden_dim=7"]
    models = [f"model.trn_published.{option}" for option in options]
    return [
        "experiment=esv",
        "model=trn_published",
        SSV2,
        "dataset.root=ssv2",
        "n_frames=4",
        *models,
    ]


def test_published_features_and_heads_are_explained_without_a_video(
    published, tmp_path: Path
) -> None:
    done = run_warm(*published, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    study = tmp_path / "outputs/something_something_v2/trn_published"
    esvs = xr.open_zarr(study / "esv/frames-04.zarr")
    assert esvs["video"].values.tolist() == ["1", "3", "4"]  # the other has three frames
    with h5py.File(tmp_path / "trn.hdf") as file:
        rows = [file["validation/features"][i].reshape(-1, 5) for i in (0, 2, 3)]
    shown = torch.from_numpy(np.stack([clip[segment_centres(len(clip), 4)] for clip in rows]))
    head = published_trn(5, 3, str(tmp_path / "trn_{}.pth"), n_max=2, hidden_dim=7).eval()
    prior = torch.bincount(torch.tensor([int(uid) % 3 for uid in UIDS["train"]]), minlength=3) / 3
    torch.testing.assert_close(
        torch.from_numpy(esvs["esv"].values),
        playfair.explain(head, shown, prior).esv.float(),
        atol=1e-6,
        rtol=0,
    )
    kept = torch.load(study / "heads.pt", weights_only=True)["weights"]
    assert {name.split(".")[1] for name in kept} == {"0", "1"}  # one checkpoint with all scales

    weights = torch.load(tmp_path / "trn_2.pth", weights_only=True)
    weights["model"]["model.1.bias"] += 1
    torch.save(weights, tmp_path / "trn_2.pth")
    refused = run_warm(*published, cwd=tmp_path)
    assert (
        refused.returncode == 2 and "heads.pt was made from another configuration" in refused.stderr
    )


def test_heads_learn_from_published_features_without_a_video(published, tmp_path: Path) -> None:
    options = [
        "model.trn.features=trn.hdf",
        "model.trn.heads.epochs=2",
        "model.trn.heads.batch_size=2",
    ]
    done = run_warm(
        "experiment=train",
        "model=trn",
        SSV2,
        "dataset.root=ssv2",
        "n_frames=4",
        *options,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    study = tmp_path / "outputs/something_something_v2/trn"
    assert (study / "heads.pt").exists() and not (study / "video.pt").exists()
    assert torch.load(study / "heads.pt", weights_only=True)["weights"][
        "scales.7.hidden.weight"
    ].shape == (256, 8 * 5)


def test_published_weights_explain_clips(tmp_path: Path) -> None:
    """The synthetic clips, by a backbone and a TSN that were trained elsewhere."""
    torch.manual_seed(0)
    trained = {
        name.replace("fc.", "last_linear."): w
        for name, w in resnet18(feature_dim=5).state_dict().items()
    }
    torch.save({"model": trained}, tmp_path / "backbone.pth")
    torch.save(
        {"model": dict(zip(["classifier.weight", "classifier.bias"], head_of(5, 12), strict=True))},
        tmp_path / "tsn.pth",
    )
    backbone = [
        "backbone@model.tsn_published.backbone=resnet18",
        "model.tsn_published.backbone.weights=backbone.pth",
    ]
    backbone += [
        "model.tsn_published.backbone.feature_dim=5",
        "model.tsn_published.head.file=tsn.pth",
    ]
    dataset = [option for option in TINY if option.startswith("dataset")]
    typed = ["experiment=esv", "model=tsn_published", "n_frames=4", *backbone, *dataset]
    done = run_warm(*typed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    study = tmp_path / "outputs/synthetic/tsn_published"
    kept = torch.load(study / "video.pt", weights_only=True)["weights"]
    assert torch.equal(kept["backbone.fc.weight"], trained["last_linear.weight"])
    assert xr.open_zarr(study / "esv/frames-04.zarr").sizes["video"] == 12


def study_of(folder: Path, backbone: partial[ResNet], training: Recipe | None) -> Study:
    return Study(
        "trn",
        outputs=folder / "outputs",
        dataset=DatasetOptions("ssv2", folder / "ssv2", (32, 32), decode_once=False, workers=0),
        model=ModelOptions(
            backbone=backbone, head=playfair.TSN, training=training, features=folder / "trn.hdf"
        ),
        config={"backbone": {}, "head": {}, "training": {}},
        make_trainer=Trainer,
    )


def test_a_trained_backbone_does_without_the_weights_it_began_from(
    published, tmp_path: Path
) -> None:
    """They may lie on another machine, or behind a network that is not there."""
    begun = partial(resnet18, feature_dim=4, weights="gone.pth")
    study = study_of(tmp_path, begun, Recipe(1, 1, 1, torch.optim.SGD))
    with pytest.raises(ValueError, match="no file of weights at gone.pth"):
        _ = study.video_model
    trained = VideoModel(resnet18(feature_dim=4), playfair.TSN(4, 3))
    save_checkpoint(
        study.folder / "video.pt", trained, study._made_from("backbone", "head", "training")
    )
    assert weights_fingerprint(study.video_model) == weights_fingerprint(trained)


def test_a_backbone_that_is_not_trained_here_needs_weights(published, tmp_path: Path) -> None:
    study = study_of(tmp_path, partial(resnet18, feature_dim=4, weights=None), None)
    with pytest.raises(
        ValueError, match="Type model.trn.backbone.weights=FILE, or model.trn.features=FILE"
    ):
        _ = study.video_model


def head_of(feature_dim: int, n_classes: int) -> list[torch.Tensor]:
    return [parameter.data for parameter in torch.nn.Linear(feature_dim, n_classes).parameters()]
