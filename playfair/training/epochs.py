"""What is known of each epoch when it ends: a row of the history, and what a logger is told."""

import math
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from torch.optim import Optimizer

from playfair.training.history import HistoryFile

NOT_LOGGED = ("stage",)  # it stands in front of the names


class Epochs(Callback):
    """Measures every epoch; rank 0 writes a row, and tells the logger the same.

    The row is on the disk before the epoch's state is: a run that was cut has a row for every epoch
    that it does not learn again. A logger is told `video/loss`, `heads/val_top1` and so on, with
    the axis of their own, `video/epoch` and `heads/epoch`.

    Args:
        stage: what is trained, "video" or "heads".
        file: the history; None: none is kept.
    """

    def __init__(self, stage: str, file: HistoryFile | None = None) -> None:
        self.stage = stage
        self.file = file
        self.row: dict[str, Any] = {}  # of the last epoch that has ended
        self.lr = math.nan
        self.is_validating = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.file and trainer.is_global_zero:
            self.file.begin(trainer.current_epoch)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.began = time.perf_counter()
        self.validated = 0.0  # seconds
        self.n_clips = 0
        self.measured = {"val_loss": math.nan, "val_top1": math.nan}

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        self.lr = float(optimizer.param_groups[0]["lr"])

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.n_clips += len(batch["target"]) * trainer.world_size

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.is_validating = True
        self.validation_began = time.perf_counter()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.is_validating = False
        if trainer.sanity_checking:
            return
        self.validated += time.perf_counter() - self.validation_began
        for name in self.measured:
            self.measured[name] = float(trainer.callback_metrics.get(name, math.nan))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        seconds = time.perf_counter() - self.began
        # on all ranks: it is the mean over them
        loss = float(trainer.callback_metrics.get("loss", math.nan))
        self.row = {
            "stage": self.stage,
            "epoch": trainer.current_epoch + 1,
            "loss": loss,
            **self.measured,
            "lr": self.lr,
            "clips_per_second": round(self.n_clips / max(seconds - self.validated, 1e-9), 2),
            "seconds": round(seconds, 3),
        }
        if not trainer.is_global_zero:
            return
        if self.file:
            self.file.add(self.row)
        if trainer.logger is not None:
            trainer.logger.log_metrics(logged(self.row))


def logged(row: dict[str, Any]) -> dict[str, float]:
    """A row as a logger is told it: under its stage's name, without what was not measured.

    >>> logged({"stage": "heads", "epoch": 3, "loss": 0.5, "val_loss": math.nan})
    {'heads/epoch': 3, 'heads/loss': 0.5}
    """
    return {
        f"{row['stage']}/{name}": value
        for name, value in row.items()
        if name not in NOT_LOGGED and value == value
    }
