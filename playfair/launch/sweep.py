"""Points of a sweep: finished ones are not run again, a failed one does not stop the others."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playfair.steps.artefact import fingerprint, write_json

failed: list[str] = []  # points of the sweep that failed in this process, and why


@contextmanager
def point(folder: Path, config: Any, *, sweep: bool) -> Iterator[bool]:
    """One point of a sweep, or a run of its own: says whether it is to be run, and remembers if it failed.

    A point is skipped when it was finished before with the same configuration.
    """
    marker, identity = (
        folder / "finished.json",
        fingerprint({**config, "overwrite": False, "command": ""}),
    )
    if (
        sweep
        and marker.exists()
        and json.loads(marker.read_text()) == identity
        and not config["overwrite"]
    ):
        print(f"{folder.name}: finished before, skipped (overwrite=true runs it again)")
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
