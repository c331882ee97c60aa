"""One file per model: what it was made from and its weights, readable without running code (`weights_only=True`)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

# What a model was made from: names and values that JSON holds.
Identity = Mapping[str, Any]


def save_checkpoint(path: Path, model: nn.Module, made_from: Identity) -> None:
    """Writes {made_from, weights}; a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    torch.save({"made_from": made_from, "weights": model.state_dict()}, part)
    part.replace(path)


def read_checkpoint(path: Path) -> tuple[Identity, dict[str, Any]]:
    """What the model was made from, and its weights.

    Raises:
        ValueError: the file is no checkpoint of ours.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return content["made_from"], content["weights"]
    except (
        Exception
    ) as error:  # torch raises pickle, zip, key and type errors for files that are something else
        raise ValueError(
            f"{path} is not a Play Fair checkpoint (expected a file with 'made_from' and 'weights'): {error}"
        ) from error


def file_fingerprint(file: Path) -> str:
    """Hash of a file's content, wherever it lies."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]


def weights_fingerprint(model: nn.Module) -> str:
    """Hash of all weights and buffers, bit by bit: equal only for equal models."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(
            tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        )
    return digest.hexdigest()[:16]
