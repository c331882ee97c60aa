"""A folder that a dataset is written to: whose it is, what it was written with, whole files only."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playfair.datasets.dataset import PathError
from playfair.datasets.label_files import excerpt


class UnwritableError(PathError):
    """The dataset cannot be written where it should be."""


def claim(root: Path, name: str, spec: Mapping[str, Any], kind: str) -> None:
    """Make the folder ours, or see that it is; a folder that holds anything else is left alone.

    Args:
        root: the folder; it need not be there.
        name: of the file in it that says what the dataset is written with.
        spec: what that is.
        kind: what is written, "synthetic dataset".

    Raises:
        UnwritableError: it holds something else, or a dataset that was written otherwise.
    """
    path = root / name
    if path.exists():
        present = read_spec(path)
        differences = [
            f"{key}={present.get(key)} (now {value})"
            for key, value in spec.items()
            if present.get(key) != value
        ]
        if differences:
            reason = (
                f"holds a {kind} with {', '.join(differences)}; ask for the same "
                "again, name another folder with dataset.root=FOLDER, or delete this one"
            )
            raise UnwritableError(root, reason)
    elif root.exists() and any(root.iterdir()):
        reason = f"holds files that are no {kind}; name a new folder with dataset.root=FOLDER"
        raise UnwritableError(root, reason)
    root.mkdir(parents=True, exist_ok=True)
    save(path, json.dumps(spec).encode())


def read_spec(path: Path) -> dict[str, Any]:
    """What a dataset was written with. Raises UnwritableError."""
    try:
        spec = json.loads(path.read_bytes())
        if not isinstance(spec, dict):
            raise ValueError(f"expected a dictionary, got {excerpt(spec)}")
    except (ValueError, RecursionError) as error:
        reason = (
            f"damaged ({error}), so nothing says what dataset this is. Remove "
            f"{path.parent}: it is then written again"
        )
        raise UnwritableError(path, reason) from error
    return spec


def save(path: Path, content: bytes) -> None:
    """All of the file or nothing of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def add(path: Path, content: bytes) -> None:
    """All of the file, where it is not there yet."""
    if not path.exists():
        save(path, content)
