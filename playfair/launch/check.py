"""What was composed, looked at before anything is built.

A value of another kind than the option's is refused by name.
"""

import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, field, fields, is_dataclass, make_dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from playfair.launch.schema import Config, Experiment
from playfair.steps.run_folder import as_typed
from playfair.targets import TARGET, located


def check_values(cfg: DictConfig) -> None:
    """Holds every option against its kind in `schema`.

    What can be read as it (1 for 1.0) is written so.

    Raises:
        ValueError: naming the option, what it expects and what came.
    """
    _conform(cfg, Config, prefix="")


def check_experiment(options: DictConfig) -> None:
    """Holds numbers and switches against the kinds that an experiment says of its arguments.

    Of ours `schema` says more, and earlier; this is for those of plug-ins, which are imported by now.

    Args:
        options: the section `experiment`.

    Raises:
        ValueError: as of `check_values`.
    """
    target = str(options.get(TARGET))
    if target.startswith("playfair."):
        return
    try:
        function = located(target)
        hints = get_type_hints(function) if inspect.isfunction(function) else {}
        arguments = inspect.signature(function).parameters
    except Exception:  # of another's code, which is told of where it is called
        return
    for name, argument in arguments.items():
        hint = hints.get(name)
        if name not in options or plain_kind(hint) not in (bool, int, float):
            continue
        if len(get_args(hint)) > 2:  # int | list[int] | None: as its function reads it
            continue
        value = options[name]
        if value is None and argument.default is None:
            continue
        kind = make_dataclass("Argument", [(name, hint, field(default=MISSING))])
        schema = OmegaConf.structured(kind)
        try:
            schema[name] = value
        except OmegaConfBaseException:
            raise _refusal(f"experiment.{name}", fields(kind)[0], hint, value) from None
        options[name] = schema[name]


def _conform(section: DictConfig, kind: type, prefix: str) -> None:
    schema = _schema(kind)
    hints = get_type_hints(kind)
    for option in fields(kind):
        if option.name not in section:
            continue
        name = prefix + option.name
        value: Any = section[option.name]
        if parts := list(_sections(hints[option.name], value)):
            for below, node, its_kind in parts:
                _conform(node, its_kind, prefix=f"{name}.{below}")
        elif not _holds_sections(hints[option.name]):
            try:
                schema[option.name] = value
            except OmegaConfBaseException:
                raise _refusal(name, option, hints[option.name], value) from None
            read = schema[option.name]
            if not _suffices(read, option) or _is_no_switch(value, read):
                raise _refusal(name, option, hints[option.name], value)
            # [1] is equal to [1.0], and has another id
            if isinstance(read, ListConfig) or type(read) is not type(value):
                section[option.name] = read


@cache
def _schema(kind: type) -> DictConfig:
    """Of which a value is asked as soon as it is written: one serves all sections of a kind."""
    return OmegaConf.structured(kind)


def _sections(hint: Any, value: Any) -> Iterator[tuple[str, DictConfig, type]]:
    """The sections of options that `value` is or holds.

    Yields:
        What stands before their names, the section, its kind.
    """
    if not isinstance(value, DictConfig):
        return
    if get_origin(hint) is dict:
        for name in value:
            if isinstance(value[name], DictConfig):
                yield f"{name!s}.", value[name], get_args(hint)[1]
    elif _holds_sections(hint):
        kind = plain_kind(hint)
        target = OmegaConf.select(value, TARGET, default="playfair.")
        # a plug-in's experiment may mean something else by a word
        if kind is not Experiment or str(target).startswith("playfair."):
            yield "", value, kind


def _holds_sections(hint: Any) -> bool:
    return is_dataclass(plain_kind(hint)) or get_origin(hint) is dict


def plain_kind(hint: Any) -> Any:
    """The kind without the None that it may be instead."""
    if not _may_be_none(hint):
        return hint
    return next((kind for kind in get_args(hint) if kind is not NoneType), hint)


def _may_be_none(hint: Any) -> bool:
    return NoneType in get_args(hint)


def _suffices(value: Any, option: "Field[Any]") -> bool:
    """Whether a value of the right kind is one of the words, and long, great and distinct enough."""
    if value is None:
        return True
    rules = option.metadata
    if "words" in rules and value not in rules["words"]:
        return False
    if isinstance(value, ListConfig):
        length = rules.get("length")
        if length is not None and len(value) != length:
            return False
        if rules.get("filled") and not len(value):
            return False
        if rules.get("distinct") and len(set(value)) < len(value):
            return False
    values = value if isinstance(value, ListConfig) else [value]
    return all(_is_within(part, rules) for part in values)


def _is_within(value: Any, rules: Mapping[str, Any]) -> bool:
    """Whether a number lies between its bounds and is one; whether a word has letters."""
    if isinstance(value, str):
        return value != ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    least, above, most = (rules.get(bound) for bound in ("least", "above", "most"))
    return (
        math.isfinite(value)
        and (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
    )


def _is_no_switch(typed: Any, read: Any) -> bool:
    """Whether a number was read as true that is not 1."""
    return read is True and isinstance(typed, int) and typed != 1


def _refusal(name: str, option: "Field[Any]", hint: Any, value: Any) -> ValueError:
    plain = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
    return ValueError(
        f"Expected {name} to be {_expected(option, hint)}, got {name}={as_typed(plain)}."
    )


def _expected(option: "Field[Any]", hint: Any) -> str:
    rules = option.metadata
    kind = plain_kind(hint)
    if get_origin(kind) is list:
        length = f" of {rules['length']}" if rules.get("length") else ""
        bounds = f", each {text}" if (text := _bounds(rules)) else ""
        distinct = ", none twice" if rules.get("distinct") else ""
        return f"a list{length}, such as {rules['example']}{bounds}{distinct}"
    or_null = ", or null" if _may_be_none(hint) else ""
    if rules.get("words"):
        *others, last = rules["words"]
        return f"{', '.join(others)} or {last}{or_null}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}[kind]
    bounds = _bounds(rules)
    comma = "," if bounds.endswith("or more") else ""
    return f"{words}{comma} {bounds}".rstrip() + or_null


def _bounds(rules: Mapping[str, Any]) -> str:
    """Between which numbers a number lies.

    >>> _bounds({"least": 0, "most": 1}), _bounds({"least": 5}), _bounds({"above": 0}), _bounds({})
    ('from 0 to 1', '5 or more', 'above 0', '')
    """
    if rules.get("most") is not None:
        return f"from {rules['least']} to {rules['most']}"
    if rules.get("least") is not None:
        return f"{rules['least']} or more"
    return f"above {rules['above']}" if rules.get("above") is not None else ""
