"""What a run made: the artefacts that it read or made, and the files of its answer: made.json.

    {"artefacts": {folder: {"id": …, "files": 12}}, "results": [file, …]}

Folders are those of steps below the outputs, files those below the run's folder.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playfair.steps.damage import DamageError
from playfair.steps.durable import write_json
from playfair.steps.layout import Layout, LayoutError
from playfair.steps.made_from import read_record
from playfair.steps.run_folder import ERROR, FAILED, FINISHED, RUNNING

MADE = "made.json"
# what a run's folder holds beside its answer: Hydra's, W&B's, this page's, the index', a sweep's
_BESIDE = {
    *(".hydra", "wandb", MADE, "about.json", "config.yaml", FINISHED),
    *(FAILED, ERROR, RUNNING, Path(RUNNING).with_suffix(".holder").name),
}

Made = dict[str, Any]


def keep_made(folder: Path, layout: Layout) -> None:
    """Writes what the run in `folder` has read, made and answered."""
    artefacts = {}
    for name in sorted(layout.opened):
        path = Path(name)
        record = read_record(path)
        artefacts[_below(path, layout.outputs)] = {"id": record["id"], "files": n_files(path)}
    write_json(folder / MADE, {"artefacts": artefacts, "results": results(folder)})


def results(folder: Path) -> list[str]:
    """The files of an answer."""
    return sorted(
        str(path.relative_to(folder)) for path in _files(folder) if not _is_beside(path, folder)
    )


def gone(made: Made, folder: Path, outputs: Path) -> str | None:
    """The first of what a run made that is not there any more, or not whole; None: all is there."""
    for name in made["results"]:
        if not (folder / name).is_file():
            return str(folder / name)
    for name, artefact in made["artefacts"].items():
        path = outputs / name
        if not path.is_dir() or n_files(path) < artefact["files"]:
            return str(path)
        try:
            if read_record(path)["id"] != artefact["id"]:
                return str(path)
        except (LayoutError, DamageError):  # it is told where it is read
            return str(path)
    return None


def is_made(value: object) -> bool:
    """Whether a value that was read is what `keep_made` writes."""
    if not isinstance(value, Mapping):
        return False
    artefacts = value.get("artefacts")
    names = value.get("results")
    return (
        isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(artefacts, Mapping)
        and all(
            isinstance(artefact, Mapping)
            and isinstance(artefact.get("id"), str)
            and isinstance(artefact.get("files"), int)
            for artefact in artefacts.values()
        )
    )


def n_files(folder: Path) -> int:
    """How many files lie in a folder and below."""
    return sum(len(files) for _, _, files in os.walk(folder))


def _files(folder: Path) -> Iterator[Path]:
    for place, _, files in os.walk(folder):
        for file in files:
            yield Path(place) / file


def _is_beside(path: Path, folder: Path) -> bool:
    first = path.relative_to(folder).parts[0]
    return first in _BESIDE or first.startswith("rank-") or path.suffix in (".log", ".part")


def _below(path: Path, outputs: Path) -> str:
    return str(path.relative_to(outputs) if path.is_relative_to(outputs) else path)
