"""What training logs into a W&B run: each stage's numbers over its own epochs."""

from collections.abc import Mapping
from typing import Any

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from playfair.report.wandb_run import Recorded

STAGES = ("video", "heads")


class StageLogger(WandbLogger):
    """Lightning's logger of a run that is begun, without an axis of Lightning's own.

    Args:
        recorded: the W&B run.
        seed: of a study over several seeds whose curves are told apart; None: there is one.

    Example:
        Trainer(logger=StageLogger(recorded))
    """

    LOGGER_JOIN_CHAR = "/"

    def __init__(self, recorded: Recorded, seed: int | None = None) -> None:
        prefix = "" if seed is None else f"seed-{seed}"
        super().__init__(experiment=recorded.run, prefix=prefix)
        self._recorded = recorded
        for stage in STAGES:
            name = f"{prefix}/{stage}" if prefix else stage
            recorded.attempt(recorded.run.define_metric, f"{name}/epoch")
            recorded.attempt(recorded.run.define_metric, f"{name}/*", step_metric=f"{name}/epoch")

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Logs numbers of a stage, with the stage's epoch where they come without."""
        values: dict[str, Any] = dict(metrics)
        epoch = values.pop("epoch", None)
        for stage in STAGES:
            of_stage = any(name.startswith(f"{stage}/") for name in values)
            if of_stage and epoch is not None:
                values.setdefault(f"{stage}/epoch", epoch)
        if self._prefix:
            values = {f"{self._prefix}/{name}": value for name, value in values.items()}
        if values:
            self._recorded.attempt(self._recorded.run.log, values)
