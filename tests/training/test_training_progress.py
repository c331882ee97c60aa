"""What the screen says while a model learns."""

import io
import logging
import re
import time
from pathlib import Path

import pytest
from pytorch_lightning import Callback

from playfair.training import training_progress
from playfair.training.epochs import Epochs
from playfair.training.training_progress import TrainingProgress
from tests.training.test_fit import trained

LINE = re.compile(
    r"trn, heads: epoch 4 of 4: loss [\d.]+, validation accuracy [\d.]+ %, learning rate 4e-08, "
    r"[\d,.]+ clips/s"
)


class Slow(Callback):
    """The second batch of all takes its time."""

    def on_train_batch_start(self, trainer, *_: object) -> None:
        if trainer.global_step == 1:
            time.sleep(0.5)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch):
    def of_training(*callbacks: Callback) -> list[str]:
        caplog.set_level(logging.INFO, "playfair")
        trained(tmp_path, *callbacks, options={"name": "trn, heads", "stage": "heads"})
        return caplog.messages

    monkeypatch.setattr(training_progress, "REDRAWN", 0.02)
    return of_training


def test_quick_epochs_are_told_by_their_last(lines) -> None:
    told = lines()
    assert len(told) == 1 and LINE.fullmatch(told[0]), told


def test_every_epoch_is_told_where_they_take_longer(lines, monkeypatch) -> None:
    monkeypatch.setattr(training_progress, "BETWEEN", 0.0)
    told = lines()
    assert [line.split(":")[1] for line in told] == [f" epoch {n} of 4" for n in (1, 2, 3, 4)]
    assert re.search(r"clips/s, \d+ s left$", told[0]) and LINE.fullmatch(told[3])


def test_nobody_is_left_without_a_word_while_a_batch_takes_long(lines, monkeypatch) -> None:
    monkeypatch.setattr(training_progress, "SILENCE", 0.1)
    told = [line for line in lines(Slow()) if "batch 1 of 3" in line]
    assert len(told) >= 3
    assert re.fullmatch(
        r"trn, heads: epoch 1 of 4, batch 1 of 3: loss [\d.]+, learning rate [\d.e-]+, [\d.]+ "
        r"clips/s, \d+ s left",
        told[0],
    ), told[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at(done: int, first: int, seconds: float, monkeypatch) -> TrainingProgress:
    """As it stands after so many batches of 5 epochs of 10, of which this run has done `done - first`."""
    progress = TrainingProgress("trn, video", 5, Epochs("video"), Terminal())
    progress.n_batches = 10
    progress.began = 100.0
    progress.done = done
    progress.first = first
    monkeypatch.setattr(training_progress.time, "perf_counter", lambda: 100.0 + seconds)
    return progress


def test_the_time_left_is_that_of_all_epochs_at_the_pace_of_this_run(monkeypatch) -> None:
    # 10 of this run's batches took 30 s: the other 20 of 50 take 60 s
    assert at(30, 20, 30.0, monkeypatch)._left() == ", 60 s left"
    assert at(50, 20, 30.0, monkeypatch)._left() == ""
    assert at(20, 20, 30.0, monkeypatch)._left() == ""
    assert at(10, 0, 7200.0, monkeypatch)._left() == ", 8.0 h left"


def test_a_resumed_run_waits_for_its_first_clips_in_its_own_epoch(monkeypatch) -> None:
    line = at(20, 20, 1.0, monkeypatch).line()
    assert line == "epoch 3 of 5, batch 0 of 10: waiting for the first clips"


def test_in_a_terminal_one_line_is_drawn_over_and_kept_within_its_width(monkeypatch) -> None:
    progress = at(30, 20, 30.0, monkeypatch)
    monkeypatch.setenv("COLUMNS", "20")
    progress._draw("x" * 99)
    assert progress.out.getvalue() == "\r\x1b[K" + "x" * 19


@pytest.mark.parametrize(("speed", "told"), [(1040.4, "1,040"), (78.93, "78.9"), (0.5, "0.5")])
def test_speeds_are_told_as_people_write_them(speed: float, told: str, monkeypatch) -> None:
    progress = at(30, 20, 30.0, monkeypatch)
    progress.epochs.row = {"clips_per_second": speed}
    assert progress._pace().endswith(f", {told} clips/s")
