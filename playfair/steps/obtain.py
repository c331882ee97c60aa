"""The one place that locks, resumes, verifies and logs: whatever is asked for is opened, or made."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from playfair import silence
from playfair.datasets.doctor.finding import counted
from playfair.steps.blocks import BlockStore, block_store
from playfair.steps.clips_of import follow, note
from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.durable import remove_durably, telling_full_disk, write_json
from playfair.steps.layout import Layout, NotAtHandError
from playfair.steps.lock import turn
from playfair.steps.made_from import MADE_FROM, read_record, require_own_record
from playfair.steps.manifest import (
    MANIFEST,
    TRAINING,
    absences,
    read_manifest,
    remove_parts,
    require_sound,
    sizes,
    write_manifest,
)
from playfair.steps.place import is_rank_zero
from playfair.steps.ranks import by_rank_zero
from playfair.steps.step import UNKNOWN, Step, record

log = logging.getLogger("playfair")

INPUTS = "inputs.json"  # which contents of its inputs a step was begun from: name → digest


class NotMadeError(ValueError):
    """What was asked for is not there, and was not to be made."""


def obtain(step: Step, layout: Layout, *, build: bool = True) -> Any:
    """What a step leaves on disk, opened; made first where it is not there or was cut short.

    Every rank of a run asks at once: rank 0 holds the lock, all of them make. What is finished is
    opened without a lock. Blocks that are gone are made again; what is there and damaged is told,
    and left as it is.

    Args:
        step: what is asked for.
        layout: where outputs lie.
        build: whether it may be made.

    Raises:
        NotMadeError: it is not there, and `build` is false.
        DamageError: a file of it is not as it was written.
        LayoutError: what lies there cannot be read.

    Example:
        esvs = obtain(study.esvs_step(8), layout)
    """
    try:
        folder = layout.folder(step)
    except NotAtHandError:
        if not build or not _provide(step):
            raise
        folder = layout.folder(step)
    key = str(folder)
    if key not in layout.opened:
        follow(step, folder, layout, build=build)
        if not _finished(step, folder):
            if not build:
                raise NotMadeError(
                    f"There is no finished {folder}. Type: python run.py experiment=esv"
                )
            try:
                with telling_full_disk(str(folder)):
                    _make(step, folder, layout)
            except NotAtHandError as error:
                raise _not_mended(folder, error) from error
        layout.opened[key] = step.open(folder)
    return layout.opened[key]


def is_made(step: Step, layout: Layout) -> bool:
    """Whether a step is there, whole."""
    try:
        return _finished(step, layout.folder(step))
    except NotAtHandError:
        return False


def _provide(step: Step) -> bool:
    """Writes the dataset, or fetches a checkpoint, that a step is named by; says whether it could."""
    own = getattr(step, "provide", None)
    fetched = own is not None and own()
    for needed in step.inputs().values():
        if getattr(needed, "provide", None) is not None:
            fetched = _provide(needed) or fetched
    return step.data.provide() or fetched


def _finished(step: Step, folder: Path) -> bool:
    if not folder.is_dir() or not _holds_more_than(folder, INPUTS):
        return False
    require_own_record(step, folder)
    manifest = read_manifest(folder)
    if manifest is None:
        return False
    require_sound(folder, manifest)
    absent = absences(folder, manifest)
    store = block_store(step, folder)
    for name in absent:
        if store is None or store.block_of(name) is None:
            raise DamageError(folder / name, "it is not there")
    if absent:
        log.warning(
            "%s: %s %s gone (%s): the blocks they belong to are made again",
            folder,
            counted(len(absent), "file"),
            "is" if len(absent) == 1 else "are",
            ", ".join(absent[:3]),
        )
        return False
    return step.whole(folder)


def _holds_more_than(folder: Path, *names: str) -> bool:
    """Whether anything lies in a folder beside these files, be it the state of a training."""
    return bool(sizes(folder).keys() - set(names)) or (folder / TRAINING).is_dir()


def _not_mended(folder: Path, error: NotAtHandError) -> ValueError:
    """Why something is not there: it is damage where it has been there before."""
    manifest = read_manifest(folder)
    absent = absences(folder, manifest) if manifest else []
    if not absent:
        return error
    why = "it is not there, and what it was made from is not at hand"
    return DamageError(folder / absent[0], why, f"Copy the folder again. ({error})")


def _whole(step: Step, folder: Path) -> bool:
    """Whether nothing is left to be made; the same answer for every rank, whoever is first."""
    if not folder.is_dir() or not step.whole(folder):
        return False
    store = block_store(step, folder)
    return store is None or not store.torn()


def _make(step: Step, folder: Path, layout: Layout) -> None:
    step.data.provide()
    made_from = record(step)
    if made_from["id"] == UNKNOWN:  # found by its record, but cut short, and what it needs is gone
        made_from = read_record(folder)
    for needed in step.inputs().values():  # before this one's lock is taken: each has its own
        obtain(needed, layout)
    with turn(
        layout.lock(folder),
        what=folder,
        made=lambda: _finished(step, folder),
        rank_zero=is_rank_zero(),
    ):
        if _finished(step, folder):
            return
        by_rank_zero(
            lambda: _begin(step, folder, layout, made_from),
            done=(folder / MADE_FROM).exists,  # which ranks that make read
        )
        if not _whole(step, folder):
            log.info("%s: making %s", step.label, folder)
            with silence.doing(f"{step.label}: making {folder}"):
                step.make(folder, layout)
        by_rank_zero(
            lambda: _finish(step, folder),
            done=lambda: (folder / MANIFEST).exists(),
        )


def _begin(step: Step, folder: Path, layout: Layout, made_from: dict[str, Any]) -> None:
    """The folder as whoever makes the step, or what is missing of it, may find it."""
    note(step, folder, layout)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = begun_from(step, layout)
    is_begun = _holds_more_than(folder, INPUTS, MADE_FROM)
    if is_begun:  # before anything of it is touched: with its files back, it is whole again
        _require_begun_from(folder, inputs)
    remove_durably(folder / MANIFEST)
    remove_parts(folder)  # of a run that was killed
    if inputs and not is_begun:
        write_json(folder / INPUTS, inputs)
    write_json(folder / MADE_FROM, made_from)  # what is begun says what it will be
    store = block_store(step, folder)
    if store and (torn := store.torn()):
        for block in torn:
            store.discard(block)
        log.warning(
            "%s: %s had not reached the disk and %s made again",
            folder,
            counted(len(torn), "block"),
            "is" if len(torn) == 1 else "are",
        )


def begun_from(step: Step, layout: Layout) -> dict[str, str]:
    """The contents of a step's inputs as they are now: name → digest of the input's manifest."""
    manifests = {
        name: read_manifest(layout.folder(needed)) for name, needed in step.inputs().items()
    }
    return {name: manifest.digest for name, manifest in manifests.items() if manifest}


def _require_begun_from(folder: Path, now: dict[str, str]) -> None:
    """Raises DamageError where a half-made step was begun from other inputs than there are now."""
    file = folder / INPUTS
    if not now:
        return
    try:
        before = json.loads(file.read_bytes())
        other = [name for name in now if before[name] != now[name]]
    except FileNotFoundError:
        raise DamageError(file, "it is not there", _AGAIN.format(folder)) from None
    except UNREADABLE as error:
        raise DamageError(
            file, f"it is no record of inputs ({error})", _AGAIN.format(folder)
        ) from error
    if other:
        names = " and ".join(other)
        raise DamageError(
            folder,
            f"another content of its {names} has been made since it was begun",
            _AGAIN.format(folder),
        )


_AGAIN = "To have it made from what there is now, remove {} and type the same command again."


def _finish(step: Step, folder: Path) -> None:
    """Writes the manifest, where the step is whole: the last that is done for it."""
    store: BlockStore | None = block_store(step, folder)
    shutil.rmtree(folder / TRAINING, ignore_errors=True)
    write_manifest(folder, store.digests() if store else {})
