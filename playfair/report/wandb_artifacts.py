"""Where a result comes from, as W&B's artifacts: dataset → model → features → ESVs → run.

An artifact is a reference to a step's folder and its record, made_from.json: nothing large is read or
uploaded. What this run has made is its output; what was there before is its input. An artifact's
metadata names those that it was made from.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb

from playfair.report.wandb_run import Recorded
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, read_manifest
from playfair.steps.step import Record

MOST_REFERENCES = 1000  # files of a step that are referred to one by one; else its manifest is
# a step's kind → W&B's type of artifact, where it is another word
TYPES = {"video": "model", "heads": "model", "pretrained": "model"}


def log_artifacts(
    recorded: Recorded, layout: Layout, model: str, models: Sequence[str], root: Path
) -> None:
    """Declares the dataset and every step that the run's answer comes from.

    Args:
        recorded: the W&B run of the model.
        layout: which knows what this process has opened.
        model, models: the run's model, and all of the command's.
        root: the dataset's folder.
    """
    if recorded.run.disabled:  # W&B has nowhere to put them
        return
    steps: dict[Path, Record] = {}
    for name in layout.opened:
        folder = Path(name)
        if owner_of(folder, models) in (None, model):
            steps |= _with_ancestors(folder, read_record(folder))
    for settings in _datasets(steps.values()):
        recorded.attempt(_declare, recorded, dataset_artifact(settings, root), made=False)
    for folder, record in steps.items():
        recorded.attempt(
            _declare,
            recorded,
            step_artifact(folder, record),
            made=(folder / MANIFEST).stat().st_mtime >= recorded.claim.since,
            alias=record["id"][:8],
        )


def owner_of(folder: Path, models: Sequence[str]) -> str | None:
    """The model that a step's folder is named by; None where it is no model's.

    >>> models = ["trn", "trn-large"]
    >>> owner_of(Path("trn-large-8-frames-3f2a91c0"), models)
    'trn-large'
    >>> owner_of(Path("train-64x64-5b1e20c7"), models) is None
    True
    """
    longest_first = sorted(models, key=len, reverse=True)
    return next((name for name in longest_first if folder.name.startswith(f"{name}-")), None)


def step_artifact(folder: Path, record: Record) -> wandb.Artifact:
    """The artifact of a step: named by what it is, told apart by its id."""
    manifest = read_manifest(folder)
    made_from = {}
    for name, part in record["inputs"].items():
        place = folder_of(part, folder.parent.parent)
        made_from[name] = f"{artifact_name(place, part)}:{part['id'][:8]}" if place else part["id"]
    artifact = wandb.Artifact(
        artifact_name(folder, record),
        str(TYPES.get(record["step"], record["step"])),
        metadata={
            "id": record["id"],
            "digest": manifest.digest if manifest else None,
            "version": record["version"],
            "settings": record["settings"],
            "made_from": made_from,
        },
    )
    artifact.add_file(str(folder / MADE_FROM))
    many = n_files(folder) > MOST_REFERENCES
    place = folder / MANIFEST if many else folder
    # what lies there is known by the digest above: it is not read again
    artifact.add_reference(place.resolve().as_uri(), name=place.name, checksum=False)
    return artifact


def dataset_artifact(settings: Mapping[str, Any], root: Path) -> wandb.Artifact:
    """The artifact of a dataset: its content's digest and where it lies; names of clips stay here."""
    metadata = {**settings, "root": str(root.resolve())}
    artifact = wandb.Artifact(_allowed(f"{settings['name']}-dataset"), "dataset", metadata=metadata)
    with artifact.new_file("dataset.json") as file:
        json.dump(dict(settings), file, indent=2, sort_keys=True)
    return artifact


def n_files(folder: Path) -> int:
    """How many files lie in a folder and below."""
    return sum(len(files) for _, _, files in os.walk(folder))


def artifact_name(folder: Path, record: Record) -> str:
    """The collection that a step is a version of.

    >>> record = {"step": "esvs", "id": "3f2a91c0"}
    >>> artifact_name(Path("outputs/synthetic/esvs/trn-8-frames-3f2a91c0"), record)
    'synthetic-esvs-trn-8-frames'
    """
    label = folder.name.removesuffix(f"-{record['id'][:8]}")
    return _allowed(f"{folder.parent.parent.name}-{record['step']}-{label}")


def folder_of(record: Record, outputs: Path) -> Path | None:
    """Where a step lies among a dataset's outputs, by its record; None where it does not."""
    for folder in sorted((outputs / record["step"]).glob(f"*-{record['id'][:8]}")):
        if (folder / MANIFEST).exists():
            return folder
    return None


def _allowed(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:128]


def _with_ancestors(folder: Path, record: Record) -> dict[Path, Record]:
    """A step behind all that it was made from, as far as that is still there."""
    steps: dict[Path, Record] = {}
    for part in record["inputs"].values():
        if place := folder_of(part, folder.parent.parent):
            steps |= _with_ancestors(place, part)
    return {**steps, folder: record}


def _datasets(records: Any) -> Iterator[Mapping[str, Any]]:
    """What steps say of their dataset, once."""
    names = set()
    for record in records:
        settings = record["settings"].get("dataset")
        if isinstance(settings, Mapping) and settings["name"] not in names:
            names.add(settings["name"])
            yield settings


def _declare(recorded: Recorded, artifact: wandb.Artifact, *, made: bool, alias: str = "") -> None:
    aliases = ["latest", alias] if alias else ["latest"]
    if made:
        recorded.run.log_artifact(artifact, aliases=aliases)
        return
    # what `use_artifact` does, which refuses to work offline and waits for the server online
    recorded.run._log_artifact(
        artifact, aliases=aliases, is_user_created=True, use_after_commit=True
    )
