"""Weights & Biases: one run a model, grouped; it mirrors the run folder and never decides.

with wandb.started(folder, config, {"trn": {…}}, root) as runs:
    trainer = Trainer(logger=runs.logger("trn", seed=0))
    runs.log_result(result)
"""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playfair.report import wandb_ids
from playfair.report.wandb_artifacts import log_artifacts
from playfair.report.wandb_logger import StageLogger
from playfair.report.wandb_media import LOGGED, keys_of, log_result
from playfair.report.wandb_mode import chosen_mode
from playfair.report.wandb_names import config_of, experiment_of, own_result, run_name, tags_of
from playfair.report.wandb_run import Recorded, begin
from playfair.result import Result
from playfair.steps.durable import write_json
from playfair.steps.layout import Layout

_FOLDERS = {"WANDB_DATA_DIR": "data", "WANDB_CACHE_DIR": "cache", "WANDB_CONFIG_DIR": "config"}
_USERS_FOLDERS = {name: os.environ.get(name) for name in _FOLDERS}


@dataclass(frozen=True)
class Runs:
    """The W&B runs of one command.

    Attributes:
        of_models: model → its run.
        config: what was composed.
        folder: of the run.
    """

    of_models: Mapping[str, Recorded]
    config: Mapping[str, Any]
    folder: Path

    @property
    def models(self) -> list[str]:
        return list(self.of_models)

    def logger(self, model: str, seed: int) -> StageLogger:
        """Where a study's training logs to."""
        several = (self.config["seeds"] or 1) > 1
        return StageLogger(self.of_models[model], seed if several else None)

    def log_result(self, result: Result) -> None:
        """What the experiment answered, to each model what is its own."""
        keys: dict[str, dict[str, None]] = {"metrics": {}, "figures": {}, "tables": {}}
        for model, recorded in self.of_models.items():
            own = own_result(result, model, self.models)
            clips = bool(self.config["logger"]["clips"])
            log_result(recorded, own, self.config["n_frames"], clips=clips)
            for kind, names in keys_of(own, clips=clips).items():
                keys[kind] |= dict.fromkeys(names)
        write_json(self.folder / LOGGED, {kind: list(names) for kind, names in keys.items()})

    def log_artifacts(self, layout: Layout) -> None:
        """What the answers come from."""
        root = Path(self.config["dataset"]["root"])
        for model, recorded in self.of_models.items():
            recorded.attempt(log_artifacts, recorded, layout, model, self.models, root)

    def places(self) -> list[str]:
        """Where the runs are to be seen, or what to type, a line each."""
        runs = list(self.of_models.values())
        lines = [f"W&B: {recorded.run.url}" for recorded in runs if recorded.at_server]
        places = [
            place
            for recorded in runs
            for place in recorded.claim.places
            if not recorded.at_server or Path(place).name.startswith("offline-run")
        ]
        if places:
            words = " ".join(shlex.quote(_from_here(Path(place))) for place in places)
            lines.append(f"To have it in W&B, type: wandb sync {words}")
        return lines


@contextmanager
def started(
    folder: Path,
    config: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    root: Path,
    tell: Callable[[str], None],
) -> Iterator[Runs]:
    """The W&B runs of an experiment, ended when the block ends or fails.

    A run that was not finished before is continued by who asks for the same.

    Args:
        folder: the run's; what W&B keeps lies in it.
        config: what was composed; its `logger` is conf/logger/wandb.yaml.
        models: name → its part of the configuration, in the order of the studies.
        root: the dataset's folder of outputs.
        tell: says at the end where the runs are.

    Raises:
        ValueError: a W&B agent asks for one run, and there are several models.
    """
    if os.environ.get("WANDB_SWEEP_ID") and len(models) > 1:
        raise ValueError(
            f"A run of a W&B sweep is of one model, and here are {', '.join(models)}. Name them in "
            "the sweep's YAML: parameters: model: values: [tsn, trn]"
        )
    _stay_in(folder)
    mode = chosen_mode(config["logger"]["mode"])
    of_models = {name: _begun(folder, config, mode, models, name, root) for name in models}
    runs = Runs(of_models, config, folder)
    failed = True
    try:
        yield runs
        failed = False
    finally:
        for recorded in runs.of_models.values():
            recorded.finish(failed=failed)
        for line in runs.places():
            tell(line)


def _begun(
    folder: Path,
    config: Mapping[str, Any],
    mode: str,
    models: Mapping[str, Mapping[str, Any]],
    model: str,
    root: Path,
) -> Recorded:
    """The W&B run of one model."""
    options = config["logger"]
    wanted = os.environ.get("WANDB_RUN_ID")
    if wanted and model != next(iter(models)):  # a W&B run is of one model
        wanted = f"{wanted}-{model}"
    group = options["group"] or os.environ.get("WANDB_RUN_GROUP")
    if group is None and len(models) > 1:
        group = folder.name
    of_sweep = os.environ.get("WANDB_SWEEP_ID", "")
    claim = wandb_ids.claim(
        root, wandb_ids.key_of({**config, "sweep": of_sweep}, model), wanted=wanted, group=group
    )
    name = (
        options["name"] or os.environ.get("WANDB_NAME") or run_name(config, model, options["typed"])
    )
    typed_tags = os.environ.get("WANDB_TAGS", "").split(",")
    own_tags = [options["tags"]] if isinstance(options["tags"], str) else options["tags"] or []
    tags = [*tags_of(config, model), *own_tags, *filter(None, typed_tags)]
    job_type = options["job_type"] or os.environ.get("WANDB_JOB_TYPE") or experiment_of(config)
    in_sweep = bool(of_sweep)  # whose project and entity are the sweep's
    return begin(
        claim,
        mode,
        folder,
        project=None if in_sweep else options["project"],
        entity=None if in_sweep else options["entity"],
        group=claim.group,
        job_type=job_type,
        name=name,
        tags=list(dict.fromkeys(tags)),
        config=config_of(config, model, models[model]),
    )


def _stay_in(folder: Path) -> None:
    """What W&B keeps of its own goes into the run's folder, and not into the user's home.

    But its settings are read where `wandb login` and `wandb offline` have written them.
    """
    home = Path.home() / ".config" / "wandb"
    for name, place in _FOLDERS.items():
        if name == "WANDB_CONFIG_DIR" and (home / "settings").exists():
            continue
        os.environ[name] = _USERS_FOLDERS[name] or str(folder / "wandb" / place)
    os.environ.setdefault("WANDB_SILENT", "true")


def _from_here(path: Path) -> str:
    current = Path.cwd()
    return str(path.relative_to(current) if path.is_relative_to(current) else path)
