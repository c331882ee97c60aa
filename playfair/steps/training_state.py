"""The state of a training that is not finished: on the disk at the end of each epoch, checked.

training/<n>-ranks/last.ckpt   Lightning's checkpoint of the last epoch
training/<n>-ranks/last.json   {"crc32c": checksums of the checkpoint that is being put there and
                               of the one before it}
"""

import json
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import google_crc32c
import numpy as np
import torch

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.durable import write_json, written_aside
from playfair.steps.manifest import checksum_of
from playfair.training.fit import WholeCheckpoints


class DurableCheckpoints(WholeCheckpoints):
    """Writes a checkpoint so that a power cut leaves it or the one before, whole."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[Path, str] = {}  # checksums of what this process has put there

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        path = Path(path)
        before = self._last.pop(path, None) or (checksum_of(path) if path.exists() else None)
        with written_aside(path) as part:
            with part.open("wb") as file:
                summed = Summed(file)
                torch.save(checkpoint, cast("IO[bytes]", summed))  # of which it writes alone
            # before it is put there: whichever of the two a killed process leaves is known
            checksums = [summed.checksum, *([before] if before else [])]
            write_json(record_of(path), {"crc32c": checksums})
        self._last[path] = summed.checksum

    def remove_checkpoint(self, path: Any) -> None:
        super().remove_checkpoint(path)
        record_of(Path(path)).unlink(missing_ok=True)

    def require_whole(self, path: Path) -> None:
        require_state(path)


class Summed:
    """A file that is written from its beginning to its end, and the checksum of what was written.

    So nothing is read again for it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._sum = 0

    @property
    def checksum(self) -> str:
        return f"{self._sum:08x}"

    def write(self, content: bytes | memoryview) -> int:
        # an array of the same bytes: torch hands out memoryviews, which google_crc32c does not take
        self._sum = google_crc32c.extend(self._sum, np.frombuffer(content, np.uint8))
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()


def require_state(path: Path) -> None:
    """Raises DamageError where the state of a training is not as it was written."""
    again = f"Remove {path.parent}: the training then begins anew."
    file = record_of(path)
    try:
        checksums = json.loads(file.read_bytes())["crc32c"]
    except FileNotFoundError:
        raise DamageError(file, "it is not there", again) from None
    except UNREADABLE as error:
        raise DamageError(file, f"it is no record of a checkpoint ({error})", again) from error
    if checksum_of(path) not in checksums:
        raise DamageError(path, f"its checksum is none of those in {file.name}", again)


def record_of(checkpoint: Path) -> Path:
    """Where the checksums of a checkpoint are."""
    return checkpoint.with_suffix(".json")
