"""Options that a `+` adds to what was composed: refused where nothing would read them.

Hydra takes +name=value and ++name=value of any name. An option that is there is set by it; one that
is not is read where a `_target_` has an argument of its name, where `schema` has a field of it, or
where another value quotes it, as ${name}.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import wraps
from typing import Any, get_args, get_origin, get_type_hints

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from playfair.launch import plugins
from playfair.launch.check import plain_kind
from playfair.launch.schema import Config, Experiment
from playfair.targets import TARGET, TargetError, check_targets, located, strings

INTERPOLATED = re.compile(r"\$\{([\w.]+)\}")


class UnreadOptionError(ValueError):
    """An option was added that nothing reads.

    Attributes:
        option: its dotted name.
        known: options that would be read in its place.
    """

    def __init__(self, option: str, known: Sequence[str] = ()) -> None:
        self.option = option
        self.known = tuple(known)
        super().__init__(f"Nothing reads {option}.")


@dataclass(frozen=True)
class Addition:
    """An option that was not there.

    Args:
        option: its dotted name.
        depth: how many of its names were there, from the first on.
        end: what stood at the last of these: a section, None, or the text of an interpolation.
    """

    option: str
    depth: int
    end: Any

    @property
    def names(self) -> list[str]:
        return self.option.split(".")

    @property
    def section(self) -> str:
        return self.option.rpartition(".")[0]


def watch_additions() -> None:
    """From now on, whatever is added to a composition in this process must be read by something."""
    apply = ConfigLoaderImpl._apply_overrides_to_config
    if not hasattr(apply, "__wrapped__"):
        ConfigLoaderImpl._apply_overrides_to_config = staticmethod(_watched(apply))  # type: ignore[method-assign]


def _watched(apply: Callable[..., None]) -> Callable[..., None]:
    @wraps(apply)
    def applied(overrides: list[Override], config: DictConfig) -> None:
        plain: Any = OmegaConf.to_container(config, resolve=False)
        additions = [added for typed in overrides for added in _additions(typed, plain)]
        apply(overrides, config)
        if additions:
            _require_read(additions, OmegaConf.to_container(config, resolve=False))

    return applied


def _additions(typed: Override, config: Any) -> Iterator[Addition]:
    """What an override adds; nothing where that is there, or Hydra's own."""
    if not (typed.is_add() or typed.is_force_add()) or typed.is_hydra_override():
        return
    for option in _leaves(typed.key_or_group, typed.value()):
        names = option.split(".")
        end = config
        depth = 0
        while depth < len(names) and isinstance(end, dict) and names[depth] in end:
            end = end[names[depth]]
            depth += 1
        if depth < len(names):
            yield Addition(option, depth, end)


def _leaves(option: str, value: Any) -> Iterator[str]:
    """An option, or those inside it where its value is a section."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _leaves(f"{option}.{name}", part)
    else:
        yield option


def _require_read(additions: Sequence[Addition], config: Any) -> None:
    """Raises UnreadOptionError where one is not read.

    Args:
        additions: what was added.
        config: what came of it, not resolved.
    """
    texts = [text for _, text in strings(config, "")]
    ours = {name: part for name, part in config.items() if name != "hydra"}
    # what may not be called is refused for that, and before anything is imported
    check_targets(ours, plugins.packages(config.get("plugins") or []))
    for added in additions:
        if _is_quoted(added, texts):
            continue
        known = _known(added, config)
        if known is not None and added.option not in known:
            raise UnreadOptionError(added.option, known)


def _known(added: Addition, config: Any) -> list[str] | None:
    """What is read in the section that something was added to; None: anything."""
    if not added.end or not isinstance(added.end, dict):  # null, as no logger is; or elsewhere
        elsewhere = INTERPOLATED.fullmatch(str(added.end))
        inside = added.names[added.depth :]
        return [".".join([elsewhere[1], *inside])] if elsewhere else []
    called, target = _called_section(added.names, config)
    if called:
        arguments = _arguments(target)
        is_inside = called != added.names[:-1]  # of an argument: its own affair
        if arguments is None or (is_inside and added.names[len(called)] in arguments):
            return None
        return [".".join([*called, argument]) for argument in arguments]
    return [f"{added.section}.{name}" for name in _fields(added.section)]


def _called_section(names: Sequence[str], config: Any) -> tuple[list[str], Any]:
    """The innermost section round an option that has a `_target_`, and that; [] where none has."""
    called: list[str] = []
    target = None
    section = config
    for depth, name in enumerate(names):
        if TARGET in section:
            called = list(names[:depth])
            target = section[TARGET]
        section = section[name]
    return called, target


def _arguments(target: Any) -> list[str] | None:
    """The arguments of what a target leads to; None where it takes any, or cannot be asked.

    >>> "clip" in _arguments("playfair.training.fit.Recipe")
    True
    """
    try:
        check_targets({TARGET: target})
        arguments = inspect.signature(located(target)).parameters
    except (TargetError, ImportError, AttributeError, TypeError, ValueError):
        return None  # of a plug-in that is not imported yet
    if any(argument.kind is inspect.Parameter.VAR_KEYWORD for argument in arguments.values()):
        return None
    return list(arguments)


def _fields(section: str) -> list[str]:
    """What `schema` has of a section that all experiments read.

    >>> _fields("model.mine.preprocess"), _fields("experiment"), _fields("mine"), _fields("")
    (['short_side', 'size', 'crop'], [], [], [])
    """
    kind: Any = Config
    for part in section.split("."):
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            hints = get_type_hints(kind) if is_dataclass(kind) else {}
            kind = plain_kind(hints.get(part))
    if not is_dataclass(kind) or kind is Experiment:
        return []
    return list(get_type_hints(kind))


def _is_quoted(added: Addition, texts: Sequence[str]) -> bool:
    """Whether a value is made of it, or of a section that is added too.

    >>> size = Addition("mine.size", 0, {})
    >>> [_is_quoted(size, [text]) for text in ("${mine.size}", "${twice:${mine}}", "${..size}")]
    [True, True, True]
    >>> [_is_quoted(size, [text]) for text in ("${size}", "mine.size", "${mine.sizes}")]
    [False, False, False]
    """
    names = added.names
    whole = [".".join(names[:depth]) for depth in range(added.depth + 1, len(names) + 1)]
    paths = "|".join([*map(re.escape, whole), rf"\.+{re.escape(names[-1])}"])
    quoted = re.compile(rf"(?:\$\{{|[:,])\s*(?:{paths})\s*[}},]")
    return any("${" in text and quoted.search(text) for text in texts)
