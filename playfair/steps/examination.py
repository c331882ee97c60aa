"""What lies in the folder of outputs, read whole: what is damaged, and what was made from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.layout import LOCKS, Layout
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import (
    CREATED,
    MANIFEST,
    TRAINING,
    absences,
    changes,
    read_manifest,
    sizes,
)
from playfair.steps.obtain import INPUTS
from playfair.steps.step import Record


@dataclass(frozen=True)
class Examined:
    """The folder of a step.

    Args:
        folder: where it lies.
        finished: whether it has a manifest.
        n_files, n_bytes: what was read.
        damages: of its files.
        dependents: folders of steps that were made from it, or from what was made from it.
        outdated: names of inputs that were made anew since, with another content.
    """

    folder: Path
    finished: bool
    n_files: int
    n_bytes: int
    damages: list[DamageError]
    dependents: list[Path] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)


def examine_outputs(layout: Layout, dataset_name: str) -> list[Examined]:
    """Every step of a dataset, each file compared with the manifest of its folder.

    Args:
        layout: where outputs lie.
        dataset_name: whose.

    Example:
        [examined for examined in examine_outputs(layout, "synthetic") if examined.damages]
    """
    folders = list(step_folders(layout.outputs / dataset_name))
    records = {folder: record for folder in folders if (record := _record(folder))}
    of_id = {record["id"]: folder for folder, record in records.items()}
    needs = {folder: list(_inputs(record)) for folder, record in records.items()}
    examined = []
    for folder in folders:
        own = records.get(folder, {}).get("id") or _id_from_others(folder, records)
        dependents = [other for other, ids in needs.items() if own in ids]
        there = sizes(folder)
        examined.append(
            Examined(
                folder,
                finished=(folder / MANIFEST).exists(),
                n_files=len(there),
                n_bytes=sum(there.values()),
                damages=verify(folder),
                dependents=dependents,
                outdated=_outdated(folder, records.get(folder), of_id),
            )
        )
    return examined


def step_folders(of_dataset: Path) -> Iterator[Path]:
    """The folders of all steps of a dataset, finished or begun."""
    for folder in sorted(of_dataset.glob("*/*/")):
        if folder.parent.name not in ("runs", LOCKS) and (
            (folder / MADE_FROM).exists() or (folder / MANIFEST).exists()
        ):
            yield folder


def verify(folder: Path) -> list[DamageError]:
    """All that is damaged in the folder of a step, whatever its kind; every file is read.

    What is not finished has no manifest: of it, what it was made from is looked at, and the state
    of a training, and what a store was created with. Blocks are looked at when it is continued.
    """
    damages = []
    try:
        read_record(folder)
    except DamageError as damage:
        damages.append(damage)
    try:
        manifest = read_manifest(folder)
    except DamageError as damage:
        return [*damages, damage]
    if manifest is None:
        return [*damages, *_training_damages(folder), *_creation_damages(folder)]
    told = {damage.file for damage in damages}
    for name in absences(folder, manifest):
        if name != MADE_FROM:
            damages.append(DamageError(folder / name, "it is not there"))
    damages += [d for d in changes(folder, manifest, thorough=True) if d.file not in told]
    return damages


def _training_damages(folder: Path) -> Iterator[DamageError]:
    for state in sorted((folder / TRAINING).glob("*/*.ckpt")):
        from playfair.steps.training_state import require_state  # imports torch

        try:
            require_state(state)
        except DamageError as damage:
            yield damage


def _creation_damages(folder: Path) -> Iterator[DamageError]:
    """Of a store whose blocks are still to be written: what it was created with."""
    try:
        created = read_manifest(folder, CREATED)
    except DamageError as damage:
        yield damage
        return
    if created:
        yield from changes(folder, created, thorough=True)


def _record(folder: Path) -> Record | None:
    try:
        return read_record(folder)
    except DamageError:
        return None


def _inputs(record: Record) -> Iterator[str]:
    """The ids of all steps that one was made from, directly or not."""
    for part in record["inputs"].values():
        yield part["id"]
        yield from _inputs(part)


def _id_from_others(folder: Path, records: dict[Path, Record]) -> str | None:
    """A step's whole id, where its own record is lost: from what was made from it."""
    first = folder.name.rpartition("-")[2]
    ids = (unique for record in records.values() for unique in _inputs(record))
    return next((unique for unique in ids if unique.startswith(first)), None)


def _outdated(folder: Path, record: Record | None, of_id: dict[str, Path]) -> list[str]:
    """Inputs whose folders hold something else by now than what the step was made from."""
    if record is None:
        return []
    try:
        begun_from = json.loads((folder / INPUTS).read_bytes())
        names = []
        for name, digest in begun_from.items():
            needed = of_id.get(record["inputs"][name]["id"])
            manifest = read_manifest(needed) if needed else None
            if manifest and manifest.digest != digest:
                names.append(name)
        return names
    except UNREADABLE:
        return []  # damage, which `verify` tells
