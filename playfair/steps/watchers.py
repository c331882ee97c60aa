"""What takes part in training by configuration: trainer.callbacks and trainer.profiler."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playfair.steps.workplace import Workplace

if TYPE_CHECKING:
    from pytorch_lightning import Callback

PROFILERS = {
    "simple": "SimpleProfiler",
    "advanced": "AdvancedProfiler",
    "pytorch": "PyTorchProfiler",
}
CHECKPOINTS = "checkpoints"  # the run's folder of those that a ModelCheckpoint of the user's keeps


def require_watchers(workplace: Workplace) -> None:
    """Makes callbacks and profiler once, before anything else is: a mistake in them is told at once.

    Raises:
        ValueError: one cannot be made.
    """
    callbacks_of(workplace, "")
    profiler_of(workplace, "")


def callbacks_of(workplace: Workplace, name: str) -> "list[Callback]":
    """New callbacks of trainer.callbacks, for one training.

    A ModelCheckpoint that has no folder of its own keeps its checkpoints in the run's.

    Args:
        workplace: its trainer's configuration.
        name: of what is trained.

    Raises:
        ValueError: one is no callback.
    """
    wanted = workplace.trainer.get("callbacks") or []
    if not wanted:
        return []
    from pytorch_lightning import Callback
    from pytorch_lightning.callbacks import ModelCheckpoint

    callbacks = []
    for config in wanted:
        callback = _built(workplace, config, "callbacks") if _is_section(config) else config
        if not isinstance(callback, Callback):
            raise ValueError(
                "Expected trainer.callbacks to be a list of sections that name a callback, such as "
                "'[{_target_: pytorch_lightning.callbacks.LearningRateMonitor}]', got "
                f"{config!r}."
            )
        if isinstance(callback, ModelCheckpoint) and callback.dirpath is None:
            place = workplace.run_folder or Path()
            callback.dirpath = str(place / CHECKPOINTS / _file_name(name))
        callbacks.append(callback)
    return callbacks


def profiler_of(workplace: Workplace, name: str) -> Any:
    """A new profiler for one training, which writes its table into the run's folder; or None.

    Args:
        workplace: its trainer's configuration.
        name: of what is trained.

    Raises:
        ValueError: there is no such profiler.
    """
    wanted = workplace.trainer.get("profiler")
    if wanted is None:
        return None
    from pytorch_lightning import profilers

    folder = workplace.run_folder or Path()
    file = f"profile-{_file_name(name)}"
    if isinstance(wanted, str) and wanted in PROFILERS:
        return getattr(profilers, PROFILERS[wanted])(dirpath=folder, filename=file)
    profiler = _built(workplace, wanted, "profiler") if _is_section(wanted) else wanted
    if not isinstance(profiler, profilers.Profiler):
        raise ValueError(
            f"Expected trainer.profiler to be {', '.join(PROFILERS)}, or a section that names one, "
            f"got {wanted!r}."
        )
    profiler.dirpath = profiler.dirpath or folder
    profiler.filename = profiler.filename or file
    return profiler


def _built(workplace: Workplace, config: Mapping[str, Any], option: str) -> Any:
    """What a section of the trainer's names.

    Raises:
        ValueError: it takes no such options, or lacks one.
    """
    try:
        return workplace.build(config, _convert_="all")
    except Exception as error:
        cause = error.__cause__ or error
        if not isinstance(cause, TypeError):
            raise
        target = config["_target_"]
        raise ValueError(f"trainer.{option}: {target} cannot be made so: {cause}.") from error


def _is_section(config: Any) -> bool:
    return isinstance(config, Mapping) and "_target_" in config


def _file_name(name: str) -> str:
    """A name of what is trained, as a file has it.

    >>> _file_name("trn, heads")
    'trn-heads'
    """
    return re.sub(r"[^\w.-]+", "-", name)
