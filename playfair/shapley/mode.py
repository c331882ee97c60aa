"""Parts of a model that are in train mode, wherever they hide: within what a call can reach."""

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from playfair.shapley.errors import InTrainMode

# Deeper than anybody nests functions; a loop of references ends by itself.
DEPTH = 8
# Of a list or dict that a function reads, looked into so far: tables of data are no model.
MOST_ITEMS = 1000
MOST_OBJECTS = 10_000
# Whose objects, but for modules and functions, hold no part of a model: optimisers, trainers, tables.
LIBRARIES = frozenset(("torch", "numpy", "pandas", "xarray", "pytorch_lightning", "lightning"))
PLAIN = (Tensor, str, bytes, int, float, complex, type, ModuleType, BuiltinFunctionType, type(None))
# Scripted modules show no code, but the name of what they were made from.
DRAWING = ("Dropout", "BatchNorm", "InstanceNorm", "DropPath", "StochasticDepth", "RReLU")
OWN_NAMES = frozenset(vars(nn.Module()))
# Methods `game` of models that look at their mode themselves. Functions, not models or names: what
# stands in their place, in a subclass or an instance, is another one.
CHECKING: set[Any] = set()

Method = TypeVar("Method", bound=Callable[..., Any])


def checks_mode(game: Method) -> Method:
    """Registers a method `game` that calls `check_mode` where it must, as a decorator."""
    CHECKING.add(game)
    return game


def is_checked_by_itself(model: object) -> bool:
    """Whether the model looks at its mode when it is asked for its game."""
    return getattr(getattr(model, "game", None), "__func__", None) in CHECKING


def check_mode(model: object) -> None:
    """Raises InTrainMode, naming the parts, where the model or anything that it calls is in it.

    A part counts whose code asks for its mode: dropout, batch norm, whatever is written like them.
    The model itself counts always.
    """
    if isinstance(model, nn.Module) and model.training:
        raise InTrainMode(())
    parts = [
        f"{name} ({type(part).__name__})" for name, part in modules_within(model) if is_random(part)
    ]
    if parts:
        raise InTrainMode(parts)


def is_random(part: nn.Module) -> bool:
    """Whether the part's answer depends on its mode, and it is in train mode."""
    if not part.training:
        return False
    if isinstance(part, torch.jit.ScriptModule):
        return any(sign in str(part.original_name) for sign in DRAWING)
    if getattr(part, "p", None) == 0 or getattr(part, "dropout", None) == 0:
        return False  # dropout of nothing
    kind: Any = type(part)
    return asks_for_mode(kind)


@lru_cache(maxsize=4096)
def asks_for_mode(kind: type) -> bool:
    """Whether any method of the class, but those of every module, reads `training`."""
    for ancestor in kind.__mro__:
        if ancestor in (nn.Module, object):
            continue
        for method in vars(ancestor).values():
            function = inspect.unwrap(method) if callable(method) else None
            if isinstance(function, FunctionType) and "training" in function.__code__.co_names:
                return True
    return False


def modules_within(model: object) -> Iterator[tuple[str, nn.Module]]:
    """All modules that a call of the model can reach, by the names under which they are reached.

    They may be parts of a module, registered or not; what a function closes over, reads from its
    globals, or has as a default; what `functools.partial` holds; the object of a bound method; what
    any other callable object holds.

    Example:
        >>> dropout = nn.Dropout()
        >>> [name for name, _ in modules_within(lambda x: dropout(x))]
        ['dropout']
    """
    waiting: list[tuple[str, Any, int]] = [("", model, 0)]
    visited: set[int] = set()
    while waiting and len(visited) < MOST_OBJECTS:
        name, held, depth = waiting.pop()
        if isinstance(held, PLAIN) or id(held) in visited or depth > DEPTH:
            continue
        visited.add(id(held))
        if isinstance(held, nn.Module):
            yield name or type(held).__name__, held
        waiting += [
            (f"{name}{'.' if name and part[0] != '[' else ''}{part}", value, depth + 1)
            for part, value in reversed(list(held_by(held)))
            if not isinstance(value, PLAIN)
        ]


def held_by(held: Any) -> Iterator[tuple[str, Any]]:
    """What one object holds that a call of it may reach, by name."""
    if isinstance(held, nn.Module):
        yield from held._modules.items()
        own = vars(held)
        yield from ((name, own[name]) for name in own.keys() - OWN_NAMES)
    elif isinstance(held, partial):
        yield from [("func", held.func), *numbered(held.args), *held.keywords.items()]
    elif isinstance(held, MethodType):
        kind = type(held.__self__).__name__
        yield kind, held.__self__
        yield held.__func__.__name__, held.__func__
    elif isinstance(held, FunctionType):
        yield from of_function(held)
    elif isinstance(held, Mapping):
        if len(held) <= MOST_ITEMS:
            yield from ((f"[{key!r}]", value) for key, value in held.items())
    elif isinstance(held, Sequence | set | frozenset):
        if len(held) <= MOST_ITEMS:
            yield from numbered(held)
    elif type(held).__module__.partition(".")[0] not in LIBRARIES:
        yield from getattr(held, "__dict__", {}).items()
        call = inspect.getattr_static(type(held), "__call__", None)
        if isinstance(call, FunctionType):
            yield "__call__", call


def numbered(values: Any) -> Iterator[tuple[str, Any]]:
    """Items by their places."""
    return ((f"[{place}]", value) for place, value in enumerate(values))


def of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function closes over, its defaults, and the globals that it reads."""
    if (function.__module__ or "").partition(".")[0] in LIBRARIES:
        # Their globals are their own affair; a decorated function of one's own is closed over.
        names: set[str] = set()
    else:
        names = set(globals_of(function.__code__))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from numbered(function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    yield from vars(function).items()
    for name in sorted(names & function.__globals__.keys()):
        yield name, function.__globals__[name]


@lru_cache(maxsize=1024)
def globals_of(code: CodeType) -> tuple[str, ...]:
    """Names of the globals that the code reads, and what is defined within it."""
    names = [
        step.argval for step in dis.get_instructions(code) if step.opname.startswith("LOAD_GLOBAL")
    ]
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names += globals_of(inner)
    return tuple(names)
