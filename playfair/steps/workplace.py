"""How steps are made here: nothing of it changes what is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Workplace:
    """What a step needs to be made, beside what it is made from.

    Args:
        build: makes an object of its configuration (`_target_` and its arguments).
        trainer: configuration of the Lightning trainer.
        logger: where training logs to; False for nowhere.
        workers: processes that decode clips.
        broken: "skip" leaves clips out that cannot be decoded, "fail" stops at the first.
        watch_every: epochs of training after which ESVs of a few clips are logged; 0 for never.
        draw_watched: draws them: esv (video, element) and class names → a figure.
        keep: saves what an experiment has answered so far, a Result, in its run's folder.
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
    faults: list[str] = field(default_factory=list)

    @cached_property
    def make_trainer(self) -> Callable[..., Any]:
        """(further options) → a Lightning Trainer."""
        from playfair.steps.rendezvous import with_place

        return with_place(self.build(self.trainer, logger=self.logger, _convert_="all"))


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
# Options of a Trainer that say where it runs and what it shows, not what it computes.
_PLACE = {
    "_partial_",
    "_target_",
    "accelerator",
    "devices",
    "log_every_n_steps",
    "logger",
    "num_nodes",
    "strategy",
    "use_distributed_sampler",
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
