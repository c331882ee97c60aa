import os
import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from playfair.models.multiscale import multiscale_trn, sampled_logits
from playfair.steps.row_store import RowStore
from playfair.steps.workplace import numeric_settings
from playfair.training.classifier import ScalesClassifier
from playfair.training.fit import (
    Recipe,
    UntrainedError,
    fit,
    require_work_for_all,
    shared_out,
)
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.sources import LabelledClips
from tests.conftest import call_warm

OPTIMIZER = partial(torch.optim.AdamW, lr=1e-2)
SCHEDULE = partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=1e-2)
RECIPE = Recipe(epochs=4, batch_size=4, n_frames=4, optimizer=OPTIMIZER, schedule=SCHEDULE)
SGD = partial(torch.optim.SGD, lr=0.5, momentum=0.9, weight_decay=5e-4)
STEPS = partial(torch.optim.lr_scheduler.MultiStepLR, milestones=[1, 3], gamma=0.1)
PUBLISHED = Recipe(
    epochs=4, batch_size=4, n_frames=4, optimizer=SGD, schedule=STEPS, at_once=2, clip=0.05
)


class CutAfter(Callback):
    """Ends the process's training as a killed one would, before the epoch's state is saved."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: object) -> None:
        if trainer.current_epoch == self.epoch:
            raise RuntimeError("cut")


class Kill(Callback):
    """Kills its own process in the middle of an epoch, as a cluster or a lack of memory would."""

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        if (trainer.current_epoch, trainer.fit_loop.epoch_loop.batch_idx) == (2, 2):
            os.kill(os.getpid(), signal.SIGKILL)


class AloneClassifier(ScalesClassifier):
    """One scale learning by itself, on the coalitions that it is shown among the others."""

    alone: int

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        logits = sampled_logits(self.head, batch["input"])[self.alone - 1]
        return torch.nn.functional.cross_entropy(logits, batch["target"])

    def configure_gradient_clipping(
        self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None
    ) -> None:
        LightningModule.configure_gradient_clipping(
            self, optimizer, gradient_clip_val, gradient_clip_algorithm
        )

    def parameters(self, recurse: bool = True):
        return self.head[self.alone].parameters(recurse)


def trained(
    folder: Path,
    *cutting: Callback,
    recipe: Recipe = RECIPE,
    alone: int | None = None,
    workers: int = 0,
    options: dict[str, object] | None = None,
    **more: object,
) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(0)
    (folder / "rows").mkdir(parents=True, exist_ok=True)
    store = RowStore(folder / "rows", n_clips=12, block=12)
    if store.missing():
        store.write(0, [rng.normal(size=(6, 8)).astype(np.float32) for _ in range(12)])
    labelled = LabelledClips(store, np.arange(12) % 3, np.arange(12))
    torch.manual_seed(0)
    kind = AloneClassifier if alone else ScalesClassifier
    module = kind(
        "trn", multiscale_trn(3, 8, 16, 3, dropout=0.3), recipe.optimizer, recipe.schedule
    )
    if alone:
        module.alone = alone

    def trainer(callbacks: list[Callback], **options: object) -> Trainer:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
        return Trainer(
            accelerator="cpu",
            devices=1,
            use_distributed_sampler=False,
            callbacks=[*callbacks, *cutting],
            **quiet,
            **more,
            **options,
        )

    data = SampledDataModule(
        labelled, labelled, n_frames=4, batch_size=recipe.batch_size, seed=0, workers=workers
    )
    saved: list[dict[str, torch.Tensor]] = []

    def save() -> None:
        saved.append({name: of.clone() for name, of in module.head.state_dict().items()})

    state = folder / "training"
    fit(module, data, trainer, recipe, folder=state, seed=0, save=save, **(options or {}))
    return saved[0]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_that_was_cut_resumes_to_the_weights_of_an_undisturbed_one(
    tmp_path: Path, workers: int
) -> None:
    undisturbed = trained(tmp_path / "a")
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", CutAfter(2), workers=workers)
    assert list((tmp_path / "b").glob("training/*/last.ckpt"))
    torch.manual_seed(123)  # whatever happened in between
    resumed = trained(tmp_path / "b", workers=workers)
    for name, weight in undisturbed.items():
        assert torch.equal(weight, resumed[name]), name
    assert not (tmp_path / "b" / "training").exists()


def test_a_state_of_another_number_of_processes_is_not_continued(
    tmp_path: Path, monkeypatch
) -> None:
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", CutAfter(2))
    monkeypatch.setattr(Trainer, "world_size", 2)
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", CutAfter(0))  # it begins at the beginning


def test_a_training_in_which_a_rank_would_have_no_clip_is_refused(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(Trainer, "world_size", 13)
    with pytest.raises(
        ValueError, match=r"12 clips out to 13 processes: .* trainer\.devices=12 or less"
    ):
        trained(tmp_path, recipe=replace(RECIPE, batch_size=13))
    assert not list(tmp_path.glob("training/*/last.ckpt"))


@pytest.mark.parametrize(("n_clips", "n_ranks"), [(1, 1), (5, 5), (9, 5)])
def test_a_clip_for_each_rank_suffices(n_clips: int, n_ranks: int) -> None:
    require_work_for_all(n_clips, n_ranks)
    with pytest.raises(ValueError, match=r"1 clip out to 2 processes: .* trainer\.devices=1\."):
        require_work_for_all(1, 2)


def test_a_trainer_that_has_done_no_step_has_trained_nothing(tmp_path: Path) -> None:
    with pytest.raises(UntrainedError, match="ended after 0 steps .* Nothing is saved as trained"):
        trained(tmp_path, recipe=PUBLISHED, limit_train_batches=0)


class LightningStops(Callback):
    """As where SIGTERM comes before our handler is put into the place of Lightning's."""

    def on_train_epoch_start(self, trainer: Trainer, pl_module: object) -> None:
        trainer._signal_connector.received_sigterm = True


def test_a_training_that_was_interrupted_is_not_saved_as_trained(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(Trainer, "interrupted", True)
    told = r"ended after 3 steps and 1 of 1 epoch\. Nothing is saved as trained"
    with pytest.raises(UntrainedError, match=told):
        trained(tmp_path, recipe=replace(RECIPE, epochs=1))


def test_what_lightning_has_cut_short_is_not_saved_as_trained(tmp_path: Path) -> None:
    with pytest.raises((UntrainedError, SystemExit)):
        trained(tmp_path, LightningStops())


@pytest.mark.parametrize(
    ("batch_size", "at_once", "n_ranks", "shares"),
    [
        (64, 16, 1, (16, 4)),
        (64, 16, 8, (8, 1)),
        (64, None, 2, (32, 1)),
        (12, 5, 1, (4, 3)),
        (7, 2, 1, (1, 7)),
    ],
)
def test_a_step_is_the_same_videos_on_any_number_of_devices(
    batch_size, at_once, n_ranks, shares
) -> None:
    recipe = Recipe(
        epochs=1, batch_size=batch_size, n_frames=4, optimizer=OPTIMIZER, at_once=at_once
    )
    assert shared_out(recipe, n_ranks) == shares
    assert shares[0] * shares[1] * n_ranks == batch_size


def test_a_batch_that_devices_cannot_share_equally_is_refused() -> None:
    with pytest.raises(
        ValueError,
        match="A batch of 32 videos cannot be shared equally by 3 devices.*batch_size to 33",
    ):
        shared_out(Recipe(epochs=1, batch_size=32, n_frames=4, optimizer=OPTIMIZER), 3)
    with pytest.raises(ValueError, match="A batch of 1 video cannot .*batch_size to 2"):
        shared_out(Recipe(epochs=1, batch_size=1, n_frames=4, optimizer=OPTIMIZER), 2)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (
            {
                "accelerator": "gpu",
                "devices": 4,
                "precision": "32-true",
                "enable_progress_bar": True,
            },
            {},
        ),
        ({"precision": "bf16-mixed"}, {"precision": "bf16-mixed"}),
        ({"limit_train_batches": 2}, {"limit_train_batches": 2}),
    ],
)
def test_options_that_change_numbers_are_told_from_those_of_place(
    options: dict, settings: dict
) -> None:
    assert numeric_settings(options) == settings


def test_a_precision_that_converts_the_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="32-true, bf16-mixed, 16-mixed, got 'bf16-true'"):
        numeric_settings({"precision": "bf16-true"})


def killed(call: str, folder: Path) -> None:
    """Calls a function of this file in another process, which is killed before it has trained."""
    code = f"import sys; from pathlib import Path; from tests.training.test_fit import *; {call}"
    assert call_warm(code, str(folder), cwd=folder.parent).returncode == -signal.SIGKILL
    assert list(folder.glob("training/*/last.ckpt"))


def test_a_killed_process_resumes_to_the_weights_of_an_undisturbed_one(tmp_path: Path) -> None:
    """SIGKILL in the middle of an epoch; with momentum, steps, clipping and accumulated batches."""
    undisturbed = trained(tmp_path / "a", recipe=PUBLISHED)
    killed("trained(Path(sys.argv[1]), Kill(), recipe=PUBLISHED)", tmp_path / "b")
    resumed = trained(tmp_path / "b", recipe=PUBLISHED)
    for name, weight in undisturbed.items():
        assert torch.equal(weight, resumed[name]), name


def killed_while_a_state_is_copied(folder: Path) -> None:
    """As where temporary files lie on another disk: what replaces the last epoch's state is copied into its place."""

    def copy(source: str, target: str) -> None:
        content, second = Path(source).read_bytes(), list(Path(target).parent.glob("last.ckpt"))
        Path(target).write_bytes(content[: len(content) // 2] if second else content)
        if second:
            os.kill(os.getpid(), signal.SIGKILL)

    shutil.move = copy
    trained(folder)


def test_a_process_killed_while_it_saves_resumes_from_the_state_before(tmp_path: Path) -> None:
    undisturbed = trained(tmp_path / "a")
    killed("killed_while_a_state_is_copied(Path(sys.argv[1]))", tmp_path / "b")
    resumed = trained(tmp_path / "b")
    for name, weight in undisturbed.items():
        assert torch.equal(weight, resumed[name]), name


@pytest.mark.parametrize("recipe", [RECIPE, PUBLISHED], ids=["AdamW", "SGD, steps, clipped"])
def test_all_scales_in_one_run_equal_each_scale_trained_alone(
    tmp_path: Path, recipe: Recipe
) -> None:
    recipe = replace(recipe, epochs=2)
    together = trained(tmp_path / "together", recipe=recipe)
    for scale in (1, 2, 3):
        alone = trained(tmp_path / f"alone-{scale}", recipe=recipe, alone=scale)
        for name in [name for name in together if name.startswith(f"scales.{scale - 1}.")]:
            assert torch.equal(together[name], alone[name]), name


def test_accumulated_batches_share_a_step_and_draw_each_its_own(tmp_path: Path) -> None:
    plain = partial(torch.optim.SGD, lr=0.1)
    halves = Recipe(epochs=1, batch_size=4, n_frames=4, optimizer=plain, at_once=2)
    seeds = Seeds()
    trained(tmp_path, seeds, recipe=halves)
    assert len(set(seeds.drawn)) == 6 and seeds.steps == 3  # 12 clips: every batch draws anew


class Seeds(Callback):
    def __init__(self) -> None:
        self.drawn: list[int] = []
        self.steps = 0

    def on_train_batch_start(self, trainer: Trainer, *_: object) -> None:
        self.drawn.append(torch.initial_seed())

    def on_train_end(self, trainer: Trainer, *_: object) -> None:
        self.steps = trainer.global_step
