"""How training is watched is no part of what is trained, and what changes the weights is."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pytorch_lightning import Callback
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.profilers import SimpleProfiler

from playfair.steps.step import record
from playfair.steps.trainer_settings import changes_weights, training_settings
from playfair.steps.watchers import callbacks_of, profiler_of, require_watchers
from playfair.steps.workplace import Workplace
from playfair.targets import instantiate
from tests.conftest import studies

LIGHTNING = "pytorch_lightning.callbacks"
STOPS = f"{{_target_: {LIGHTNING}.EarlyStopping, monitor: val_loss, patience: 2}}"
WATCHES = f"{{_target_: {LIGHTNING}.ModelCheckpoint, monitor: val_top1, mode: max}}"


def settings(*typed: str) -> list[object]:
    """What video and heads are known by."""
    (study,) = studies("model=trn", *typed)
    of_steps = []
    for step in (study.video_step, study.head_step):
        of_step = record(step)
        names = {name: list(needed["settings"]) for name, needed in of_step["inputs"].items()}
        of_steps.append((of_step["settings"], sorted(names)))
    return of_steps


@pytest.fixture(scope="module")
def plain() -> list[object]:
    return settings()


@pytest.mark.parametrize(
    "typed",
    [
        f"trainer.callbacks=[{WATCHES}]",
        "trainer.profiler=simple",
        "trainer.check_val_every_n_epoch=3",
        "+trainer.limit_val_batches=2",
        "trainer.num_sanity_val_steps=2",
        "+trainer.enable_progress_bar=false",
    ],
)
def test_what_watches_is_no_part_of_the_identity(plain, typed: str) -> None:
    assert settings(typed) == plain


def test_options_that_say_nothing_leave_old_outputs_findable(plain) -> None:
    for of_step, _ in plain:
        recipe = of_step["model"].get("training") or of_step["model"]["heads"]
        assert not {"keep", "patience", "at_once", "clip"} & set(recipe)
        assert of_step["trainer"] == {}


@pytest.mark.parametrize(
    ("typed", "video", "heads"),
    [
        (f"trainer.callbacks=[{STOPS}]", True, True),
        ("model.trn.training.keep=best", True, False),
        ("model.trn.heads.patience=3", False, True),
        ("model.trn.heads.clip=3", False, True),
        ("+trainer.limit_train_batches=3", True, True),
    ],
)
def test_what_changes_the_weights_is(plain, typed: str, video: bool, heads: bool) -> None:
    now = settings(typed)
    assert [now[0] != plain[0], now[1] != plain[1]] == [video, heads]


def test_heads_that_are_chosen_by_validation_are_made_from_its_features_too(plain) -> None:
    assert plain[1][1] == ["features"]
    assert settings("model.trn.heads.keep=best")[1][1] == ["features", "validation_features"]


def test_how_often_is_validated_counts_where_it_chooses() -> None:
    trainer = {"check_val_every_n_epoch": 2, "limit_val_batches": 4}
    assert training_settings(trainer, {"epochs": 3}) == {}
    assert training_settings(trainer, {"patience": 1}) == trainer
    stops = {"_target_": f"{LIGHTNING}.EarlyStopping", "monitor": "val_loss"}
    of_callback = training_settings({**trainer, "callbacks": [stops]}, {"epochs": 3})
    assert of_callback == {**trainer, "callbacks": [stops]}
    assert training_settings({**trainer, "callbacks": [stops]}, None) == {}


@pytest.fixture
def own(monkeypatch) -> None:
    module = ModuleType("own_callbacks")
    module.Counts = type("Counts", (Callback,), {"changes_weights": False})
    module.Averages = type("Averages", (Callback,), {})
    monkeypatch.setitem(sys.modules, "own_callbacks", module)


def test_a_callback_of_ones_own_counts_unless_it_says_that_it_only_watches(own) -> None:
    assert not changes_weights({"_target_": "own_callbacks.Counts"})
    assert changes_weights({"_target_": "own_callbacks.Averages"})
    assert changes_weights({"_target_": "nowhere.Callback"})


def workplace(folder: Path | None = None, **trainer: object) -> Workplace:
    return Workplace(instantiate, trainer, run_folder=folder)


def test_callbacks_are_new_for_each_training_and_checkpoints_lie_with_the_run(tmp_path) -> None:
    checkpoint = {"_target_": f"{LIGHTNING}.ModelCheckpoint", "monitor": "val_top1"}
    stops = {"_target_": f"{LIGHTNING}.EarlyStopping", "monitor": "val_loss"}
    place = workplace(tmp_path, callbacks=[checkpoint, stops])
    first = callbacks_of(place, "trn, video")
    second = callbacks_of(place, "trn, heads")
    assert [type(callback) for callback in first] == [ModelCheckpoint, EarlyStopping]
    assert not set(map(id, first)) & set(map(id, second))
    assert first[0].dirpath == str(tmp_path / "checkpoints" / "trn-video")
    assert second[0].dirpath == str(tmp_path / "checkpoints" / "trn-heads")
    own_place = {**checkpoint, "dirpath": str(tmp_path / "mine")}
    assert callbacks_of(workplace(callbacks=[own_place]), "x")[0].dirpath == str(tmp_path / "mine")


@pytest.mark.parametrize("wrong", ["EarlyStopping", {"monitor": "val_loss"}])
def test_what_is_no_callback_is_refused_by_name(wrong) -> None:
    with pytest.raises(ValueError, match="Expected trainer.callbacks to be a list of sections"):
        callbacks_of(workplace(callbacks=[wrong]), "trn, video")


def test_a_profiler_writes_into_the_runs_folder(tmp_path: Path) -> None:
    profiler = profiler_of(workplace(tmp_path, profiler="simple"), "trn, video")
    assert isinstance(profiler, SimpleProfiler)
    assert (profiler.dirpath, profiler.filename) == (tmp_path, "profile-trn-video")
    section = {"_target_": "pytorch_lightning.profilers.SimpleProfiler", "filename": "mine"}
    own = profiler_of(workplace(tmp_path, profiler=section), "trn, video")
    assert (own.dirpath, own.filename) == (tmp_path, "mine")
    assert profiler_of(workplace(tmp_path, profiler=None), "trn, video") is None
    with pytest.raises(ValueError, match="trainer.profiler to be simple, advanced, pytorch"):
        profiler_of(workplace(tmp_path, profiler="simpel"), "trn, video")


@pytest.mark.parametrize(
    ("trainer", "said"),
    [
        (
            {"callbacks": [{"_target_": f"{LIGHTNING}.EarlyStoping", "monitor": "loss"}]},
            f"There is no _target_={LIGHTNING}.EarlyStoping. Did you mean {LIGHTNING}.EarlyStopping?",
        ),
        (
            {"callbacks": [{"_target_": f"{LIGHTNING}.EarlyStopping"}]},
            "trainer.callbacks: pytorch_lightning.callbacks.EarlyStopping cannot be made so: ",
        ),
        ({"profiler": "no"}, "Expected trainer.profiler to be simple"),
    ],
)
def test_what_cannot_be_made_is_told_before_anything_is_trained(trainer, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        require_watchers(workplace(**trainer))


def test_what_can_be_made_passes() -> None:
    require_watchers(workplace(callbacks=[{"_target_": f"{LIGHTNING}.LearningRateMonitor"}]))
