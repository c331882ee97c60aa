"""Which epoch's weights are kept, and whether training ends before its last: by validation.

Both judge by the share of the watched validation clips that is right.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping

if TYPE_CHECKING:
    from playfair.training.fit import WholeCheckpoints

JUDGED_BY = "val_top1"


class BestEpoch(Callback):
    """Keeps the weights of the epoch that was right most often; of equals, of the lowest loss.

    Its state is that of the training, so that a run that was cut chooses as an undisturbed one.

    Args:
        checkpoints: writes and checks the weights.
    """

    def __init__(self, checkpoints: "WholeCheckpoints") -> None:
        self.checkpoints = checkpoints
        self.file = Path("best.ckpt")  # set where the state lies
        self.epoch = 0
        self.top1 = -math.inf
        self.loss = math.inf

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking:
            return
        top1 = float(trainer.callback_metrics.get(JUDGED_BY, math.nan))
        loss = float(trainer.callback_metrics.get("val_loss", math.nan))
        if not (top1, -loss) > (self.top1, -self.loss):
            return
        self.epoch = trainer.current_epoch + 1
        self.top1 = top1
        self.loss = loss
        if trainer.is_global_zero:
            self.checkpoints.save_checkpoint({"weights": pl_module.state_dict()}, self.file)

    def state_dict(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "top1": self.top1, "loss": self.loss}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epoch = state_dict["epoch"]
        self.top1 = state_dict["top1"]
        self.loss = state_dict["loss"]

    def put_back(self, module: LightningModule) -> None:
        """Gives the module the weights of the best epoch; those of the last where none was judged.

        Raises:
            DamageError: the file of those weights is not as it was written.
        """
        if self.epoch:
            self.checkpoints.require_whole(self.file)
            content = torch.load(self.file, map_location="cpu", weights_only=True, mmap=True)
            module.load_state_dict(content["weights"])


def stops_early(patience: int) -> EarlyStopping:
    """Ends training after so many validations of which none was right more often than before."""
    return EarlyStopping(JUDGED_BY, mode="max", patience=patience, check_on_train_epoch_end=False)


class StaysStopped(Callback):
    """Lightning resumes a training that has ended early as if it had not: one epoch too many."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for callback in trainer.early_stopping_callbacks:
            if isinstance(callback, EarlyStopping) and callback.wait_count >= callback.patience:
                trainer.should_stop = True
