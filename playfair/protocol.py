"""Whether something made elsewhere fulfils a protocol of ours, and what it lacks if it does not."""

import inspect
from typing import Any, Generic, Protocol


class ProtocolError(TypeError, ValueError):
    """Something does not fulfil a protocol: which one, and what it lacks."""

    def __init__(self, name: str, protocol: str, missing: list[str]) -> None:
        lines = "\n  ".join(missing)
        super().__init__(f"{name} is no {protocol}. It lacks:\n  {lines}")
        self.name = name
        self.protocol = protocol
        self.missing = missing


def require(thing: object, protocol: type, name: str = "") -> None:
    """Raises ProtocolError unless `thing` has every member of `protocol`.

    Methods need parameters that fit.

    Args:
        thing: what a plug-in made.
        protocol: a typing.Protocol.
        name: what to call `thing`; its type where it is not given.

    Example:
        require(dataset, Dataset, "dataset.open")
    """
    missing = []
    for member in sorted(_members(protocol)):
        method = getattr(protocol, member, None)
        if not hasattr(thing, member):
            missing.append(_described(protocol, member))
        elif inspect.isfunction(method) and not _fits(getattr(thing, member), method):
            missing.append(f"{_described(protocol, member)}: its own takes other arguments")
    if missing:
        raise ProtocolError(name or type(thing).__qualname__, protocol.__name__, missing)


def _members(protocol: type) -> set[str]:
    names: set[str] = set()
    for base in protocol.__mro__:
        if base not in (object, Protocol, Generic):
            names |= set(inspect.get_annotations(base))
            names |= set(vars(base))
    return {name for name in names if not name.startswith("_")}


def _described(protocol: type, member: str) -> str:
    """A member as it is to be written: name, parameters and shapes, and what it is, in a line."""
    definition = inspect.getattr_static(protocol, member, None)
    if isinstance(definition, property):
        definition = definition.fget
        result = inspect.signature(definition).return_annotation if definition else Any
        text = f"{member}: {_readable(result)}"
    elif inspect.isfunction(definition):
        text = f"{member}{_signature(definition)}"
    else:
        hint = next(
            (
                inspect.get_annotations(base)[member]
                for base in protocol.__mro__
                if member in inspect.get_annotations(base)
            ),
            Any,
        )
        text = f"{member}: {_readable(hint)}"
    about = (inspect.getdoc(definition) or "").partition("\n")[0] if callable(definition) else ""
    return f"{text}  # {about}" if about else text


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=parameter.empty)
        for parameter in list(signature.parameters.values())[1:]
    ]
    result = signature.return_annotation
    text = str(inspect.Signature(parameters))
    return text if result is signature.empty else f"{text} -> {_readable(result)}"


def _readable(hint: Any) -> str:
    return hint if isinstance(hint, str) else inspect.formatannotation(hint)


def _fits(own: Any, method: Any) -> bool:
    """Whether `own`, bound, can be called as the protocol's method is called."""
    try:
        signature = inspect.signature(own)
    except (TypeError, ValueError):
        return callable(own)
    positional: list[None] = []
    keywords: dict[str, None] = {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY:
            keywords[parameter.name] = None
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            positional.append(None)
    try:
        signature.bind(*positional, **keywords)
    except TypeError:
        return False
    return True
