"""In which precision a model multiplies; it never reaches the engine's own sums and products."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import torch
from torch import Tensor

DEVICES = ("cpu", "cuda")


@contextmanager
def without_autocast() -> Iterator[None]:
    """Within it sums and products are of the dtype of what is summed and multiplied."""
    active = [device for device in DEVICES if torch.is_autocast_enabled(device)]
    if not active:
        yield
        return
    with torch.autocast(active[0], enabled=False), torch.autocast(active[-1], enabled=False):
        yield


class Products(NamedTuple):
    """In what products of float32 are multiplied, as torch was told.

    Attributes:
        word: of `torch.set_float32_matmul_precision`, "highest", "high" or "medium"; None where
            backends were told otherwise by their own names.
        names: of each of BACKENDS (torch 2.9 and newer), which may have been told after the word.
    """

    word: str | None
    names: tuple[str, ...] = ()

    def tell(self) -> None:
        """Sets it."""
        if self.word is not None:
            torch.set_float32_matmul_precision(self.word)
        for backend, name in zip(BACKENDS, self.names, strict=bool(self.names)):
            backend.fp32_precision = name


BACKENDS: tuple[Any, ...] = (
    torch.backends.cuda.matmul,
    getattr(torch.backends.mkldnn, "matmul", None),  # from torch 2.9 on, as the names are
)
FULL = Products("highest")
# What torch was told is the process's. So threads that need all digits are counted, together with
# what there was before the first of them, which the last one brings back.
_counting = Lock()
_n_in_full = 0
_before = FULL
# of a thread within `full_products`, what models that it calls are multiplied in
_of_caller: ContextVar[Products | None] = ContextVar("of_caller", default=None)


def products() -> Products:
    """As they are now; FULL where no backend has fewer digits than float32."""
    try:
        word = torch.get_float32_matmul_precision()
    except RuntimeError:  # it knows only what it was told itself
        word = None
    if word == FULL.word:
        return FULL
    if not all(hasattr(backend, "fp32_precision") for backend in BACKENDS):
        return Products(word)
    return Products(word, tuple(backend.fp32_precision for backend in BACKENDS))


def products_outside() -> Products:
    """As they are for who explains nothing, whatever other threads are within."""
    with _counting:
        return _before if _n_in_full else products()


@contextmanager
def full_products() -> Iterator[None]:
    """Within it float32 is multiplied as float32, not as TF32 or bfloat16.

    Those leave three digits, and Lightning advises them on every GPU that has them. They are for
    a model to be called in, as it was before; the engine's own sums and fits need all digits.
    """
    if _of_caller.get() is not None:
        yield
        return
    token = _of_caller.set(_enter_full())
    try:
        yield
    finally:
        _of_caller.reset(token)
        _leave_full()


@contextmanager
def callers_products() -> Iterator[None]:
    """Within it float32 is multiplied as it was outside `full_products`.

    But while another thread needs all digits: then in all, too.
    """
    if _of_caller.get() in (None, FULL):
        yield
        return
    token = _of_caller.set(None)
    _leave_full()
    try:
        yield
    finally:
        _enter_full()
        _of_caller.reset(token)


@contextmanager
def models_in_full() -> Iterator[None]:
    """Within it models that are called multiply in all digits, too: two ways of one are compared."""
    with without_autocast(), full_products():
        token = _of_caller.set(FULL)
        try:
            yield
        finally:
            _of_caller.reset(token)


def _enter_full() -> Products:
    """Counts a thread that needs all digits; returns what there was before it, or the first."""
    global _n_in_full, _before
    with _counting:
        now = products()
        if _n_in_full == 0 or now != FULL:  # who is told something else meanwhile, means it
            _before = now
        if now != FULL:
            FULL.tell()
        _n_in_full += 1
        return _before


def _leave_full() -> None:
    """Counts one less; after the last it is as before the first."""
    global _n_in_full
    with _counting:
        _n_in_full -= 1
        if _n_in_full == 0 and _before != FULL:
            _before.tell()


def as_called_here(model: Callable[[Tensor], Any], device: str) -> Callable[[Tensor], Any]:
    """The model as it answers where this is called: within autocast, and in products as they are."""
    mixed = torch.is_autocast_enabled(device)
    if not mixed and products_outside() == FULL:
        return model
    dtype = torch.get_autocast_dtype(device)

    def as_there(units: Tensor) -> Any:
        with callers_products(), torch.autocast(device, dtype=dtype, enabled=mixed):
            return model(units)

    return as_there


def as_multiplied(values: Tensor) -> Tensor:
    """Values in the dtype that autocast multiplies them in; as they are, where it is not active.

    What several layers multiply is so rounded once: autocast would round it for each, to the same.
    """
    device = values.device.type
    if not torch.is_autocast_enabled(device):
        return values
    return values.to(torch.get_autocast_dtype(device))


@dataclass(frozen=True)
class InPrecision:
    """A function of tensors with its products in float32, or in bfloat16.

    Whatever autocast it is called within: what is explained is what was asked for.

    Attributes:
        function: itself.
        precision: "float32" or "bfloat16".
    """

    function: Callable[..., Any]
    precision: str

    def __call__(self, values: Tensor, *others: Tensor) -> Any:
        mixed = self.precision == "bfloat16"
        device = values.device.type
        with callers_products(), torch.autocast(device, torch.bfloat16, enabled=mixed):
            return self.function(values, *others)


def in_precision(function: Callable[..., Any], precision: str) -> InPrecision:
    """A function in a precision; one that has a precision already, in another."""
    plain = function.function if isinstance(function, InPrecision) else function
    return InPrecision(plain, precision)
