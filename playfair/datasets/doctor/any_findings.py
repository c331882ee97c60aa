"""Any dataset → findings: what it says of itself, and what is not there. No clip is opened."""

import os
from collections.abc import Iterator, Mapping

import numpy as np

from playfair.datasets.clip_dataset import Clips
from playfair.datasets.dataset import SPLIT_NAMES, UNKNOWN_CLASS, Dataset, Split, SplitName
from playfair.datasets.doctor.finding import Finding, Reasons, about_clips, counted
from playfair.datasets.doctor.label_findings import check_mirrored
from playfair.datasets.doctor.split_findings import check_overlap
from playfair.datasets.label_files import examples

SHOWN = 3  # names of a detail
MEND_LIST = "mend these rows; until then they are left out (dataset.broken=fail stops at them)"
MEND_FILES = (
    "fetch these clips, or name their folder with dataset.root=FOLDER; until then they are left "
    "out (dataset.broken=fail stops at them)"
)


def splits_of(dataset: Dataset) -> tuple[dict[SplitName, Split], dict[SplitName, str]]:
    """The splits that there are, and why the others are not."""
    splits: dict[SplitName, Split] = {}
    lacking: dict[SplitName, str] = {}
    for name in SPLIT_NAMES:
        try:
            splits[name] = dataset.split(name)
        except ValueError as error:
            lacking[name] = str(error)
    return splits, lacking


def known_classes(dataset: Dataset) -> tuple[str, ...]:
    """The names of the classes; () where nothing names any."""
    try:
        return tuple(dataset.class_names)
    except ValueError:
        return ()


def diagnose_any(dataset: Dataset) -> Iterator[Finding]:
    """Everything that can be told of any dataset without opening a clip.

    Args:
        dataset: opened with videos=False, so that missing ones are a finding and no end.

    Yields:
        A finding for each check.
    """
    if isinstance(dataset, Clips):
        yield from _of_rows(dataset)
    names = known_classes(dataset)
    splits, lacking = splits_of(dataset)
    if names:
        yield Finding("classes", "ok", counted(len(names), "class", "classes"))
        yield check_mirrored(names)
    else:
        detail = "no clip has a class, and nothing names those that a model tells apart"
        yield Finding("classes", "note", detail, "dataset.classes=FILE, or model=huggingface")
    if not splits:
        yield Finding("splits", "problem", "; ".join(lacking.values()), "see docs/clips.md")
    for name, split in splits.items():
        yield Finding(f"{name} clips", "ok", counted(len(split), "clip"))
        yield _per_class(name, split, names)
        yield _missing(dataset, name, split)
    if "train" not in splits and "validation" in splits:
        yield Finding("train clips", "note", f"none to train on: {lacking['train']}")
    yield check_overlap({name: split.uids.tolist() for name, split in splits.items()})
    if isinstance(dataset, Clips):
        for number, remark in enumerate(dataset.remarks):
            yield Finding(f"remark {number + 1}", "ok", remark)


def _of_rows(dataset: Clips) -> Iterator[Finding]:
    """What is wrong with rows of a list, a finding for each kind."""
    source = dataset.table.lists[0]
    yield Finding("list" if source.is_file() else "folder", "ok", str(source))
    kinds: dict[str, Reasons] = {}
    for path, fault in dataset.faults:
        where = f"{path.name}, line {fault.line}"
        kinds.setdefault(fault.kind, []).append((where, fault.reason))
    for kind, reasons in kinds.items():
        yield about_clips(kind, "problem", reasons, source.name, MEND_LIST)
    if dataset.unread:
        what = ("column", "columns") if source.is_file() else ("other file", "other files")
        names = examples(dataset.unread, SHOWN)
        detail = f"{counted(len(dataset.unread), *what)} not read: {names}"
        yield Finding("not read", "note", detail)


def _per_class(name: str, split: Split, names: tuple[str, ...]) -> Finding:
    """How the clips are spread over the classes."""
    known = split.targets[split.targets != UNKNOWN_CLASS]
    check = f"{name} classes"
    if len(known) == 0:
        return Finding(check, "note", "no clip has a class: each is explained for that predicted")
    per_class = np.bincount(known, minlength=len(names))
    n_unknown = len(split) - len(known)
    detail = f"{per_class.min():,} to {counted(int(per_class.max()), 'clip')} per class"
    if n_unknown:
        detail += f"; {n_unknown:,} of {counted(len(split), 'clip')} without a class"
    empty = [class_name for class_name, n in zip(names, per_class, strict=True) if not n]
    if not empty:
        return Finding(check, "note" if n_unknown else "ok", detail)
    have = "1 class has" if len(empty) == 1 else f"{len(empty):,} classes have"
    prior = ", and a prior of 0" if name == "train" else ""
    return Finding(
        check, "note", f"{detail}; {have} no {name} clip{prior}: {examples(empty, SHOWN)}"
    )


def _missing(dataset: Dataset, name: str, split: Split) -> Finding:
    """Clips whose file or folder is not there."""
    if isinstance(dataset, Clips):
        rows = np.array([dataset.row(uid) for uid in split.uids.tolist()], dtype=np.intp)
        missing = [
            (dataset.table.uids[row], dataset.where_missing(row)) for row in dataset.missing(rows)
        ]
    else:
        places = ((uid, dataset.clip(uid)) for uid in split.uids.tolist())
        missing = [(uid, f"no {path}") for uid, path in places if not os.path.exists(path)]
    return about_clips(f"{name} clips that are not there", "problem", missing, name, MEND_FILES)


def check_evidence(
    evidence: Mapping[str, tuple[int, int]], n_frames: Mapping[str, int], context: str
) -> Finding:
    """Decisive frames that a clip does not have.

    Args:
        evidence: the frames [start, stop) that decide, by uid.
        n_frames: how many each clip has, by uid, of those that were looked at.
        context: which these are.
    """
    behind = []
    for uid, n_available in n_frames.items():
        if uid in evidence and evidence[uid][1] > n_available:
            start, stop = evidence[uid]
            behind.append((uid, f"frames {start} to {stop} decide, and it has {n_available}"))
    mend = "mend evidence_start and evidence_stop: frames of the clip from 0, stop not included"
    none = f"none ({context})"
    return about_clips("evidence outside its clip", "problem", behind, context, mend, none)
