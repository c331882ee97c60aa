"""Points of a sweep: finished ones are not run again, a failed one does not stop the others."""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playfair.steps.durable import write_json

FINISHED = "finished.json"

failed: list[str] = []  # points of the sweep that failed in this process, and why


@contextmanager
def point(folder: Path, config: Any, *, sweep: bool) -> Iterator[bool]:
    """One point of a sweep, or a run of its own; remembers if it failed.

    Args:
        folder: the point's run folder.
        config: its configuration, as plain values.
        sweep: whether it is one of many: then it is skipped if it was finished before.

    Yields:
        Whether it is to be run.
    """
    marker = folder / FINISHED
    identity = _identity(config)
    if sweep and marker.exists() and json.loads(marker.read_text()) == identity:
        print(f"{folder.name}: finished before, skipped (remove its folder to run it again)")
        yield False
        return
    try:
        yield True
    except Exception as error:
        failed.append(f"{folder.name}: {error}")
        if sweep:
            print(f"{folder.name} failed: {error}", file=sys.stderr)
        raise
    write_json(marker, identity)


def _identity(config: Any) -> str:
    """Of the configuration, whatever command composed it."""
    text = json.dumps({**config, "command": ""}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
