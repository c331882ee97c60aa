"""What a study's artefacts are made from: another value is refused and never taken for the same."""

from functools import partial
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf

from playfair.models.checkpoints import save_checkpoint
from playfair.steps.artefact import MismatchError
from playfair.steps.study import Study
from tests.conftest import ROOT, TINY


def study(folder: Path, *typed: str) -> Study:
    """The TRN of the tiny study, as run.py builds it, with some values set otherwise."""
    places = [f"paths.data={folder / 'data'}", f"paths.outputs={folder / 'outputs'}"]
    options = [option for option in TINY if ".tsn." not in option]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", ["model=trn", *options, *places, "trainer.accelerator=cpu", *typed])
        OmegaConf.resolve(cfg)
    quiet = {"logger": False, "enable_progress_bar": False}
    return Study(
        "trn",
        outputs=folder / "outputs",
        dataset=instantiate(cfg.dataset, _convert_="all"),
        model=instantiate(cfg.model.trn, _convert_="all"),
        config=OmegaConf.to_container(cfg.model.trn),
        make_trainer=partial(instantiate(cfg.trainer, _convert_="all"), **quiet),
        seed=cfg.seed,
        budget=cfg.estimator.budget,
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("seed=1", "seed: made with 0, asked for 1"),
        (
            "model.trn.training.batch_size=16",
            "model.training.batch_size: made with 32, asked for 16",
        ),
        ("model.trn.heads.epochs=2", "model.heads.epochs: made with 1, asked for 2"),
        ("model.trn.backbone.feature_dim=128", "model.backbone.feature_dim"),
        (
            "trainer.precision=bf16-mixed",
            "trainer.precision: made with nothing, asked for bf16-mixed",
        ),
        (
            "+trainer.limit_train_batches=1",
            "trainer.limit_train_batches: made with nothing, asked for 1",
        ),
        ("dataset.frame_size=[48,48]", "dataset.frame_size"),
    ],
)
def test_another_value_than_artefacts_were_made_with_is_refused(
    explained, typed: str, says: str
) -> None:
    with pytest.raises(MismatchError) as refused:
        study(explained.folder, typed).esvs(4)
    assert says in str(refused.value) and "overwrite=true" in str(refused.value)


def test_where_and_on_how_many_devices_it_runs_is_no_other_value(explained) -> None:
    assert (
        study(explained.folder, "+trainer.enable_checkpointing=true", "trainer.log_every_n_steps=7")
        .esvs(4)
        .sizes["video"]
        == 12
    )


def test_weights_to_begin_from_are_known_by_their_content_and_not_by_their_place(
    tmp_path: Path,
) -> None:
    def made_from(file: Path) -> object:
        typed = ["backbone@model.trn.backbone=resnet18", f"model.trn.backbone.weights={file}"]
        return study(tmp_path, *typed)._identity_of("backbone")

    for name, content in (
        ("a", b"some weights"),
        ("moved", b"some weights"),
        ("other", b"other weights"),
    ):
        (tmp_path / f"{name}.pth").write_bytes(content)
    a, moved, other = (made_from(tmp_path / f"{name}.pth") for name in ("a", "moved", "other"))
    assert a == moved and a != other


def test_a_model_is_found_when_the_weights_it_began_from_are_gone(tmp_path: Path) -> None:
    file, model = tmp_path / "begin.pth", torch.nn.Linear(2, 2)
    file.write_bytes(b"some weights")
    typed = ["backbone@model.trn.backbone=resnet18", f"model.trn.backbone.weights={file}"]
    begun = study(tmp_path, *typed)
    made_from = {"model": {"backbone": begun._identity_of("backbone")}}
    save_checkpoint(tmp_path / "video.pt", model, made_from)
    file.write_bytes(b"other weights")
    with pytest.raises(MismatchError, match=r"model.backbone.weights"):
        begun._load(
            tmp_path / "video.pt", model, {"model": {"backbone": begun._identity_of("backbone")}}
        )
    file.unlink()
    assert begun._load(
        tmp_path / "video.pt", model, {"model": {"backbone": begun._identity_of("backbone")}}
    )


def test_frames_and_budgets_have_stores_of_their_own(tmp_path: Path) -> None:
    paths = {
        study(tmp_path, *typed).esv_path(8)
        for typed in ([], ["estimator=sampled"], ["estimator.budget=64"])
    }
    assert len(paths) == 3
