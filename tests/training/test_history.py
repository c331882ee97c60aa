"""A row for each epoch: what it says, and that a training is the same with it and without."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.loggers.logger import DummyLogger

from playfair.models.multiscale import multiscale_trn
from playfair.steps.row_store import RowStore
from playfair.training.history import COLUMNS, HISTORY, HistoryFile, read
from playfair.training.sampled_clips import watched_clips
from playfair.video.sampling import segment_centres
from tests.conftest import call_warm
from tests.training.test_fit import PUBLISHED, CutAfter, trained

WITHOUT_TIME = [name for name in COLUMNS if name not in ("clips_per_second", "seconds")]


class Draws(Callback):
    """Draws as a user's callback may: while validating, and from what training has at an epoch's end."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, ...]] = []

    def on_validation_batch_end(self, *_: object) -> None:
        self.draw()

    def on_train_epoch_end(self, *_: object) -> None:
        self.drawn.append(self.draw())

    def draw(self) -> tuple[float, ...]:
        return (torch.rand(1).item(), float(np.random.rand()), random.random())  # noqa: NPY002


@pytest.mark.parametrize("workers", [0, 1])
def test_training_is_the_same_to_the_bit_with_validation_and_without(
    tmp_path: Path, workers: int
) -> None:
    weights = []
    drawn = []
    for number, options in enumerate(({"limit_val_batches": 0}, {})):
        np.random.seed(0)  # noqa: NPY002
        random.seed(0)
        draws = Draws()
        weights.append(trained(tmp_path / str(number), draws, workers=workers, **options))
        drawn.append(draws.drawn)
    for name, weight in weights[0].items():
        assert torch.equal(weight, weights[1][name]), name
    assert drawn[0] == drawn[1] and len(drawn[0]) == 4


def history_of(folder: Path, *callbacks: Callback, **options: object):
    of_fit = {"history": folder / HISTORY, "stage": "heads"}
    weights = trained(folder, *callbacks, options=of_fit, **options)
    return weights, read(folder)


def test_a_row_says_what_the_epoch_was(tmp_path: Path) -> None:
    weights, history = history_of(tmp_path, recipe=PUBLISHED)
    assert history.columns.tolist() == list(COLUMNS)
    assert history["stage"].tolist() == ["heads"] * 4 and history["epoch"].tolist() == [1, 2, 3, 4]
    # a tenth from the epochs 1 and 3 on: the rate of the epoch's own steps, and not of the next's
    assert history["lr"].tolist() == pytest.approx([0.5, 0.05, 0.05, 0.005])
    # the last epoch's validation, by hand: all clips, frames at the segments' centres
    store = RowStore(tmp_path / "rows", n_clips=12, block=12)
    clips = np.stack([store[clip][segment_centres(6, 4)] for clip in range(12)])
    head = multiscale_trn(3, 8, 16, 3, dropout=0.3).eval()
    head.load_state_dict(weights)
    target = torch.arange(12) % 3
    logits = head(torch.from_numpy(clips))
    assert history["val_loss"].iloc[-1] == pytest.approx(
        torch.nn.functional.cross_entropy(logits, target).item(), rel=1e-5
    )
    assert history["val_top1"].iloc[-1] == pytest.approx(
        (logits.argmax(1) == target).float().mean().item()
    )
    # 12 clips in each of these seconds, validation apart
    assert (history["clips_per_second"] * history["seconds"] >= 12 * 0.99).all()
    assert (history["loss"] > 0).all()


def test_a_run_that_was_cut_has_one_row_for_each_epoch(tmp_path: Path) -> None:
    _, whole = history_of(tmp_path / "a")
    with pytest.raises(RuntimeError, match="cut"):
        history_of(tmp_path / "b", CutAfter(2))
    half = read(tmp_path / "b")
    assert half["epoch"].tolist() == [1, 2]
    # as a process leaves it that was killed between the row and the state: a row too many
    late = dict(half.iloc[-1], epoch=3, loss=99.0)
    text = (tmp_path / "b" / HISTORY).read_text()
    (tmp_path / "b" / HISTORY).write_text(text + ",".join(str(late[c]) for c in COLUMNS) + "\n")
    _, resumed = history_of(tmp_path / "b")
    assert resumed[WITHOUT_TIME].to_dict("list") == whole[WITHOUT_TIME].to_dict("list")


def test_a_training_that_begins_anew_begins_its_history_anew(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="cut"):
        history_of(tmp_path, CutAfter(2))
    for state in tmp_path.glob("training/*"):
        state.rename(tmp_path / "elsewhere")
    _, history = history_of(tmp_path)
    assert history["epoch"].tolist() == [1, 2, 3, 4]


class Notebook(DummyLogger):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, float]] = []

    def log_metrics(self, metrics, step=None) -> None:
        self.told.append(dict(metrics))


def test_a_logger_is_told_each_row_under_the_stages_name(tmp_path: Path, monkeypatch) -> None:
    notebook = Notebook()
    make = Trainer.__init__
    monkeypatch.setattr(
        Trainer, "__init__", lambda self, **options: make(self, **{**options, "logger": notebook})
    )
    _, history = history_of(tmp_path, check_val_every_n_epoch=2)
    names = {"epoch", "loss", "lr", "clips_per_second", "seconds"}
    assert set(notebook.told[0]) == {f"heads/{name}" for name in names}
    assert set(notebook.told[1]) - set(notebook.told[0]) == {"heads/val_loss", "heads/val_top1"}
    assert [row["heads/epoch"] for row in notebook.told] == [1, 2, 3, 4]
    assert [row["heads/loss"] for row in notebook.told] == pytest.approx(history["loss"].tolist())
    # where nothing was validated the row has none
    for name in ("val_top1", "val_loss"):
        assert history[name].isna().tolist() == [True, False, True, False]


@pytest.mark.parametrize("content", ["", "stage,epoch\nvideo,1\n", "\x00\xff"])
def test_a_history_that_cannot_be_read_is_left_out_and_told(
    tmp_path: Path, content: str, caplog
) -> None:
    assert len(read(tmp_path)) == 0 and not caplog.messages
    (tmp_path / HISTORY).write_text(content)
    assert len(read(tmp_path)) == 0
    assert HISTORY in caplog.text
    file = HistoryFile(tmp_path / HISTORY)
    file.begin(5)
    assert file.rows == [] and read(tmp_path).columns.tolist() == list(COLUMNS)


def test_histories_are_read_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; [sys.modules.pop(name) for name in list(sys.modules) "
        "if name.partition('.')[0] in ('torch', 'pytorch_lightning')]; "
        "from playfair.training.history import read; from playfair.steps.histories import histories; "
        "histories([]); assert not {'torch', 'pytorch_lightning'} & set(sys.modules)"
    )
    done = call_warm(code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_ranks_share_the_watched_clips_equally() -> None:
    shares = [watched_clips(11, 100, rank, 4) for rank in range(4)]
    assert {len(share) for share in shares} == {2}
    assert len({clip for share in shares for clip in share}) == 8
    assert watched_clips(3, 100, rank=2, world_size=4) == [0, 1, 2]  # all, where there are too few
    many = watched_clips(24_777, 168_913)
    assert len(many) == math.ceil(168_913 / 50) and len(set(many)) == len(many)
    assert many[0] == 0 and many[-1] == 24_776 and max(np.diff(many)) <= 8
