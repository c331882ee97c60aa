"""Autocast that surrounds a call: it reaches the model, and not the engine's own products."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
