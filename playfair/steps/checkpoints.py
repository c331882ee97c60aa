"""One file for each model: its sizes and its weights, readable without running code."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from playfair.steps.damage import DamageError
from playfair.steps.durable import written_aside
from playfair.steps.manifest import MANIFEST


def save_checkpoint(path: Path, model: nn.Module, sizes: dict[str, int]) -> None:
    """Writes {sizes, weights}; a reader sees the old file or the whole new one.

    Args:
        path: where to.
        model: whose weights are kept.
        sizes: what the model was built with that its configuration does not say: feature_dim and
            n_classes.
    """
    # to an open file: by its name, torch does not say that the disk is full
    with written_aside(path) as part, part.open("wb") as file:
        torch.save({"sizes": sizes, "weights": model.state_dict()}, file)


def read_checkpoint(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """The sizes a model was built with, and its weights.

    A finished step's are not looked through once more: whoever asks for it has the whole file
    compared with its manifest first.

    Raises:
        DamageError: the file is no checkpoint of ours, or not as it was written.
    """
    if not (path.parent / MANIFEST).exists():
        require_checksums(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return content["sizes"], content["weights"]
    except Exception as error:  # torch raises pickle, zip, key and type errors
        raise DamageError(
            path, f"it is no Play Fair checkpoint, which has 'sizes' and 'weights' ({error})"
        ) from error


def require_checksums(path: Path) -> None:
    """Raises DamageError where a file that torch saved is not as it was written.

    Torch itself does not look at the checksums of what it reads.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()
    except FileNotFoundError:
        raise DamageError(path, "it is not there") from None
    except Exception as error:  # zipfile raises index, struct and value errors too
        raise DamageError(path, f"it is no whole checkpoint ({error})") from error
    if wrong:
        raise DamageError(path, f"the checksum of its part {wrong} is not that of its content")


def weights_fingerprint(model: nn.Module) -> str:
    """Hash of all weights and buffers, bit by bit: equal only for equal models."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        values = tensor.detach().cpu().contiguous().view(-1)
        digest.update(name.encode())
        digest.update(values.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
