"""One file for each model: its sizes and its weights, readable without running code."""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from playfair.steps.durable import telling_full_disk


def save_checkpoint(path: Path, model: nn.Module, sizes: dict[str, int]) -> None:
    """Writes {sizes, weights}; a reader sees the old file or the whole new one.

    Args:
        path: where to.
        model: whose weights are kept.
        sizes: what the model was built with that its configuration does not say: feature_dim and
            n_classes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with telling_full_disk(str(path)):
        torch.save({"sizes": sizes, "weights": model.state_dict()}, part)
        part.replace(path)


def read_checkpoint(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """The sizes a model was built with, and its weights.

    Raises:
        ValueError: the file is no checkpoint of ours.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return content["sizes"], content["weights"]
    except Exception as error:  # torch raises pickle, zip, key and type errors
        raise ValueError(
            f"{path} is damaged, or no Play Fair checkpoint (expected 'sizes' and 'weights'): "
            f"{error}. Remove {path.parent}: it is then made again."
        ) from error


def weights_fingerprint(model: nn.Module) -> str:
    """Hash of all weights and buffers, bit by bit: equal only for equal models."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        values = tensor.detach().cpu().contiguous().view(-1)
        digest.update(name.encode())
        digest.update(values.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
