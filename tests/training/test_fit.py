from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, Trainer

from playfair.data.datamodules import LabelledClips, SampledDataModule
from playfair.data.rows import open_rows
from playfair.models.multiscale import multiscale_trn
from playfair.training.classifier import ScalesClassifier
from playfair.training.fit import Recipe, fit, numeric_settings

OPTIMIZER = partial(torch.optim.AdamW, lr=1e-2)
SCHEDULE = partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=1e-2)
RECIPE = Recipe(epochs=4, batch_size=4, n_frames=4, optimizer=OPTIMIZER, schedule=SCHEDULE)


class CutAfter(Callback):
    """Ends the process's training as a killed one would, before the epoch's state is saved."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: object) -> None:
        if trainer.current_epoch == self.epoch:
            raise RuntimeError("cut")


def trained(folder: Path, cut: int | None = None, made_from: dict | None = None) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(0)
    store = open_rows(folder / "rows", {}, n_clips=12, block=12)
    if store.missing():
        store.write(0, [rng.normal(size=(6, 8)).astype(np.float32) for _ in range(12)])
    labelled = LabelledClips(store, np.arange(12) % 3, np.arange(12))
    torch.manual_seed(0)
    module = ScalesClassifier("trn", multiscale_trn(3, 8, 16, 3, dropout=0.3), OPTIMIZER, SCHEDULE)

    def trainer(callbacks: list[Callback], **options: object) -> Trainer:
        cutting = [] if cut is None else [CutAfter(cut)]
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
        return Trainer(
            accelerator="cpu",
            devices=1,
            use_distributed_sampler=False,
            callbacks=callbacks + cutting,
            **quiet,
            **options,
        )

    data = SampledDataModule(labelled, labelled, n_frames=4, batch_size=4, seed=0)
    state, made_from = folder / "heads.training", made_from or {"seed": 0}
    saved: list[dict[str, torch.Tensor]] = []

    def save() -> None:
        saved.append(module.head.state_dict())

    fit(module, data, trainer, RECIPE, folder=state, made_from=made_from, seed=0, save=save)
    return saved[0]


def test_a_run_that_was_cut_resumes_to_the_weights_of_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed = trained(tmp_path / "a")
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", cut=2)
    assert list((tmp_path / "b").glob("heads.training/*/last.ckpt"))
    torch.manual_seed(123)  # whatever happened in between
    resumed = trained(tmp_path / "b")
    for name, weight in undisturbed.items():
        assert torch.equal(weight, resumed[name]), name
    assert not (tmp_path / "b" / "heads.training").exists()


def test_the_state_of_another_configuration_is_not_continued(tmp_path: Path) -> None:
    undisturbed = trained(tmp_path / "a", made_from={"seed": 1})
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", cut=2, made_from={"seed": 0})
    fresh = trained(tmp_path / "b", made_from={"seed": 1})
    assert all(torch.equal(weight, fresh[name]) for name, weight in undisturbed.items())


def test_a_state_of_another_number_of_processes_is_not_continued(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", cut=2)
    monkeypatch.setattr(Trainer, "world_size", 2)
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", cut=0)  # it begins at the beginning


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"accelerator": "gpu", "devices": 4, "precision": "32-true", "enable_progress_bar": True}, {}),
        ({"precision": "bf16-mixed"}, {"precision": "bf16-mixed"}),
        ({"limit_train_batches": 2}, {"limit_train_batches": 2}),
    ],
)
def test_options_that_change_numbers_are_told_from_those_of_place(options: dict, settings: dict) -> None:
    assert numeric_settings(partial(Trainer, **options)) == settings


def test_a_precision_that_converts_the_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="32-true, bf16-mixed, 16-mixed, got 'bf16-true'"):
        numeric_settings(partial(Trainer, precision="bf16-true"))
