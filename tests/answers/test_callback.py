"""The callback in a Trainer of one's own, as docs/extend/callback.md shows it, alone and in two ranks."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping
from torch.utils.data import DataLoader, TensorDataset

import playfair
from playfair.answers.callback import Clips, joined
from tests.conftest import ROOT, call_warm
from tests.extend.pages import write_files
from tests.shapley.oracles import multiscale

QUIET = {
    "accelerator": "cpu",
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "logger": False,
}


class Mine(LightningModule):
    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.net = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.Dropout(0.5))

    def forward(self, x):
        return self.net(x).mean(1)

    def validation_step(self, batch, batch_idx):
        return None

    test_step = validation_step

    def predict_step(self, batch, batch_idx):
        return self(batch["clip"])


def clips() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(11, 5, 8, generator=torch.Generator().manual_seed(0)), torch.arange(11) % 4


def loader() -> DataLoader:
    return DataLoader(TensorDataset(*clips()), batch_size=3)


def stores(folder: Path) -> dict[str, xr.Dataset]:
    return {path.name[:-9]: xr.open_zarr(path) for path in folder.glob("*/esvs/*")}


def check(store: xr.Dataset, head, x: torch.Tensor, labels) -> None:
    """Every clip once, in order, as `explain` explains it."""
    expected = playfair.explain(head, x)
    assert store["video"].values.tolist() == [str(place) for place in range(len(x))]
    np.testing.assert_allclose(store["esv"], expected.esv, atol=1e-6)
    np.testing.assert_allclose(store["score"], expected.score, atol=1e-6)
    assert store["label"].values.tolist() == labels.tolist()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_files("callback", tmp_path)
    monkeypatch.chdir(tmp_path)
    return runpy.run_path("learn_and_explain.py")


def test_the_page_explains_every_other_epoch_of_a_training(page, tmp_path: Path) -> None:
    quiet = {name: QUIET[name] for name in QUIET if name.startswith("enable")}
    trainer = page["fit"](**quiet)
    saved = stores(tmp_path / "my_esvs")
    assert sorted(saved) == ["mine-epoch-2-6-frames", "mine-epoch-4-6-frames"]
    dataset = trainer.val_dataloaders.dataset
    module = trainer.lightning_module
    check(saved["mine-epoch-4-6-frames"], module.head.eval(), *dataset.tensors)
    before = saved["mine-epoch-2-6-frames"]["esv"].values
    assert np.abs(before - saved["mine-epoch-4-6-frames"]["esv"].values).max() > 1e-4
    assert trainer.callbacks[0].answer.class_names is None
    assert len((tmp_path / "learn_and_explain.py").read_text().splitlines()) < 50


class Learning(Mine):
    def training_step(self, batch, batch_idx):
        loss = torch.nn.functional.cross_entropy(self(batch[0]), batch[1])
        self.log("loss", loss.detach())
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def test_the_last_epoch_alone_where_every_is_none(tmp_path: Path) -> None:
    callback = playfair.ESVCallback(tmp_path, every=None, class_names=list("abcd"))
    trainer = Trainer(max_epochs=2, callbacks=[callback], **QUIET)
    trainer.fit(Learning(), loader(), loader())
    [(name, store)] = stores(tmp_path).items()
    assert name == "model-epoch-2-5-frames"
    assert store["class_name"].values.tolist() == list("abcd")


@pytest.mark.parametrize("verb", ["validate", "test"])
def test_evaluations_outside_a_training_are_explained(tmp_path: Path, verb: str) -> None:
    module = Mine()
    trainer = Trainer(callbacks=[playfair.ESVCallback(tmp_path)], **QUIET)
    getattr(trainer, verb)(module, loader(), verbose=False)
    [store] = stores(tmp_path).values()
    check(store, module.eval(), *clips())


def test_a_part_is_looked_at_once_in_an_evaluation(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    module = Mine()

    def counted(x: torch.Tensor) -> torch.Tensor:
        seen.append((len(x), x.shape[1]))
        return module(x)

    prior = torch.full((4,), 0.25)
    callback = playfair.ESVCallback(tmp_path, prior, part=lambda _: counted)
    trainer = Trainer(callbacks=[callback], **QUIET)
    passes = []
    for _ in range(2):
        trainer.validate(module, loader(), verbose=False)
        passes.append(sum(size == 5 for _, size in seen))
        seen.clear()
    # 4 batches of whole clips, and the looks of the first: with it, and again in the second
    module.eval()
    alone = playfair.explain(counted, clips()[0][:3], prior)
    assert alone.score.shape == (3, 4)
    looks = sum(size == 5 for _, size in seen) - 1
    assert looks > 0 and passes == [4 + looks] * 2


class Named(torch.utils.data.Dataset):
    def __len__(self):
        return 7

    def __getitem__(self, place):
        return {"clip": clips()[0][place], "uid": f"clip-{place}"}


def test_a_loader_that_shuffles_names_its_clips(tmp_path: Path) -> None:
    module = Mine()
    shuffled = DataLoader(Named(), batch_size=2, shuffle=True)
    given = {"sees": lambda batch: batch["clip"], "target": None}
    trainer = Trainer(callbacks=[playfair.ESVCallback(tmp_path, **given)], **QUIET)
    with pytest.raises(ValueError, match=r"uid=lambda batch"):
        trainer.predict(module, shuffled)
    given["uid"] = lambda batch: batch["uid"]
    trainer = Trainer(callbacks=[playfair.ESVCallback(tmp_path, **given)], **QUIET)
    trainer.predict(module, shuffled)
    [store] = stores(tmp_path).values()
    assert store["video"].values.tolist() == [f"clip-{place}" for place in range(7)]
    expected = playfair.explain(module.eval(), clips()[0][:7])
    np.testing.assert_allclose(store["esv"], expected.esv, atol=1e-6)
    assert store["label"].values.tolist() == [-1] * 7


def test_batches_that_were_told_by_different_estimators_are_all_named() -> None:
    alone = playfair.explain(lambda x: x.mean(1), torch.randn(2, 3, 4))
    told = [
        ("stratified", "of a", 4),
        ("kernel", "of b", None),
        ("kernel and stratified", "of c", 6),
        ("kernel", "of d", 2),
    ]
    batches = []
    for number, (estimator, why, batch_size) in enumerate(told):
        answer = replace(alone, estimator=estimator, why=why, batch_size=batch_size)
        batches.append(Clips((2 * number, 2 * number + 1), torch.zeros(2), answer))
    answer = joined(batches)
    assert answer.estimator == "kernel and stratified" and answer.batch_size == 6
    assert answer.why == (
        "stratified in 1 of 4 batches (of the first: of a); kernel in 2 of 4 batches (of the first: "
        "of b); kernel and stratified in 1 of 4 batches (of the first: of c)"
    )
    alike = joined([batches[0], replace(batches[0], uids=(2, 3))])
    assert (alike.estimator, alike.why) == ("stratified", "of a")
    of_surrogate = replace(alone, estimator="surrogate", plain=torch.tensor([True, False]))
    told_twice = [
        Clips((0, 1), torch.zeros(2), of_surrogate),
        Clips((2, 3), torch.zeros(2), of_surrogate),
    ]
    assert "on 2 of 4 videos they tell less than 0.5" in joined(told_twice).why


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"every": 0}, "every must be a number of epochs"),
        ({"every": 1.5}, "every must be a number of epochs"),
        ({"options": {"progres": True}}, r"options must be some of batch_size.*got \['progres'\]"),
        ({"options": {"budget": -1}}, "budget must be a positive number"),
    ],
)
def test_what_means_nothing_is_told_before_anything_is_learnt(given, told, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        playfair.ESVCallback(tmp_path, **given)


@pytest.mark.parametrize(
    ("every", "validated", "max_epochs", "expected"),
    [
        (1, 1, 3, [1, 2, 3]),
        (2, 1, 5, [2, 4]),
        (2, 3, 9, [3, 6, 9]),
        (6, 3, 12, [6, 12]),
        (None, 1, 4, [4]),
        (None, 3, 7, [6]),
        (None, 1, -1, []),
    ],
)
def test_which_validations_of_a_training_are_explained(
    every, validated, max_epochs, expected, tmp_path: Path
) -> None:
    callback = playfair.ESVCallback(tmp_path, every=every)
    trainer = Trainer(max_epochs=max_epochs, check_val_every_n_epoch=validated, **QUIET)
    trainer.state.fn = "fit"
    due = []
    for epoch in range(validated, (4 if max_epochs < 0 else max_epochs) + 1, validated):
        trainer.fit_loop.epoch_progress.current.completed = epoch - 1
        if callback.is_due(trainer):
            due.append(epoch)
    assert due == expected


def test_the_last_of_so_many_steps_is_explained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And a clip of no known class has the label -1."""
    callback = playfair.ESVCallback(tmp_path, every=None, target=lambda batch: batch[1] - 1)
    Trainer(max_steps=8, callbacks=[callback], **QUIET).fit(Learning(), loader(), loader())
    ((name, store),) = stores(tmp_path).items()
    assert "-epoch-2-" in name and store["label"].values.tolist()[:5] == [-1, 0, 1, 2, -1]
    assert "no validation of this training" not in caplog.text


def test_a_training_that_ends_before_it_was_explained_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stop = EarlyStopping("loss", patience=1, mode="max")
    given = {"max_epochs": 9, "callbacks": [playfair.ESVCallback(tmp_path, every=None), stop]}
    trainer = Trainer(**given, **QUIET)
    trainer.fit(Learning(), loader(), loader())
    assert "no validation of this training was explained, which ended in epoch 2" in caplog.text
    assert "type trainer.validate(module, loader)" in caplog.text and not stores(tmp_path)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"sees": lambda batch: batch}, "sees must give a tensor .* it gave list"),
        ({"target": lambda batch: batch[0]}, r"it gave torch.float32 of shape \(3, 5, 8\)"),
        ({"target": lambda batch: batch[1][:1]}, r"each of 3 clips of a batch; .* shape \(1,\)"),
        ({"target": lambda batch: batch[1] + 2}, r"from 0 to 3, or -1 .* it gave \[2, 3, 4\]"),
        ({"target": lambda batch: batch[1] - 2}, r"from 0 to 3, or -1 .* it gave \[-2, -1, 0\]"),
        ({"class_names": ["a"]}, "class_names of 4 classes, got 1"),
    ],
)
def test_functions_that_do_not_fit_are_told_before_anything_is_learnt(
    given, told, tmp_path: Path
) -> None:
    module = Learning()
    callback = playfair.ESVCallback(tmp_path, every=2, **given)
    with pytest.raises(ValueError, match=told):
        Trainer(max_epochs=2, callbacks=[callback], **QUIET).fit(module, loader(), loader())
    assert module.global_step == 0


def test_different_clips_of_one_name_are_told(tmp_path: Path) -> None:
    callback = playfair.ESVCallback(tmp_path, uid=lambda batch: ["same"] * len(batch[0]))
    with pytest.raises(ValueError, match="clips of different scores are called 'same'"):
        Trainer(callbacks=[callback], **QUIET).validate(Mine(), loader(), verbose=False)


def test_a_clip_that_comes_twice_is_kept_once_whatever_rounding_makes_of_it() -> None:
    """A distributed sampler fills up with clips again; half precision leaves one or two digits."""
    x, labels = clips()
    answer = playfair.explain(Mine().eval(), x[:3])
    again = replace(answer, score=answer.score + 0.05)
    batches = [Clips((0, 1, 2), labels[:3], answer), Clips((2, 1, 0), labels[:3].flip(0), again)]
    batches[1] = replace(batches[1], answer=replace(again, score=again.score.flip(0)))
    whole = joined(batches)
    assert whole.videos == ("0", "1", "2") and torch.equal(whole.score, answer.score)


class Stream(torch.utils.data.IterableDataset):
    def __iter__(self):
        return zip(*clips(), strict=True)


@pytest.mark.parametrize(
    "loaders",
    [
        DataLoader(TensorDataset(*clips()), batch_sampler=[[3, 1], [0, 2]]),
        DataLoader(Stream(), batch_size=3),
        [loader(), loader()],
    ],
)
def test_clips_that_a_loader_draws_in_an_order_of_its_own_are_to_be_named(
    loaders, tmp_path: Path
) -> None:
    class Several(Mine):
        def validation_step(self, batch, batch_idx, dataloader_idx=0):
            return None

    trainer = Trainer(callbacks=[playfair.ESVCallback(tmp_path)], limit_val_batches=2, **QUIET)
    with pytest.raises(ValueError, match=r"or is one of several; name them: .*uid=lambda batch"):
        trainer.validate(Several(), loaders, verbose=False)


RANKS = """
import sys
from tests.answers.test_callback import QUIET, Mine, loader
import playfair
from pytorch_lightning import Trainer
callback = playfair.ESVCallback(sys.argv[1])
trainer = Trainer(callbacks=[callback], devices=2, strategy="ddp_fork", **QUIET)
trainer.validate(Mine(), loader(), verbose=False)
"""


def test_two_ranks_write_each_clip_once(tmp_path: Path) -> None:
    """Of 11 clips a sampler gives each rank 6: one is explained twice."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{RANKS}"
    done = call_warm(code, str(tmp_path / "out"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [store] = stores(tmp_path / "out").values()
    check(store, Mine().eval(), *clips())


def test_which_clips_are_of_plain_means_is_told_of_all_batches(tmp_path: Path) -> None:
    class Headed(Mine):
        def __init__(self):
            super().__init__()
            self.head = multiscale(3, feature_dim=8)

    x = torch.randn(7, 9, 8, generator=torch.Generator().manual_seed(0))
    callback = playfair.ESVCallback(
        tmp_path, part=lambda module: module.head, options={"budget": 100}
    )
    batches = DataLoader(TensorDataset(x, torch.zeros(7, dtype=torch.long)), batch_size=3)
    Trainer(callbacks=[callback], **QUIET).validate(Headed(), batches, verbose=False)
    alone = playfair.explain(multiscale(3, feature_dim=8), x, budget=100)
    assert callback.answer.plain.tolist() == alone.plain.tolist()
    assert callback.answer.why == alone.why
    [store] = stores(tmp_path).values()
    assert store["plain"].values.tolist() == alone.plain.tolist()
