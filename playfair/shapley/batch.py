"""How many rows a model is shown at once: from the bytes of a row, and less where memory fails."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playfair.shapley.memory import block_rows

log = logging.getLogger("playfair")

# What a model is shown at once, at most. The same on every machine, as the size of a batch decides
# on the last bits of a product. What a network makes of its input is several times as large: of 12
# frames of 224 × 224 × 3 in float32 it leaves 9 clips, which take a ResNet-50 about 1 GB. A GPU is
# given four times as much: of a VideoMAE-B's tokens 13 clips would leave it waiting for its next
# kernel as long as it computes.
BATCH_BYTES = 2**26
ON_GPU = 4

# What torch says where there is no type for it.
MEMORY_FAILED = ("not enough memory", "DefaultCPUAllocator", "out of memory")


@dataclass
class Batch:
    """The most rows that a model is shown at once; shared by all parts of a game, as it may shrink.

    Attributes:
        rows: (coalition, video) pairs, 1 or more.
        told: is told how many rows were done, after every call.
    """

    rows: int
    told: Callable[[int], None] | None = None

    def calls(self, n_rows: int, call: Callable[[slice], Tensor]) -> Iterator[tuple[slice, Tensor]]:
        """Calls the model on all rows, nearly equally many at a time.

        Where memory fails the batch is halved, for all that follows too, and this is logged: the
        last bits of what follows may then differ from those of a machine with more memory.

        Args:
            n_rows: how many there are.
            call: of a slice of the rows, the model's answer.

        Yields:
            Each slice, with its answer.

        Raises:
            MemoryError, RuntimeError: memory failed for a single row.
        """
        start = 0
        while start < n_rows:
            n_calls = -(-(n_rows - start) // self.rows)
            stop = start + -(-(n_rows - start) // n_calls)
            try:
                answer = call(slice(start, stop))
            except (MemoryError, RuntimeError) as error:
                if stop - start == 1 or not is_memory_failure(error):
                    raise
            else:
                if self.told is not None:
                    self.told(stop - start)
                yield slice(start, stop), answer
                start = stop
                continue
            # Only here, as the error held on to what the call had allocated.
            self.rows = (stop - start) // 2
            log.warning("memory failed: from here on the model sees %d rows at once", self.rows)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()


def batch_for(bytes_per_row: int, device: torch.device, batch_size: int | None = None) -> Batch:
    """The batch that was asked for, or as many rows as BATCH_BYTES hold, up to a block.

    Example:
        >>> clip = 12 * 224 * 224 * 3 * 4
        >>> [batch_for(clip, torch.device(name)).rows for name in ("cpu", "cuda")]
        [9, 37]
    """
    if batch_size is not None:
        return Batch(batch_size)
    most = BATCH_BYTES * (ON_GPU if device.type == "cuda" else 1)
    return Batch(max(1, min(block_rows(device), most // max(1, bytes_per_row))))


def is_memory_failure(error: BaseException) -> bool:
    """Whether there was too little memory, on whatever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(sign in str(error) for sign in MEMORY_FAILED)
