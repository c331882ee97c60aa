"""What is composed, looked at before Hydra acts on it.

Hydra makes callbacks, a sweeper and a launcher by their `_target_`, sets environment variables, and
hands `job_logging` to logging.config.dictConfig, which calls what `()` and `class` name: all before
our own function is called. So a configuration is looked at where Hydra composes it: of a run, of a
point of a sweep and of a Slurm job alike.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from playfair import signals
from playfair.launch import added_options, plugins, searches, sweep
from playfair.targets import TARGET, check_targets, sections, strings

CALLED = ("()", "class")  # by dictConfig
MAKERS = (
    "hydra._internal.core_plugins.",
    "hydra.experimental.callbacks.",
    "hydra_plugins.",
    searches.TARGET,
)
WRITERS = (
    "colorlog.ColoredFormatter",
    "logging.FileHandler",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.StreamHandler",
)
STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
LOGGING = ("job_logging", "hydra_logging")
OWN_FOLDER = "${hydra.runtime.output_dir}/"
# With these set, a process of ours would load code of somebody else's.
LOADERS = ("BASH_ENV", "DYLD_", "ENV", "HYDRA_", "LD_", "PATH", "PLAYFAIR_", "PYTHON")
# A resolver may make a section of a text: only those are left that give a word.
RESOLVER = re.compile(r"\$\{\s*(?!(oc\.env|hydra|now)\s*:)[^{}:]*(:|\$)")


class HydraSectionError(ValueError):
    """A configuration would have Hydra call, load or write what it may not.

    Attributes:
        option: where that stands.
        value: what stands there.
    """

    def __init__(self, option: str, value: object, allowed: str) -> None:
        self.option = option
        self.value = value
        super().__init__(f"Expected {option} to be {allowed}, got {value!r}.")


def watch_composition() -> None:
    """From now on, whatever Hydra composes in this process is looked at before it is used."""
    compose = ConfigLoaderImpl.load_configuration
    if not hasattr(compose, "__wrapped__"):
        ConfigLoaderImpl.load_configuration = _watched(compose)  # type: ignore[method-assign]


def _watched(compose: Callable[..., DictConfig]) -> Callable[..., DictConfig]:
    @wraps(compose)
    def composed(
        self: ConfigLoaderImpl,
        config_name: str | None,
        overrides: list[str],
        *rest: Any,
        **more: Any,
    ) -> DictConfig:
        config = compose(self, config_name, overrides, *rest, **more)
        check_composed(config, overrides)
        _note_outputs(config)
        if more.get("run_mode") == RunMode.MULTIRUN:  # its launcher begins: a run begins in `main`
            signals.unwind()
        return config

    return composed


def _note_outputs(config: DictConfig) -> None:
    outputs = OmegaConf.to_container(config, resolve=False).get("paths", {}).get("outputs")  # type: ignore[union-attr]
    if isinstance(outputs, str) and "$" not in outputs:
        sweep.note_outputs(os.path.abspath(outputs))


def check_composed(config: DictConfig, typed: Sequence[str]) -> None:
    """Refuses what would be called, loaded or written that is not ours, Hydra's or a plug-in's.

    Args:
        config: as Hydra composed it, not resolved.
        typed: the options of the command line.

    Raises:
        HydraSectionError: naming the option.
        added_options.UnreadOptionError: a group's choice that nothing reads.
        playfair.targets.TargetError: a `_target_` that may not be called.
    """
    plain: Any = OmegaConf.to_container(config, resolve=False)
    added_options.require_groups_read(plain, typed)
    hydra = plain.pop("hydra", None) or {}
    named = plain.get("plugins") or []
    if named and not any(re.match(r"\+*plugins\b", option) for option in typed):
        raise HydraSectionError("plugins", named, "typed: plug-ins are programs")
    check_targets(plain, plugins.packages(named))
    for option, section in sections(hydra, "hydra"):
        if TARGET in section and not str(section[TARGET]).startswith(MAKERS):
            raise HydraSectionError(f"{option}.{TARGET}", section[TARGET], "Hydra's")
    for option, text in strings(hydra, "hydra"):
        if RESOLVER.search(text):
            raise HydraSectionError(option, text, "written out")
    for part in LOGGING:
        _check_logging(hydra.get(part), f"hydra.{part}")
    _check_names(hydra)


def _check_names(hydra: Mapping[str, Any]) -> None:
    """Of environment variables and of what is swept."""
    job = _section(hydra, "job")
    variables = _section(job, "env_set", "hydra.job")
    for name, value in variables.items():
        if str(name).startswith(LOADERS):
            raise HydraSectionError(f"hydra.job.env_set.{name}", value, "set by yourself")
    swept = _section(_section(hydra, "sweeper"), "params", "hydra.sweeper")
    for name, value in swept.items():
        if str(name).lstrip("+~").startswith("plugins"):
            raise HydraSectionError("hydra.sweeper.params.plugins", value, "typed, not swept")


def _section(config: Mapping[str, Any], name: str, above: str = "hydra") -> Mapping[str, Any]:
    part = config.get(name) or {}
    if not isinstance(part, Mapping):
        raise HydraSectionError(f"{above}.{name}", part, "written out")
    return part


def _check_logging(config: Any, option: str) -> None:
    if isinstance(config, str):
        raise HydraSectionError(option, config, "written out")
    for where, part in sections(config, option):
        for name, value in part.items():
            place = f"{where}.{name}"
            if name in CALLED and value not in WRITERS:
                raise HydraSectionError(place, value, f"one of {', '.join(WRITERS)}")
            if name == "filename":
                inside = str(value).removeprefix(OWN_FOLDER)
                if inside == value or ".." in inside:
                    raise HydraSectionError(place, value, f"in {OWN_FOLDER}")
            elif any(_strays(text) for text in _texts(value)):
                raise HydraSectionError(place, value, "written out")


def _texts(value: Any) -> list[str]:
    """A text, or those of a list; sections are looked at by themselves."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]


def _strays(text: str) -> bool:
    """Whether dictConfig would look elsewhere for what stands there."""
    if text.startswith("ext://"):
        return text not in STREAMS
    return text.startswith(("cfg://", "${")) and text != "${hydra.verbose}"
