"""How steps are made here: nothing of it changes what is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Workplace:
    """What a step needs to be made, beside what it is made from.

    Args:
        build: makes an object of its configuration (`_target_` and its arguments).
        trainer: configuration of the Lightning trainer.
        logger: where training logs to: a logger of Lightning's, or a function (model, seed) → one;
            False for nowhere.
        workers: processes that decode clips.
        broken: "skip" leaves clips out that cannot be decoded, "fail" stops at the first.
        watch_every: epochs of training after which ESVs of a few clips are logged; 0 for never.
        draw_watched: draws them: esv (video, element) and class names → a figure.
        keep: saves what an experiment has answered so far, a Result, in its run's folder.
        run_folder: of the experiment; profiles and checkpoints of one's own lie in it.
        faults: what went wrong without stopping the rest; the run's exit code tells of it.
    """

    build: Callable[..., Any]
    trainer: Mapping[str, Any]
    logger: Any = False
    workers: int = 0
    broken: str = "skip"
    watch_every: int = 0
    draw_watched: Callable[..., Any] | None = None
    keep: Callable[[Any], None] = lambda so_far: None
    run_folder: Path | None = None
    faults: list[str] = field(default_factory=list)

    def make_trainer(self, **options: Any) -> Any:
        """A Lightning Trainer of further options.

        What takes part in training alone, callbacks and a profiler, is among the options.
        """
        from playfair.steps.rendezvous import with_place

        config = {name: value for name, value in self.trainer.items() if name not in _TRAINING}
        options.setdefault("logger", False)
        return with_place(self.build(config, _convert_="all"))(**options)

    def logger_of(self, model: str, seed: int) -> Any:
        """Where the training of a model logs to."""
        return self.logger(model, seed) if callable(self.logger) else self.logger


def device_of(model: Any, workplace: Workplace) -> Any:
    """Where a model is called outside Lightning: one that sees clips whole where the trainer is.

    Heads on features are called on the CPU, where they are as fast.
    """
    import torch

    wanted = workplace.trainer.get("accelerator", "auto")
    whole = not getattr(model, "separable", True)
    if whole and wanted in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
# Options of a Trainer that are training's alone.
_TRAINING = ("callbacks", "profiler")
# Options of a Trainer that say where it runs and what it shows, not what it computes; of callbacks
# and validation, `trainer_settings` says where they change it.
_PLACE = {
    "_partial_",
    "_target_",
    "accelerator",
    "callbacks",
    "check_val_every_n_epoch",
    "detect_anomaly",
    "devices",
    "limit_val_batches",
    "log_every_n_steps",
    "logger",
    "num_nodes",
    "num_sanity_val_steps",
    "profiler",
    "strategy",
    "use_distributed_sampler",
    "val_check_interval",
}


def numeric_settings(trainer: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a Trainer that change what it computes, but those with their usual value.

    Raises:
        ValueError: a precision in which weights are not kept in float32.
    """
    precision = trainer.get("precision", PRECISIONS[0])
    if precision not in PRECISIONS:
        raise ValueError(
            f"Expected trainer.precision to be one of {', '.join(PRECISIONS)}, got {precision!r}."
        )
    return {
        name: value
        for name, value in trainer.items()
        if name not in _PLACE
        and not name.startswith("enable_")
        and (name, value) != ("precision", PRECISIONS[0])
    }
