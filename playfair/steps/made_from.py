"""What the folder of a step says that it was made from: made_from.json, its record.

It holds the step's kind, version, settings and id, and the records of its inputs in full. Here it is
read, and held against what this Play Fair knows.
"""

import json
import re
from pathlib import Path

from playfair.steps.damage import DamageError, LayoutError
from playfair.steps.step import UNKNOWN, Record, Step, identity

MADE_FROM = "made_from.json"


def read_record(folder: Path) -> Record:
    """What the step in `folder` was made from.

    Raises:
        DamageError: the folder has no record, or one that is not as it was written.
    """
    file = folder / MADE_FROM
    try:
        made_from = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise DamageError(
            folder,
            f"it has no {MADE_FROM}, so nothing says what it was made from",
            f"Put the file back, or type experiment=doctor experiment.repair=true. To have it made "
            f"again, remove {folder}.",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DamageError(file, f"it is no JSON ({error})") from error
    expected = {"step", "version", "id", "settings", "inputs"}
    if not isinstance(made_from, dict) or not expected <= made_from.keys():
        raise DamageError(
            file, f"it is no record of a step: expected {', '.join(sorted(expected))}"
        )
    _require_consistent(file, made_from)
    return made_from


def _require_consistent(file: Path, made_from: Record) -> None:
    """Raises DamageError where an id is not that of what a record says."""
    try:
        for part in made_from["inputs"].values():
            _require_consistent(file, part)
        now = identity(made_from)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamageError(file, f"it is no record of a step ({error!r})") from error
    if made_from["id"] != now:
        raise DamageError(file, "its id is not that of what it says")


def require_version(folder: Path, kind: type[Step]) -> Record:
    """The record of the step in `folder`, if this Play Fair knows its version.

    Raises:
        DamageError: its record is not as it was written, or is another step's.
        LayoutError: it was made by another version of the step.
    """
    made_from = read_record(folder)
    if made_from["step"] != kind.kind:
        raise DamageError(
            folder / MADE_FROM,
            f"it is the record of a step {made_from['step']!r}, and lies where {kind.kind} lie",
        )
    asked = {"step": kind.kind, "version": kind.version, "inputs": {}}
    if why := of_other_version(folder, made_from, asked):
        raise LayoutError(why)
    return made_from


def require_own_record(step: Step, folder: Path) -> None:
    """Raises LayoutError or DamageError where a step's folder has no record, or not the step's."""
    made_from = require_version(folder, type(step))
    unique = made_from["id"][:8]
    named = re.fullmatch(re.escape(step.label) + "-([0-9a-f]{8})", folder.name)
    if named and named[1] != unique:
        raise DamageError(
            folder / MADE_FROM, f"it is the record of {step.label}-{unique}, another one"
        )


def of_any_version(made_from: Record) -> Record:
    """A record as one is asked for that another version of the steps may have made."""
    inputs = {name: of_any_version(part) for name, part in made_from["inputs"].items()}
    return {**made_from, "version": UNKNOWN, "id": UNKNOWN, "inputs": inputs}


def of_other_version(folder: Path, on_disk: Record, asked: Record) -> str:
    """What to say of the first step, of a folder or of its inputs, that has another version; or ""."""
    was = on_disk["version"]
    now = asked["version"]
    if was != now:
        earlier = isinstance(was, int) and was < now
        age = "an earlier" if earlier else "a later"
        return (
            f"{folder} was made by {age} version of Play Fair, and is not damaged: it is of version "
            f"{was} of the step {asked['step']!r}, and this one knows version {now}. Install the "
            "Play Fair that made it, or remove the folder: it is then made again."
        )
    whys = (
        of_other_version(folder, on_disk["inputs"][name], part)
        for name, part in asked["inputs"].items()
    )
    return next(filter(None, whys), "")
