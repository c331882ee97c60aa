"""What `model=` means for each dataset, and studies of models that others published."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import xarray as xr
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

import playfair
from playfair.models.backbones.bn_inception import BNInception
from playfair.models.backbones.resnet import ResNet, resnet18
from playfair.models.backbones.small import SmallConvNet
from playfair.models.multiscale import multiscale_trn
from playfair.models.published import published_trn
from playfair.models.separable import SeparableVideoModel
from playfair.steps.checkpoints import save_checkpoint, weights_fingerprint
from playfair.steps.durable import write_json
from playfair.steps.obtain import obtain
from playfair.steps.step import record
from playfair.steps.study import Study
from playfair.video.sampling import segment_centres
from tests.conftest import ROOT, TINY, folder_of, folders, run_warm, stamps, studies

SSV2_NAME = "something_something_v2"
SSV2 = f"dataset={SSV2_NAME}"


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
        assert isinstance(instantiate(model.backbone, _convert_="all")(), backbones[name])


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
    recipe = instantiate(trn, _convert_="all")
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


@pytest.mark.whole
def test_published_features_and_heads_are_explained_without_a_video(
    published, tmp_path: Path
) -> None:
    done = run_warm(*published, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    esvs = xr.open_zarr(folder_of(tmp_path, "esvs", "trn_published-4-frames", SSV2_NAME))
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
    heads = folder_of(tmp_path, "heads", "trn_published", SSV2_NAME)
    kept = torch.load(heads / "heads.pt", weights_only=True)["weights"]
    assert {name.split(".")[1] for name in kept} == {"0", "1"}  # one checkpoint with all scales

    before = stamps(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    for scale in (1, 2):  # the same weights in another place are the same
        (tmp_path / f"trn_{scale}.pth").rename(tmp_path / "elsewhere" / f"{scale}.pth")
    moved = [option.replace("'trn_{}.pth'", "'elsewhere/{}.pth'") for option in published]
    again = run_warm(*moved, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert stamps(tmp_path) == before

    weights = torch.load(tmp_path / "elsewhere/2.pth", weights_only=True)
    weights["model"]["model.1.bias"] += 1
    torch.save(weights, tmp_path / "elsewhere/2.pth")
    beside = run_warm(*moved, cwd=tmp_path)
    assert beside.returncode == 0, beside.stderr
    assert before.items() <= stamps(tmp_path).items()
    others = folders(tmp_path, "esvs", "trn_published-4-frames", SSV2_NAME)
    assert len(others) == 2
    first, second = (xr.open_zarr(path)["score"].values for path in others)
    assert np.abs(first - second).max() > 1e-3


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
    heads = folder_of(tmp_path, "heads", "trn", SSV2_NAME) / "heads.pt"
    assert not folders(tmp_path, "video", "trn", SSV2_NAME)
    weights = torch.load(heads, weights_only=True)["weights"]
    assert weights["scales.7.hidden.weight"].shape == (256, 8 * 5)


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
    video = folder_of(tmp_path, "video", "tsn_published") / "video.pt"
    kept = torch.load(video, weights_only=True)["weights"]
    assert torch.equal(kept["backbone.fc.weight"], trained["last_linear.weight"])
    esvs = xr.open_zarr(folder_of(tmp_path, "esvs", "tsn_published-4-frames"))
    assert esvs.sizes["video"] == 12


def study_of(folder: Path, *typed: str) -> Study:
    """TRN on ResNet-18 and the labels of `published`; its clips would be there too."""
    clips = folder / "ssv2/20bn-something-something-v2"
    clips.mkdir(exist_ok=True)
    (clips / "1.webm").touch()
    (study,) = studies(
        "model=trn",
        SSV2,
        f"dataset.root={folder / 'ssv2'}",
        f"paths.outputs={folder / 'outputs'}",
        "backbone@model.trn.backbone=resnet18",
        "model.trn.backbone.feature_dim=4",
        *typed,
    )
    return study


def video_model(study: Study) -> SeparableVideoModel:
    return obtain(study.video_step, study.layout)


def test_a_trained_backbone_does_without_the_weights_it_began_from(
    published, tmp_path: Path
) -> None:
    """They may lie on another machine, or behind a network that is not there."""
    begun = tmp_path / "begun.pth"
    torch.save({"model": resnet18(feature_dim=4).state_dict()}, begun)
    typed = [f"model.trn.backbone.weights={begun}", "model.trn.head.n_max=2"]
    study = study_of(tmp_path, *typed)
    trained = SeparableVideoModel(resnet18(feature_dim=4), multiscale_trn(2, 4, 256, 3))
    folder = study.layout.folder(study.video_step)
    folder.mkdir(parents=True)
    write_json(folder / "made_from.json", record(study.video_step))
    save_checkpoint(folder / "video.pt", trained, {"n_classes": 3})
    begun.unlink()
    opened = video_model(study_of(tmp_path, *typed))
    assert weights_fingerprint(opened) == weights_fingerprint(trained)
    shutil.rmtree(folder)
    with pytest.raises(ValueError, match="no file of weights at .*begun.pth"):
        _ = video_model(study_of(tmp_path, *typed))


def test_a_backbone_that_is_not_trained_here_needs_weights(published, tmp_path: Path) -> None:
    typed = ["model.trn.backbone.weights=null", "model.trn.training=null"]
    study = study_of(tmp_path, *typed)
    with pytest.raises(
        ValueError, match="Type model.trn.backbone.weights=FILE, or model.trn.features=FILE"
    ):
        video_model(study)


def head_of(feature_dim: int, n_classes: int) -> list[torch.Tensor]:
    return [parameter.data for parameter in torch.nn.Linear(feature_dim, n_classes).parameters()]


def test_recipes_for_something_something_crop_as_the_published_numbers_were_made() -> None:
    published = ("tsn_published", "trn_published", "tsn_imported", "trn_imported")
    for model in ("both", "trn_resnet50", *published):
        for own in composed(SSV2, f"model={model}", *files_of(model)).values():
            assert own.preprocess == {"short_side": 256, "crop": [224, 224]}
    assert "preprocess" not in composed("model=trn").trn


def files_of(model: str) -> list[str]:
    """What must be named for models that others trained."""
    return {
        "tsn_published": ["model.tsn_published.head.file=tsn.pth"],
        "trn_published": ['model.trn_published.head.files="trn_{}.pth"'],
    }.get(model, [])
