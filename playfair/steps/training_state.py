"""The state of a training that is not finished: on the disk at the end of each epoch, checked.

training/<n>-ranks/last.ckpt   Lightning's checkpoint of the last epoch
training/<n>-ranks/last.json   {"sha256": digests of the checkpoint that is being put there and
                               of the one before it}
"""

import json
from pathlib import Path
from typing import Any

import torch

from playfair.steps.damage import DamageError
from playfair.steps.durable import write_json, written_aside
from playfair.steps.manifest import sha256_of
from playfair.training.fit import WholeCheckpoints


class DurableCheckpoints(WholeCheckpoints):
    """Writes a checkpoint so that a power cut leaves it or the one before, whole."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        path = Path(path)
        with written_aside(path) as part:
            with part.open("wb") as file:
                torch.save(checkpoint, file)
            # before it is put there: whichever of the two a killed process leaves is known
            digests = [sha256_of(part)]
            if path.exists():
                digests.append(sha256_of(path))
            write_json(record_of(path), {"sha256": digests})

    def require_whole(self, path: Path) -> None:
        require_state(path)


def require_state(path: Path) -> None:
    """Raises DamageError where the state of a training is not as it was written."""
    again = f"Remove {path.parent}: the training then begins anew."
    file = record_of(path)
    try:
        digests = [str(digest) for digest in json.loads(file.read_bytes())["sha256"]]
    except FileNotFoundError:
        raise DamageError(file, "it is not there", again) from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamageError(file, f"it is no record of a checkpoint ({error})", again) from error
    if sha256_of(path) not in digests:
        raise DamageError(path, f"its digest is none of those in {file.name}", again)


def record_of(checkpoint: Path) -> Path:
    """Where the digests of a checkpoint are."""
    return checkpoint.with_suffix(".json")
