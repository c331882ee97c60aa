"""What estimators draw, kept from call to call: clips that are explained one by one share it.

What is drawn follows from the number of elements, the budget and the generator alone, and so do the
regressions that are solved for it: most of what a single clip takes. The generator goes on as if
all were drawn anew, so that values are the same to the bit.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar, runtime_checkable

import torch

from playfair.shapley.caches import register

# What stays after a call. A draw of 1,000 evaluations of 16 elements takes 90 MB with its
# regressions and the kernels of what is scored by them, one of 300 takes 40.
MOST_BYTES = 2**27


@runtime_checkable
class Weighed(Protocol):
    """What knows how much memory it takes by now."""

    @property
    def n_bytes(self) -> int:
        """Bytes."""
        ...

    def lighten(self) -> bool:
        """Lets go of what is soon made anew; False where nothing is left of it."""
        ...


Draw = TypeVar("Draw", bound=Weighed)


class Designs(Generic[Draw]):
    """Draws by what they follow from; the one that was used last goes last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Draw, torch.Tensor]] = OrderedDict()
        self._lock = Lock()
        register(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._start_anew)

    def _start_anew(self) -> None:
        """In a forked process: its parent's threads may hold locks, and never let go of them."""
        self._lock = Lock()
        self._kept = OrderedDict()

    def obtain(self, key: Hashable, generator: torch.Generator, draw: Callable[[], Draw]) -> Draw:
        """What is drawn by the generator as it is now, or was from the same state.

        Args:
            key: what it follows from, beside the generator.
            generator: is afterwards as `draw` leaves it.
            draw: draws from it.
        """
        state = bytes(generator.get_state().numpy())
        whole_key = (key, state)
        with self._lock:
            if whole_key in self._kept:
                self._kept.move_to_end(whole_key)
                kept, after = self._kept[whole_key]
                generator.set_state(after)
                return kept
        with torch.inference_mode(False):
            new = draw()
        with self._lock:
            self._kept[whole_key] = (new, generator.get_state())
        return new

    @property
    def n_bytes(self) -> int:
        """What is kept now."""
        return sum(kept.n_bytes for kept, _ in list(self._kept.values()))

    def trim(self) -> None:
        """Lets go of those that were not used for longest, until the others take MOST_BYTES."""
        with self._lock:
            while self._kept and self.n_bytes > MOST_BYTES:
                oldest, _ = next(iter(self._kept.values()))
                if not oldest.lighten():
                    self._kept.popitem(last=False)

    def cache_clear(self) -> None:
        """Lets go of all."""
        with self._lock:
            self._kept.clear()
