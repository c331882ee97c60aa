"""Which epoch is kept, where training ends, and a user's callbacks, those that raise among them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from pytorch_lightning import Callback, Trainer

from playfair.steps.damage import DamageError
from playfair.steps.training_state import DurableCheckpoints
from playfair.training.callback_error import CallbackError
from playfair.training.chosen_epoch import BestEpoch
from playfair.training.history import HISTORY, read
from tests.training.test_fit import RECIPE, CutAfter, trained

# so fast that later epochs are worse: the best is not the last
STEEP = replace(RECIPE, optimizer=partial(torch.optim.SGD, lr=3.0), schedule=None, epochs=5)
STILL = replace(RECIPE, optimizer=partial(torch.optim.SGD, lr=0.0), schedule=None, epochs=6)


class Copies(Callback):
    """The weights after each epoch."""

    def __init__(self) -> None:
        self.weights: list[dict[str, torch.Tensor]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module) -> None:
        weights = pl_module.head.state_dict()
        self.weights.append({name: weight.clone() for name, weight in weights.items()})


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(weight, other[name]) for name, weight in one.items())


def options(folder: Path, *users: Callback) -> dict[str, object]:
    return {"history": folder / HISTORY, "users": users, "name": "trn, heads"}


def test_the_best_epoch_is_kept_whether_the_run_was_cut_or_not(tmp_path: Path) -> None:
    copies = Copies()
    recipe = replace(STEEP, keep="best")
    kept = trained(tmp_path / "a", copies, recipe=recipe, options=options(tmp_path / "a"))
    history = read(tmp_path / "a")
    order = sorted(
        history.to_dict("records"),
        key=lambda row: (-row["val_top1"], row["val_loss"], row["epoch"]),
    )
    best = order[0]["epoch"]
    assert best < 5  # else nothing is shown
    assert same(kept, copies.weights[best - 1]) and not same(kept, copies.weights[-1])
    last = trained(tmp_path / "last", recipe=STEEP)
    assert same(last, copies.weights[-1])
    with pytest.raises(RuntimeError, match="cut"):
        trained(tmp_path / "b", CutAfter(best), recipe=recipe)
    assert same(trained(tmp_path / "b", recipe=recipe), kept)


def test_weights_of_the_best_epoch_are_read_as_they_were_written(tmp_path: Path) -> None:
    best = BestEpoch(DurableCheckpoints())
    best.file = tmp_path / "best.ckpt"
    module = torch.nn.Linear(2, 1)
    best.put_back(module)  # none was judged, and nothing is read
    best.checkpoints.save_checkpoint({"weights": module.state_dict()}, best.file)
    best.epoch = 3
    best.put_back(module)
    best.file.write_bytes(best.file.read_bytes()[:-40] + bytes(40))
    with pytest.raises(DamageError, match="best.ckpt is damaged"):
        best.put_back(module)


def test_training_ends_when_validation_does_not_gain(tmp_path: Path) -> None:
    recipe = replace(STILL, patience=2)
    trained(tmp_path, recipe=recipe, options=options(tmp_path))
    assert read(tmp_path)["epoch"].tolist() == [1, 2, 3]  # the first, and two that are no better


class Raises(Callback):
    """Divides by zero at an epoch's end, or at the end of all."""

    def __init__(self, epoch: int | None) -> None:
        self.epoch = epoch

    def on_train_epoch_end(self, trainer: Trainer, pl_module) -> None:
        if trainer.current_epoch == self.epoch:
            self.divide()

    def on_train_end(self, trainer: Trainer, pl_module) -> None:
        if self.epoch is None:
            self.divide()

    def divide(self) -> None:
        1 / 0  # noqa: B018


def test_a_training_that_had_ended_early_is_not_gone_on_with(tmp_path: Path) -> None:
    recipe = replace(STILL, patience=2)
    with pytest.raises(CallbackError, match="on_train_end|divide"):
        trained(tmp_path, recipe=recipe, options=options(tmp_path, Raises(None)))
    trained(tmp_path, recipe=recipe, options=options(tmp_path))
    assert read(tmp_path)["epoch"].tolist() == [1, 2, 3]


def test_a_users_callback_that_raises_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    undisturbed = trained(tmp_path / "a")
    with pytest.raises(CallbackError) as told:
        trained(tmp_path / "b", options=options(tmp_path / "b", Raises(2)))
    message = str(told.value)
    assert message.startswith("Raises of trainer.callbacks has raised ZeroDivisionError: division")
    assert "test_chosen_epoch.py, line " in message and "while trn, heads was trained" in message
    assert "the state of the last whole epoch is kept" in message
    assert isinstance(told.value.__cause__, ZeroDivisionError)
    # what an earlier epoch has learnt is there, and the third is learnt again
    assert same(trained(tmp_path / "b", options=options(tmp_path / "b")), undisturbed)
    assert read(tmp_path / "b")["epoch"].tolist() == [1, 2, 3, 4]


def test_one_that_raises_in_the_first_epoch_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CallbackError, match="No epoch was finished, so that nothing is lost"):
        trained(tmp_path, options=options(tmp_path, Raises(0)))


def test_other_errors_are_not_laid_at_a_callbacks_door(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="^cut$"):
        trained(tmp_path, CutAfter(1), options=options(tmp_path, Copies()))


@pytest.mark.parametrize("recipe", [{"keep": "best"}, {"patience": 1}], ids=["best", "patience"])
@pytest.mark.parametrize("more", [{"limit_val_batches": 0}, {"check_val_every_n_epoch": 9}])
def test_nothing_is_chosen_where_nothing_is_validated(tmp_path: Path, recipe, more) -> None:
    with pytest.raises(ValueError, match="judges by validation, and there is none in 4 epochs"):
        trained(tmp_path, recipe=replace(RECIPE, **recipe), **more)
