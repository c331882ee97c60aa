"""What was composed, looked at before anything is built.

A value of another kind than the option's is refused by name.
"""

from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from playfair.launch.schema import Config


def check_values(cfg: DictConfig) -> None:
    """Holds every option against its kind in `schema`.

    What can be read as it (1 for 1.0) is written so.

    Raises:
        ValueError: naming the option, what it expects and what came.
    """
    _conform(cfg, Config, prefix="")


def _conform(section: DictConfig, kind: type, prefix: str) -> None:
    schema = OmegaConf.structured(kind)
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
            if not _suffices(schema[option.name], option):
                raise _refusal(name, option, hints[option.name], value)
            section[option.name] = schema[option.name]


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
        yield "", value, plain_kind(hint)


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
    """Whether a value of the right kind is long and great enough, and one of the words."""
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
    least = rules.get("least")
    values = value if isinstance(value, ListConfig) else [value]
    return least is None or all(number >= least for number in values)


def _refusal(name: str, option: "Field[Any]", hint: Any, value: Any) -> ValueError:
    return ValueError(f"Expected {name} to be {_expected(option, hint)}, got {name}={value}.")


def _expected(option: "Field[Any]", hint: Any) -> str:
    rules = option.metadata
    kind = plain_kind(hint)
    if get_origin(kind) is list:
        length = f" of {rules['length']}" if rules.get("length") else ""
        least = f", each {rules['least']} or more" if rules.get("least") is not None else ""
        return f"a list{length}, such as {rules['example']}{least}"
    if rules.get("words"):
        *others, last = rules["words"]
        return f"{', '.join(others)} or {last}" + (", or null" if _may_be_none(hint) else "")
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}[kind]
    if rules.get("least") is not None:
        words += f", {rules['least']} or more"
    return words + (", or null" if _may_be_none(hint) else "")
