"""How far training is, on the screen: epoch, loss, accuracy, rate, speed, time left over all epochs."""

import logging
import math
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from typing import IO, Any

from pytorch_lightning import Callback, LightningModule, Trainer

from playfair.shapley.progress import in_words
from playfair.training.epochs import Epochs

log = logging.getLogger("playfair")

SILENCE = 9.0  # seconds after which a line is written, however long a batch takes
BETWEEN = 4.0  # seconds between the lines of epochs that take less
REDRAWN = 0.5  # seconds between two drawings of the line in a terminal


class TrainingProgress(Callback):
    """A line in the log for each epoch, and every few seconds within long ones; rank 0's.

    In a terminal the line below them is drawn again and again.

    Args:
        name: of what is trained, "trn, heads".
        n_epochs: how many there are to be.
        epochs: measures them; it stands before this callback.
        out: where the line is drawn; None: standard error.
        draws: whether it is drawn at all; what is logged does not depend on it.

    Example:
        epochs = Epochs("heads")
        Trainer(callbacks=[epochs, TrainingProgress("trn, heads", 20, epochs)])
    """

    def __init__(
        self,
        name: str,
        n_epochs: int,
        epochs: Epochs,
        out: IO[str] | None = None,
        *,
        draws: bool = True,
    ) -> None:
        self.name = name
        self.n_epochs = n_epochs
        self.epochs = epochs
        self.out = out or sys.stderr
        self.draws = draws and self.out.isatty()
        self.ended = threading.Event()
        self.watch: threading.Thread | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        self.trainer = trainer
        self.module = pl_module
        self.n_batches = int(trainer.num_training_batches)
        self.began = time.perf_counter()
        self.first = trainer.current_epoch * self.n_batches  # learnt before this run
        self.done = self.first
        self.said = time.perf_counter()
        self.ended.clear()
        self.watch = threading.Thread(target=self._watch, daemon=True, name="progress")
        self.watch.start()

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        if self.watch:
            self.done += 1

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self.watch:
            return
        row = self.epochs.row
        is_last = row["epoch"] == self.n_epochs or trainer.should_stop
        waited = max(row["seconds"], time.perf_counter() - self.said)
        if is_last or waited >= BETWEEN:
            values = [f"loss {row['loss']:.3g}", *validated(row), self._pace()]
            self._say(f"epoch {row['epoch']} of {self.n_epochs}: {', '.join(values)}{self._left()}")

    def on_train_end(self, *_: Any) -> None:
        self._end()

    def on_exception(self, *_: Any) -> None:
        self._end()

    def teardown(self, *_: Any, **__: Any) -> None:
        self._end()

    def line(self) -> str:
        """Where training is now: the last batch's loss, and what the last epoch's validation said."""
        epoch = min(self.done // self.n_batches + 1, self.n_epochs)
        batch = self.done % self.n_batches
        if self.epochs.is_validating:
            now = self.trainer.current_epoch + 1
            return f"epoch {now} of {self.n_epochs}, validating{self._left()}"
        place = f"epoch {epoch} of {self.n_epochs}, batch {batch} of {self.n_batches}"
        if self.done == self.first:
            return f"{place}: waiting for the first clips"
        latest = getattr(self.module, "latest_loss", None)
        values = [] if latest is None else [f"loss {float(latest):.3g}"]
        values += validated(self.epochs.row, of_epoch=True)
        return f"{place}: {', '.join([*values, self._pace()])}{self._left()}"

    def _pace(self) -> str:
        """The rate at which is learnt, and how fast: of the last epoch, or of the first so far."""
        row = self.epochs.row
        seconds = time.perf_counter() - self.began
        speed = row["clips_per_second"] if row else self.epochs.n_clips / seconds
        fast = f"{speed:,.0f}" if speed >= 100 else f"{speed:.3g}"
        return f"learning rate {self.epochs.lr:.2g}, {fast} clips/s"

    def _left(self) -> str:
        """The time that all epochs to come will take, as those of this run took."""
        to_come = self.n_epochs * self.n_batches - self.done
        done = self.done - self.first
        if not to_come or not done:
            return ""
        seconds = (time.perf_counter() - self.began) / done * to_come
        return f", {in_words(max(seconds, 1.0))} left"

    def _watch(self) -> None:
        while not self.ended.wait(REDRAWN):
            if self.draws:
                self._draw(f"{self.name}: {self.line()}")
            elif time.perf_counter() - self.said >= SILENCE:
                self._say(self.line())

    def _say(self, text: str) -> None:
        self._draw("")
        log.info("%s: %s", self.name, text)
        self.said = time.perf_counter()

    def _draw(self, text: str) -> None:
        """Over what was drawn before; nothing but in a terminal."""
        if not self.draws:
            return
        width = shutil.get_terminal_size().columns - 1
        self.out.write(f"\r\x1b[K{text[:width]}")
        self.out.flush()

    def _end(self) -> None:
        if self.watch is None:
            return
        self.ended.set()
        self.watch.join(timeout=5)
        self.watch = None
        self._draw("")


def validated(row: Mapping[str, Any], *, of_epoch: bool = False) -> list[str]:
    """What an epoch's validation said; nothing where there was none.

    Args:
        row: of the history; empty: no epoch has ended.
        of_epoch: whether to say which epoch it is of.

    Example:
        >>> validated({"epoch": 3, "val_top1": 0.9375}, of_epoch=True)
        ['validation accuracy 93.8 % (epoch 3)']
    """
    if not row or math.isnan(row["val_top1"]):
        return []
    epoch = f" (epoch {row['epoch']})" if of_epoch else ""
    return [f"validation accuracy {100 * row['val_top1']:.1f} %{epoch}"]
