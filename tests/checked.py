"""Types and shapes are checked of every call within the rooms of tensors.

jaxtyping's own decorator binds each call's arguments and checks them twice, for what its messages
then say, and compiles four functions for each: half of all that small games took. Here arguments and
results are checked once, in a scope of names of axes that is the call's.
"""

from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from types import FunctionType
from typing import Any, get_type_hints

import jaxtyping
from beartype import beartype

ROOMS = ["playfair.shapley", "playfair.models", "playfair.attribution"]
usual = jaxtyping.jaxtyped


def install() -> None:
    """From now on; before anything of these rooms is imported."""
    jaxtyping.jaxtyped = jaxtyped  # the name that its hook writes before each function
    jaxtyping.install_import_hook(ROOMS, "beartype.beartype")


def jaxtyped(*given: Any, **options: Any) -> Any:
    """In the place of `jaxtyping.jaxtyped`."""
    decorated = usual(*given, **options)
    if given:
        return decorated
    return lambda what: checked(what) or decorated(what)


def checked(what: Any) -> Callable[..., Any] | None:
    """A function that checks its calls; None for a class, a generator, or where names of types are not there."""
    if not isinstance(what, FunctionType) or isgeneratorfunction(
        what
    ):  # these begin after the call
        return None
    try:
        get_type_hints(what, include_extras=True)
    except (NameError, AttributeError, TypeError):  # imported for type checkers alone
        return None
    function = beartype(what)
    if function is what:  # nothing says what it takes
        return what
    scope = usual("context")

    @wraps(what)
    def within(*given: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        with scope:
            return function(*given, **named)

    return within
