"""Points of a sweep: finished ones are not run again, a failed one does not stop the others.

A point is finished when it says so and all that it made is still there: finished.json holds what was
asked, as a digest, and what made.json says of the run. A point that fails leaves its reason in
failed.json: it may run in another process than the sweep's first, or on another machine.
"""

import json
import shutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from playfair import signals
from playfair.launch import errors, made
from playfair.steps.damage import DamageError
from playfair.steps.durable import remove_durably, write_json
from playfair.steps.lock import held
from playfair.steps.place import is_rank_zero
from playfair.steps.run_folder import ERROR, FAILED, FINISHED, RUNNING

RUNS = "runs"  # the folder of a dataset's runs
MULTIRUN = "multirun.yaml"  # Hydra's, of a sweep
# of a point that is to be run again
_AGAIN = "Remove it, and the point is run again."
# options that say how a run is told and watched, not what it does
_BESIDE = ("command", "objective", "rank_timeout")

_were_there: dict[str, bool] = {}  # folders of outputs
failed: list[str] = []  # points of the sweep that failed, and why


@contextmanager
def reasons_kept(folder: Path, name: str = "") -> Iterator[None]:
    """Within it, a point of a sweep that fails leaves its reason in its folder, and is told at once.

    Args:
        folder: of the point.
        name: what the point is called; its folder's name otherwise.
    """
    remove_durably(folder / FAILED)
    try:
        yield
    except Exception as error:
        reason = errors.message(error)
        if not reason:  # not the user's: where it happened is wanted too
            (folder / ERROR).write_text(traceback.format_exc(), encoding="utf-8")
            reason = f"{type(error).__name__}: {error} ({folder / ERROR})"
        write_json(folder / FAILED, {"reason": reason})
        tell_failure(name or folder.name, reason)
        raise
    except BaseException:
        print(f"{folder.name} was stopped; points after it were not begun", file=sys.stderr)
        raise


def tell_failure(name: str, reason: str) -> None:
    """Says that a point has failed: hours may pass until the others have ended."""
    print(errors.as_called(f"\n{name} has failed: {reason}\n"), file=sys.stderr, flush=True)


@contextmanager
def point(folder: Path, config: Mapping[str, Any], *, sweep: bool) -> Iterator[bool]:
    """One point of a sweep, or a run of its own.

    It says whether the point is to be run. A point is skipped when it was finished before with the
    same configuration, and what it made is there.
    """
    signals.here()  # the point before may have been asked to end when it had ended
    marker = folder / FINISHED
    identity = _identity(config)
    with _alone(folder):
        if sweep and _is_finished(marker, identity, Path(config["paths"]["outputs"])):
            print(f"{folder.name}: finished before, skipped (without its {FINISHED}, run again)")
            yield False
            return
        remove_durably(marker)
        yield True
        _finish(folder, identity)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within it, no other process is at this point: the same sweep may have been typed twice."""
    if not is_rank_zero():  # its folder is its own
        yield
        return
    with held(folder / RUNNING, what=folder.name, remove=True):
        yield


def remove_unanswered(folder: Path) -> None:
    """Removes the folder of a run that has not answered anything, and those above it that are empty."""
    if not folder.is_dir() or made.results(folder) or (folder / "wandb").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    for above in _begun_above(folder):
        try:
            above.rmdir()
        except OSError:  # something is in it
            return


def remove_unbegun(folder: Path) -> None:
    """Removes the folder of a sweep that was refused before its first point, as Hydra has made it."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {MULTIRUN}:
        (folder / MULTIRUN).unlink(missing_ok=True)
        remove_unanswered(folder)


def note_outputs(outputs: str) -> None:
    """Remembers whether the folder of outputs was there before this process has begun anything."""
    _were_there.setdefault(outputs, Path(outputs).exists())


def _begun_above(folder: Path) -> Iterator[Path]:
    """The folders of a run that were made with it: a sweep's, runs/, the dataset's, outputs/."""
    runs = next((above for above in folder.parents if above.name == RUNS), None)
    if runs is None:  # hydra.run.dir names a folder of somebody else's
        return
    outputs = runs.parent.parent
    for above in folder.parents:
        if above == outputs and _were_there.get(str(outputs), True):
            return
        yield above
        if above == outputs:
            return


def _finish(folder: Path, identity: str) -> None:
    answered = {"artefacts": {}, "results": made.results(folder)}
    file = folder / made.MADE
    if file.exists():
        try:
            answered = json.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            raise DamageError(file, f"it is no JSON ({error})", _AGAIN) from error
    write_json(folder / FINISHED, {"options": identity, **answered})


def _identity(config: Mapping[str, Any]) -> str:
    """What was asked, however it was typed."""
    options = {name: value for name, value in config.items() if name not in _BESIDE}
    return sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


def _is_finished(marker: Path, identity: str, outputs: Path) -> bool:
    """Whether a point was finished as it is asked now, and what it made is still there.

    Raises:
        DamageError: its marker is not as it was written.
    """
    finished = _content(marker)
    if finished is None or finished["options"] != identity:
        return False
    missing = made.gone(finished, marker.parent, outputs)
    if missing:
        print(f"{marker.parent.name}: finished before, but {missing} is gone: run again")
        return False
    return True


def _content(marker: Path) -> dict[str, Any] | None:
    try:
        text = marker.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DamageError(marker, f"it cannot be read ({error})", _AGAIN) from error
    try:
        finished = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamageError(marker, f"expected JSON, got {text[:40]!r}", _AGAIN) from error
    if isinstance(finished, str):  # as it was before it listed what was made: look again
        return None
    if not made.is_made(finished) or not isinstance(finished.get("options"), str):
        expected = "options, artefacts and results"
        raise DamageError(marker, f"expected {expected}, got {text[:40]!r}", _AGAIN)
    return finished
