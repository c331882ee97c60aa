"""How far a store is: one bar on rank 0 over the blocks of all ranks, with the time left."""

import sys
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class BlockProgress(Callback):
    """Counts the blocks in the store, whichever rank wrote them.

    Lightning's own bar knows rank 0's share only. Silent where no one looks: outside a terminal.

    Args:
        what: is written, beside the bar.
        n_missing: how many blocks are still to be written.
        console: where the bar is drawn; None: standard error.

    Example:
        Trainer(callbacks=[BlockProgress("trn: ESVs", lambda: len(store.missing()))])
    """

    def __init__(
        self, what: str, n_missing: Callable[[], int], console: Console | None = None
    ) -> None:
        self.what = what
        self.n_missing = n_missing
        self.console = console or Console(file=sys.stderr)

    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or not self.console.is_terminal:
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=self.console)
        self.total = self.n_missing()
        label = f"{self.what}, blocks of {trainer.world_size} ranks"
        self.task = self.bar.add_task(label, total=self.total)
        self.bar.start()

    def on_predict_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        if hasattr(self, "bar"):
            self.bar.update(self.task, completed=self.total - self.n_missing())

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if hasattr(self, "bar"):
            self.bar.stop()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self.teardown(trainer, pl_module, "predict")
