"""A run's folder, read back: what was asked, what was answered, and how far it is.

.hydra/overrides.yaml   what was typed
.hydra/config.yaml      the options that it was composed to
.hydra/hydra.yaml       and what was chosen of each group
metrics.json            the numbers of its answer
finished.json           it has answered all
failed.json             why it, a point of a sweep, has not
running.lock            who is at it
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playfair.steps.damage import DamageError
from playfair.steps.lock_file import Holder, LockFile
from playfair.steps.naming import study_name

METRICS = "metrics.json"
FINISHED = "finished.json"
FAILED = "failed.json"
ERROR = "error.txt"  # the traceback of what is not the user's mistake
RUNNING = "running.lock"
SWEEP = "sweep.json"  # of a sweep's folder: its points
LATEST = "latest"  # beside the folders of runs: a link to the last that answered, or a copy of it
HYDRA = ".hydra"
NONE = "–"  # the value of an option that a run does not have

# how far a run is
WAITING = "waiting"  # nobody has begun it
IS_RUNNING = "running"
STOPPED = "stopped"  # begun; it has not answered, and nobody is at it
IS_FAILED = "failed"
IS_FINISHED = "finished"


@dataclass(frozen=True)
class RunFolder:
    """One run, as far as its folder tells.

    Attributes:
        folder: of the run.
        typed: option → value, as it was typed.
        options: what it was composed to, dotted name → value.
        choices: group → what was chosen.
        metrics: the numbers of its answer; empty where it has not answered.
        state: "waiting", "running", "stopped", "failed" or "finished".
        reason: why it failed, or who is at it.
    """

    folder: Path
    typed: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    state: str = WAITING
    reason: str = ""

    @property
    def models(self) -> list[str]:
        """What its models are called in its answers."""
        names = []
        for name in {option.split(".")[1] for option in self.options if option[:6] == "model."}:
            path = self.options.get(f"model.{name}.path")
            names.append(study_name(name, {"path": path} if path else {}))
        return sorted(names)

    def value(self, option: str) -> str:
        """What an option was in this run, typed or not; "–" where it has none of that name."""
        plain = option.lstrip("+")
        if option in self.typed:
            return self.typed[option]
        if plain in self.options:
            return as_typed(self.options[plain])
        return str(self.choices.get(plain, NONE))


def read_run(folder: Path, typed: Sequence[str] = ()) -> RunFolder:
    """A run's folder as it is now.

    Args:
        folder: of the run; it need not be there.
        typed: its options, where its folder does not say them yet.

    Raises:
        DamageError: a file of it is not as it was written.
    """
    state, reason = _state(folder)
    config = _yaml(folder / HYDRA / "config.yaml") or {}
    hydra = _yaml(folder / HYDRA / "hydra.yaml") or {}
    words = _yaml(folder / HYDRA / "overrides.yaml") or list(typed)
    chosen = ((hydra.get("hydra") or {}).get("runtime") or {}).get("choices") or {}
    metrics = _json(folder / METRICS) if state == IS_FINISHED else {}
    return RunFolder(
        folder,
        typed=split_words(words),
        options=dict(_flat(config)),
        choices={name: str(choice) for name, choice in chosen.items()},
        metrics={
            name: float(value)
            for name, value in (metrics or {}).items()
            if isinstance(value, int | float)
        },
        state=state,
        reason=reason,
    )


def split_words(words: Sequence[str]) -> dict[str, str]:
    """Options as typed, by their names.

    >>> split_words(["n_frames=8", "+search=trn", "~logger"])
    {'n_frames': '8', '+search': 'trn'}
    """
    parts = (word.partition("=") for word in words)
    return {name: value for name, sign, value in parts if sign}


def differing_words(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """The options that are not typed alike for all runs.

    >>> differing_words([{"seed": "0", "n_frames": "8"}, {"seed": "1", "n_frames": "8"}])
    ['seed']
    """
    options = dict.fromkeys(option for typed in runs for option in typed)
    return [name for name in options if len({typed.get(name) for typed in runs}) > 1]


def is_run(folder: Path) -> bool:
    """Whether a folder is one of a run."""
    return (folder / HYDRA / "config.yaml").is_file() or (folder / METRICS).is_file()


def at_it(folder: Path) -> Holder | None:
    """Who is at a run now; None: nobody."""
    lock = LockFile(folder / RUNNING, "")
    if not lock.note.exists():
        return None
    if lock.acquire(named=False):
        lock.release()
        return None
    return lock.holder()


def _state(folder: Path) -> tuple[str, str]:
    if not folder.is_dir():
        return WAITING, ""
    if holder := at_it(folder):
        return IS_RUNNING, str(holder)
    if failure := _json(folder / FAILED):
        return IS_FAILED, str(failure.get("reason", ""))
    if (folder / FINISHED).is_file():
        return IS_FINISHED, ""
    return (STOPPED, "") if is_run(folder) else (WAITING, "")


def _flat(config: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Every option of a plain configuration, by its dotted name."""
    if not isinstance(config, dict):
        return [(prefix.rstrip("."), config)]
    return [pair for name, part in config.items() for pair in _flat(part, f"{prefix}{name}.")]


def as_typed(value: Any) -> str:
    """A value as a command line has it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(map(as_typed, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{name}:{as_typed(part)}' for name, part in value.items())}}}"
    return str(value)


def _yaml(file: Path) -> Any:
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DamageError(file, f"it is no YAML ({error})", "Leave that run out.") from error


def _json(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise DamageError(file, f"it is no JSON ({error})", "Leave that run out.") from error
    if not isinstance(content, dict):
        raise DamageError(file, "expected an object of JSON", "Leave that run out.")
    return content
