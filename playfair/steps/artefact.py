"""Artefacts carry what they were made from, so that none is ever reused for, or overwritten by, something else."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Identity = Mapping[str, Any]  # nested mappings of JSON values: what an artefact was made from


class MismatchError(ValueError):
    """An artefact on disk was made from something else than what is asked for now."""


def fingerprint(identity: Identity) -> str:
    """Short hash of an identity, equal for equal identities whatever the order of their keys.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def differences(made_from: Identity, asked: Identity) -> list[str]:
    """One line for each entry in which two identities differ, by its dotted name.

    >>> differences({"model": {"dropout": 0.1}}, {"model": {"dropout": 0.5}})
    ['model.dropout: made with 0.1, asked for 0.5']
    """
    made, now = _flatten(made_from), _flatten(asked)
    return [
        f"{name}: made with {made.get(name, 'nothing')}, asked for {now.get(name, 'nothing')}"
        for name in sorted(made.keys() | now.keys())
        if name not in made or name not in now or made[name] != now[name]
    ]


def require_same(path: Path, made_from: Identity, asked: Identity) -> None:
    """Raises MismatchError, saying what differs and what to type, unless the artefact was made from `asked`."""
    if lines := differences(made_from, asked):
        raise MismatchError(
            f"{path} was made from another configuration:\n  "
            + "\n  ".join(lines)
            + "\nType overwrite=true to replace it, or paths.outputs=<another folder> to keep both."
        )


def write_json(path: Path, value: object) -> None:
    """Writes JSON so that a reader sees the old file or the whole new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def discard(folder: Path) -> None:
    """Deletes a folder; one that is killed meanwhile leaves nothing under its name that could be taken for whole."""
    doomed = folder.with_name(f"{folder.name}.discarded")
    shutil.rmtree(doomed, ignore_errors=True)  # what one that was killed has left
    folder.rename(doomed)
    shutil.rmtree(doomed)


@contextmanager
def telling_full_disk(what: str) -> Iterator[None]:
    """Turns a full disk, or a quota used up, into a ValueError that says what to do; `what` was being written."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ValueError(
            f"The disk is full: no space for {what}. What was finished is kept: make space and type the same command "
            "again, it continues from there. To write elsewhere, type paths.outputs=FOLDER."
        ) from error


def _flatten(tree: Identity, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
