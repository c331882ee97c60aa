"""What the card says of an artefact, read from the artefact itself: no torch, no dataset."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import playfair
from playfair.report.look import model_name
from playfair.report.provenance import REPOSITORY, commit_of
from playfair.steps.damage import LayoutError
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.step import Record
from playfair.training.history import HISTORY
from playfair.travel.named import STORES

Facts = dict[str, Any]  # JSON values, by name


def facts(folder: Path) -> Facts:
    """Model, dataset, frames, accuracy, command and code of the artefact in a folder.

    Args:
        folder: of a finished step, in outputs.

    Returns:
        kind, model, seed, dataset, frames, command, code; accuracies: a list of one object for each
        ESV store that tells of it, with frames, split, clips and top1; of a store its size too.
    """
    record = read_record(folder)
    about = (
        _of_store(folder, record) if record["step"] in STORES else _of_checkpoint(folder, record)
    )
    commit = commit_of(REPOSITORY)
    code = f"Play Fair {playfair.__version__}" + (f", {commit}" if commit else "")
    return {"kind": record["step"], "dataset": folder.parts[-3], **about, "code": code}


def _of_checkpoint(folder: Path, record: Record) -> Facts:
    name = re.sub(r"(-seed-\d+)?-[0-9a-f]{8}$", "", folder.name)
    seed = record["settings"].get("seed", 0)
    model = record["settings"].get("model") or {}
    recipe = model.get("heads") or model.get("training") or {}
    architecture = {
        part: str(model[part]["_target_"]).rpartition(".")[2]
        for part in ("backbone", "head")
        if isinstance(model.get(part), Mapping) and "_target_" in model[part]
    }
    return {
        "model": name,
        "title": model_name(name),
        "seed": seed,
        "frames": recipe.get("n_frames"),
        "epochs": recipe.get("epochs"),
        "architecture": architecture,
        "accuracies": sorted(
            _accuracies(folder, record),
            key=lambda told: (told["split"], told.get("frames") or 0),
        ),
        "needs": [_name_of(needed) for needed in _trained(record)],
        "command": _command("train", folder.parts[-3], name, seed),
    }


def _of_store(folder: Path, record: Record) -> Facts:
    from playfair.explorer.entry import Entry
    from playfair.steps.checked_zarr import read_group

    settings = record["settings"]
    about: Facts = {
        "model": str(settings.get("model")),
        "title": model_name(str(settings.get("model"))),
        "frames": settings.get("n_frames"),
    }
    if record["step"] != "esvs":
        seed = record["inputs"]["esvs"]["inputs"]["head"]["settings"].get("seed", 0)
        command = _command("interactions", folder.parts[-3], about["model"], seed)
        return {**about, "seed": seed, "command": f"{command} n_frames={about['frames']}"}
    attributes = read_group(folder)["attributes"]
    entry = Entry(folder, record, attributes)
    measured = _measured(folder)
    return {
        **about,
        "seed": entry.seed,
        "estimator": attributes.get("estimator"),
        "removal": attributes.get("removal"),
        "accuracies": [measured] if measured["labelled"] else [],
        **{name: measured[name] for name in ("split", "clips", "classes", "elements")},
        "command": entry.command("esv").replace("python run.py", "playfair"),
    }


def _accuracies(folder: Path, record: Record) -> Iterator[Facts]:
    """Of the ESV stores beside a checkpoint that were made with it; or of its own training."""
    found = False
    for file in sorted((folder.parents[1] / "esvs").glob(f"*/{MADE_FROM}")):
        try:
            head = read_record(file.parent)["inputs"].get("head") or {}
            if head.get("id") == record["id"]:
                measured = _measured(file.parent)
                found = found or bool(measured["labelled"])
                if measured["labelled"]:
                    yield measured
        except (LayoutError, ValueError):  # a store that is damaged, or not finished
            continue
    if not found:
        yield from _watched(folder, record)


def _watched(folder: Path, record: Record) -> Iterator[Facts]:
    """What its training's history says of the epoch whose weights are kept, if it was validated."""
    history = folder / HISTORY
    if not history.is_file():
        return
    model = record["settings"].get("model") or {}
    recipe = model.get("heads") or model.get("training") or {}
    with history.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    measured = [row for row in rows if row.get("val_top1")]
    if recipe.get("keep") == "best":
        kept = max(measured, key=lambda row: float(row["val_top1"]), default=None)
    else:  # of the last epoch, or not measured
        kept = next(iter(rows[-1:]), None)
    if kept is not None and kept in measured:
        yield {
            "frames": recipe.get("n_frames"),
            "top1": round(float(kept["val_top1"]), 4),
            "split": "validation, watched in training",
        }


def _measured(folder: Path) -> Facts:
    """Top-1 accuracy of the scores in an ESV store, over clips with a class."""
    from playfair.steps.esv_store import open_store

    store = open_store(folder)
    label = store["label"].values
    predicted = store["score"].values.argmax(1)
    labelled = label >= 0
    n_labelled = int(labelled.sum())
    top1 = float((predicted == label)[labelled].mean()) if n_labelled else None
    return {
        "frames": int(store.attrs["n_frames"]),
        "split": str(store.attrs["split"]),
        "clips": int(store.sizes["video"]),
        "classes": int(store.sizes["class"]),
        "elements": int(store.sizes["element"]),
        "labelled": n_labelled,
        "top1": None if top1 is None else round(top1, 4),
    }


def _trained(record: Record) -> Iterator[Record]:
    """The checkpoints that a checkpoint was made from."""
    for needed in record["inputs"].values():
        if needed["step"] in ("video", "heads"):
            yield needed
        else:
            yield from _trained(needed)


def _name_of(record: Record) -> str:
    return f"{record['step']}/*-{record['id'][:8]}"


def _command(experiment: str, dataset: str, model: str, seed: int) -> str:
    command = f"playfair experiment={experiment} dataset={dataset} model={model}"
    return f"{command} seed={seed}" if seed else command
