"""In which precision a model multiplies; it never reaches the engine's own sums and products."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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


def as_called_here(model: Callable[[Tensor], Any], device: str) -> Callable[[Tensor], Any]:
    """The model as it answers where this is called: within autocast, if it is active."""
    if not torch.is_autocast_enabled(device):
        return model
    dtype = torch.get_autocast_dtype(device)

    def within_autocast(units: Tensor) -> Any:
        with torch.autocast(device, dtype=dtype):
            return model(units)

    return within_autocast


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
        with torch.autocast(values.device.type, torch.bfloat16, enabled=mixed):
            return self.function(values, *others)


def in_precision(function: Callable[..., Any], precision: str) -> InPrecision:
    """A function in a precision; one that has a precision already, in another."""
    plain = function.function if isinstance(function, InPrecision) else function
    return InPrecision(plain, precision)
