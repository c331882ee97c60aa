"""Points of a sweep: finished ones are not run again, a failed one does not stop the others."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from playfair.launch import errors
from playfair.steps.durable import write_json

failed: list[str] = []  # points of the sweep that failed in this process, and why


@contextmanager
def point(folder: Path, config: Mapping[str, Any], *, sweep: bool) -> Iterator[bool]:
    """One point of a sweep, or a run of its own.

    It says whether the point is to be run, and remembers if it failed. A point is skipped when it
    was finished before with the same configuration.
    """
    marker = folder / "finished.json"
    identity = _identity(config)
    if sweep and _content(marker) == identity:
        print(f"{folder.name}: finished before, skipped (without {marker} it is run again)")
        yield False
        return
    try:
        yield True
    except Exception as error:
        reason = errors.message(error) or str(error)
        failed.append(f"{folder.name}: {reason}")
        if sweep:
            print(f"{folder.name} failed: {reason}", file=sys.stderr)
        raise
    write_json(marker, identity)


def _identity(config: Mapping[str, Any]) -> str:
    """What was asked, however it was typed."""
    options = {name: value for name, value in config.items() if name != "command"}
    return sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


def _content(marker: Path) -> object:
    try:
        return json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or cut short
        return None
