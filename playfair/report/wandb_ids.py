"""Which W&B run a command is recorded in: a new one, or the one that a killed command began.

What was asked, and of which model, is a key; beside the outputs lies for each key the id of the W&B
run that records it, until that run is finished. A command that is typed again finds it there.
"""

import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from wandb.sdk.lib.runid import generate_id

from playfair.steps.durable import write_json
from playfair.steps.layout import LOCKS
from playfair.steps.lock_file import LockFile

log = logging.getLogger("playfair")

RECORDS = ".wandb"
# options that say how a run is told and watched, not what it does
_BESIDE = ("command", "logger", "rank_timeout", "watch_esvs")


@dataclass
class Claim:
    """A W&B run that this process records, and no other.

    Attributes:
        id: of the W&B run.
        group: of the W&B run, which it keeps when it is continued.
        since: when it was begun, seconds since the epoch.
        places: folders of what was recorded of it, before by killed commands.
        is_continued: whether it was begun by a killed command.
        file: the record; None: it is not to be continued.
        lock: held as long as it is recorded.
    """

    id: str
    group: str | None
    since: float
    places: list[str] = field(default_factory=list)
    is_continued: bool = False
    file: Path | None = None
    lock: LockFile | None = None
    key: str = ""

    def renew(self) -> None:
        """Another id, as the server does not take this one any more."""
        self.id = generate_id()
        self.is_continued = False
        self.places = []

    def begin(self, place: Path) -> None:
        """Notes that what is recorded now lies in `place`."""
        self.places.append(str(place))
        self._write(finished=False)

    def end(self, *, finished: bool) -> None:
        """Lets go of it; what is not finished is continued by who asks for the same."""
        self._write(finished=finished)
        if self.lock:
            self.lock.release()

    def _write(self, *, finished: bool) -> None:
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_json(
            self.file,
            {
                "id": self.id,
                "key": self.key,
                "group": self.group,
                "since": self.since,
                "places": self.places,
                "finished": finished,
            },
        )


def key_of(config: Mapping[str, Any], model: str) -> str:
    """What was asked, and of which model, as a digest.

    >>> key_of({"seed": 0, "command": "a"}, "trn") == key_of({"seed": 0, "command": "b"}, "trn")
    True
    """
    options = {name: value for name, value in config.items() if name not in _BESIDE}
    return sha256(json.dumps([options, model], sort_keys=True).encode()).hexdigest()[:16]


def claim(root: Path, key: str, *, wanted: str | None, group: str | None) -> Claim:
    """The W&B run for what was asked: never one that another process records, or another command.

    Args:
        root: the dataset's folder of outputs.
        key: as of `key_of`.
        wanted: an id that the environment asks for (WANDB_RUN_ID), or None.
        group: of a run that is begun now.
    """
    lock = LockFile(root / LOCKS / f"wandb-{key}.lock", f"process {os.getpid()}")
    fresh = Claim(wanted or generate_id(), group, time.time(), key=key)
    if not lock.acquire():
        if wanted:
            fresh.id = generate_id()
        log.warning(
            "another run (%s) records the same command in W&B: this one is the W&B run %s",
            lock.holder(),
            fresh.id,
        )
        return fresh
    fresh.lock = lock
    fresh.file = root / RECORDS / f"{key}.json"
    before = _read(fresh.file)
    if before and not before["finished"] and wanted in (None, before["id"]):
        fresh.id = before["id"]
        fresh.group = before["group"]
        fresh.since = before["since"]
        fresh.places = [place for place in before["places"] if Path(place).exists()]
        fresh.is_continued = True
        return fresh
    if wanted and wanted in _ids_of_others(root / RECORDS, key):
        fresh.id = f"{wanted}-{key[:8]}"
        log.warning(
            "WANDB_RUN_ID=%s is the W&B run of another command: this one is the W&B run %s",
            wanted,
            fresh.id,
        )
    return fresh


def _ids_of_others(records: Path, key: str) -> set[str]:
    """The W&B runs that other commands have recorded, or record."""
    others = [_read(file) for file in records.glob("*.json")]
    return {other["id"] for other in others if other and other["key"] != key}


def _read(file: Path) -> dict[str, Any] | None:
    """A record; None where there is none that can be read: then a run is a new one."""
    try:
        record = json.loads(file.read_bytes())
        return {
            "id": str(record["id"]),
            "key": str(record["key"]),
            "group": record["group"],
            "since": float(record["since"]),
            "places": [str(place) for place in record["places"]],
            "finished": bool(record["finished"]),
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
