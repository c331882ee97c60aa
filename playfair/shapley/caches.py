"""Tables of coalitions that are kept from call to call: few bytes, and emptied on demand."""

import ctypes
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, TypeVar

import torch
from torch import Tensor

# What stays after a call. The tables of 16 frames take 20 MB, of 17 frames 41 MB, of 20 frames
# 268 MB: those are made anew by the next call, 0.5 s.
MOST_BYTES = 2**26

Table = TypeVar("Table")
_caches: list[Any] = []
_kept_bytes = 0
_counting = Lock()


def kept(maxsize: int) -> Callable[[Callable[..., Table]], Callable[..., Table]]:
    """As `functools.lru_cache`, and known to `empty_caches`.

    What is kept can be used within and without inference mode.

    Example:
        >>> @kept(maxsize=4)
        ... def steps(n: int) -> Tensor:
        ...     return torch.arange(n)
        >>> steps(3) is steps(3)
        True
        >>> first = steps(3)
        >>> empty_caches()
        >>> steps(3) is first
        False
    """

    def decorate(make: Callable[..., Table]) -> Callable[..., Table]:
        @wraps(make)
        def counted(*arguments: Hashable) -> Table:
            with torch.inference_mode(False):
                table = make(*arguments)
            _count(bytes_of(table))
            return table

        cached = lru_cache(maxsize=maxsize)(counted)
        register(cached)
        return cached

    return decorate


def register(cache: Any) -> None:
    """Makes a cache known to `empty_caches`, by its `cache_clear`, and by `trim` where it has one."""
    _caches.append(cache)


def empty_caches() -> None:
    """Frees what explaining keeps from call to call; the next call makes it again.

    At most 64 MB of tables stay after a call by themselves, and 128 MB of what estimates draw.

    Example:
        >>> import playfair
        >>> playfair.empty_caches()
    """
    global _kept_bytes
    with _counting:
        for cache in _caches:
            cache.cache_clear()
        _kept_bytes = 0
    _give_back()


def trim_caches() -> None:
    """Empties the caches where they have grown beyond MOST_BYTES; at the end of every call."""
    for cache in _caches:
        trim = getattr(cache, "trim", None)
        if trim is not None:
            trim()
    if _kept_bytes > MOST_BYTES:
        empty_caches()


def kept_bytes() -> int:
    """How much is kept now."""
    return _kept_bytes


def bytes_of(table: object) -> int:
    """What a table takes: a tensor, or a tuple of tensors, which on a CPU share one that is kept."""
    if isinstance(table, Tensor):
        return table.numel() * table.element_size()
    if isinstance(table, tuple):
        copies = [part for part in table if isinstance(part, Tensor) and part.device.type != "cpu"]
        return sum(bytes_of(copy) for copy in copies)
    return 0


def bytes_within(*holders: object) -> int:
    """What tensors take that objects, or the values of dictionaries, hold; one held twice counts once."""
    held: dict[int, int] = {}
    for holder in holders:
        values = holder if isinstance(holder, dict) else vars(holder)
        for value in list(values.values()):  # at once: others may be adding to it
            if isinstance(value, Tensor):
                held[id(value)] = bytes_of(value)
    return sum(held.values())


def _count(n_bytes: int) -> None:
    global _kept_bytes
    with _counting:
        _kept_bytes += n_bytes


def _give_back() -> None:
    """Has glibc return what was freed to the system, which it otherwise keeps for what follows."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # else it is not glibc
        trim(0)
