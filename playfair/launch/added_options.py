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
from playfair.launch.schema import Config, Counts, Experiment, Preprocess
from playfair.targets import TARGET, TargetError, check_targets, located, strings

INTERPOLATED = re.compile(r"\$\{([\w.]+)\}")
# what Hydra itself reads of a section that it calls
OF_HYDRA = (TARGET, "_partial_", "_args_", "_recursive_", "_convert_")
# sections that may say a part of what they can: others need a `_target_`, or all of their options
PARTIAL = (Counts, Preprocess)


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
    """From now on, whatever is added to a composition in this process must be read by something.

    A Hydra that applies what is typed by another function is left as it is.
    """
    apply = getattr(ConfigLoaderImpl, "_apply_overrides_to_config", None)
    if apply is None or list(inspect.signature(apply).parameters) != ["overrides", "cfg"]:
        return
    if not hasattr(apply, "__wrapped__"):
        ConfigLoaderImpl._apply_overrides_to_config = staticmethod(_watched(apply))  # type: ignore[method-assign]


def require_groups_read(config: Any, typed: Sequence[str]) -> None:
    """Raises UnreadOptionError where a + chooses of a group in a place where nothing reads it.

    +recipe=trn_synthetic makes a section `recipe`; a model's own is recipe@model.trn.

    Args:
        config: what was composed, not resolved.
        typed: the options of the command line.
    """
    choices = config
    for name in ("hydra", "runtime", "choices"):
        choices = _parts(_parts(choices).get(name))  # a stranger's section may be anything
    texts = [text for _, text in strings(config, "")]
    for word in typed:
        group = word.partition("=")[0].lstrip("+")
        added = word.startswith("+") and group in choices and group in config
        if added and _kind(group) is None and not _is_quoted(Addition(group, 0, None), texts):
            places = [choice for choice in choices if choice.startswith(f"{group}@")]
            raise UnreadOptionError(group, places)


def _watched(apply: Callable[..., None]) -> Callable[..., None]:
    @wraps(apply)
    def applied(overrides: list[Override], cfg: DictConfig) -> None:
        plain: Any = OmegaConf.to_container(cfg, resolve=False)
        additions = [added for typed in overrides for added in _additions(typed, plain)]
        apply(overrides, cfg)
        if additions:
            _require_read(additions, OmegaConf.to_container(cfg, resolve=False))

    return applied


def _additions(typed: Override, config: Any) -> Iterator[Addition]:
    """What an override adds; nothing where that is there, or Hydra's own."""
    if not (typed.is_add() or typed.is_force_add()) or typed.is_hydra_override():
        return
    for option in _leaves(typed.key_or_group, typed.value()):
        names = option.split(".")
        end = config
        depth = 0
        while depth < len(names) and names[depth] in _parts(end):
            end = _parts(end)[names[depth]]
            depth += 1
        if depth < len(names):
            yield Addition(option, depth, end)


def _parts(section: Any) -> dict[str, Any]:
    """What a section or a list holds, by what is typed for it.

    >>> _parts([7]), _parts({1: "one"}), _parts("text")
    ({'0': 7}, {'1': 'one'}, {})
    """
    if isinstance(section, list):
        section = dict(enumerate(section))
    return {str(name): part for name, part in section.items()} if isinstance(section, dict) else {}


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
    called, target = _called_section(added.names, config)
    arguments = _arguments(target) if called else []
    if arguments is None:
        return None
    was_there = isinstance(added.end, dict) and added.end
    if not was_there and len(called) < added.depth:  # null, as no logger is; or elsewhere
        if added.end is None and _kind(added.section) in PARTIAL:
            return [f"{added.section}.{name}" for name in _fields(added.section)]
        elsewhere = INTERPOLATED.fullmatch(str(added.end))
        inside = added.names[added.depth :]
        return [".".join([elsewhere[1], *inside])] if elsewhere else []
    if called:
        is_inside = called != added.names[:-1]  # of an argument: its own affair
        if is_inside and added.names[len(called)] in arguments:
            return None
        if not is_inside and added.names[-1] in OF_HYDRA:
            return None
        return [".".join([*called, argument]) for argument in arguments]
    return [f"{added.section}.{name}" for name in _fields(added.section)]


def _called_section(names: Sequence[str], config: Any) -> tuple[list[str], Any]:
    """The innermost section round an option that has a `_target_`, and that; [] where none has."""
    called: list[str] = []
    target = None
    section = config
    for depth, name in enumerate(names):
        parts = _parts(section)
        if TARGET in parts:
            called = list(names[:depth])
            target = parts[TARGET]
        section = parts.get(name)  # of a name with points in it, nothing
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
    kind = _kind(section)
    if not is_dataclass(kind) or kind is Experiment:
        return []
    return list(get_type_hints(kind))


def _kind(section: str) -> Any:
    """What `schema` says that a section is; None where it does not know it."""
    kind: Any = Config
    for part in section.split("."):
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            hints = get_type_hints(kind) if is_dataclass(kind) else {}
            kind = plain_kind(hints.get(part))
    return kind


def _is_quoted(added: Addition, texts: Sequence[str]) -> bool:
    """Whether a value is made of it, or of a section round it that is not one of `schema`'s.

    >>> size = Addition("mine.size", 0, {})
    >>> [_is_quoted(size, [text]) for text in ("${mine.size}", "${twice:${mine}}", "${..size.0}")]
    [True, True, True]
    >>> [_is_quoted(size, [text]) for text in ("${size}", "mine.size", "${mine.sizes}")]
    [False, False, False]
    >>> _is_quoted(size, ["${.other.size}"])
    False
    >>> _is_quoted(Addition("dataset.list.test", 2, {}), ["${dataset.list}"])
    True
    """
    names = added.names
    depths = range(1, len(names) + 1)
    wholes = [
        names[:depth]
        for depth in depths
        if depth > added.depth or _kind(".".join(names[:depth])) is None
    ]
    paths = []
    for whole in wholes:
        end = r"(?:[.\[][^}]*)?" if whole == names else ""  # a part of it counts too
        paths.append(re.escape(".".join(whole)) + end)
        # from where it is quoted: ${..size}, ${.mine.size}
        inside = (re.escape(".".join(whole[first:])) for first in range(len(whole)))
        paths += [rf"\.+{path}{end}" for path in inside]
    quoted = re.compile(rf"(?:\$\{{|[:,])\s*(?:{'|'.join(paths)})\s*[}},]")
    return any("${" in text and quoted.search(text) for text in texts)
