"""An inventory → findings: what is as it should be, what is not, and what to type."""

import csv
import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from playfair.datasets.doctor.examination import Examined
from playfair.datasets.doctor.inventory import EARLIER, LABEL_FILES, Inventory
from playfair.datasets.doctor.unpacking import labels_command, videos_command
from playfair.datasets.mirror import NEVER, mirrored_pairs
from playfair.datasets.something_something import VIDEO_FOLDER, read_class_names

NEEDED = ("labels", "train", "validation")


@dataclass(frozen=True)
class Finding:
    """One check. `clips`: those it is about, each with the reason."""

    check: str
    state: Literal["ok", "note", "problem"]
    detail: str
    type_this: str = ""
    clips: list[tuple[str, str]] = field(default_factory=list)


def diagnose(inventory: Inventory, counts: Mapping[str, int] | None) -> Iterator[Finding]:
    """Everything that can be told without opening a clip. counts: how many of what is expected, None: any number."""
    if not inventory.exists:
        yield Finding(
            "folder", "problem", f"{inventory.root}: no such folder", "dataset.root=FOLDER"
        )
        return
    yield Finding("folder", "ok", str(inventory.root))
    yield from _label_files(inventory)
    names, finding = _classes(inventory, counts)
    yield finding
    if names:
        yield _mirrored(names)
    for split in ("train", "validation", "test"):
        if split in inventory.contents:
            yield from _split(inventory, split, names, counts)
    yield _overlap(inventory)
    yield from _videos(inventory)


def split_ids(inventory: Inventory, split: str) -> list[str]:
    """The ids a split's file gives, in its order."""
    return [str(entry["id"]) for entry in _entries(inventory, split) if "id" in entry]


def labels_of(inventory: Inventory) -> dict[str, str]:
    """What is written about each clip, by id: its label, or its template."""
    entries = [entry for split in ("train", "validation") for entry in _entries(inventory, split)]
    return {
        str(entry["id"]): str(entry.get("label") or entry.get("template"))
        for entry in entries
        if "id" in entry
    }


def examined_findings(examined: Sequence[Examined], n_frames: int, how: str) -> Iterator[Finding]:
    """What opening or decoding the clips showed. how: which clips, and what was done with them."""
    faults = [(clip.uid, clip.fault) for clip in examined if clip.fault]
    mend = "fetch these clips again; until then they are skipped and counted (dataset.broken=fail stops at them)"
    yield _about("clips that cannot be read", "problem", faults, how, mend)
    whole = [clip for clip in examined if not clip.fault]
    short = [(clip.uid, f"{clip.n_frames} frames") for clip in whole if clip.n_frames < n_frames]
    yield _about(
        f"clips of fewer than n_frames={n_frames}",
        "note",
        short,
        how,
        "dataset.short=skip or dataset.short=repeat",
    )
    odd = [(clip.uid, clip.remark) for clip in whole if clip.remark]
    odd += [(c.uid, f"odd size {c.width}×{c.height}") for c in whole if c.width % 2 or c.height % 2]
    yield _about("clips that are odd", "note", odd, f"{how}; they are resized and used")


def _about(
    check: str, state: Any, clips: list[tuple[str, str]], how: str, type_this: str = ""
) -> Finding:
    if not clips:
        return Finding(check, "ok", f"none ({how})" if "clips" in how else "none")
    return Finding(check, state, f"{len(clips):,}: {_some(clips)} ({how})", type_this, clips)


def _some(clips: Sequence[tuple[str, str]], n: int = 3) -> str:
    shown = [f"{uid}: {why}" for uid, why in clips[:n]]
    return "; ".join(shown) + ("; …" if len(clips) > n else "")


def _label_files(inventory: Inventory) -> Iterator[Finding]:
    missing = [name for name in NEEDED if name not in inventory.labels]
    if not missing:
        names = " and ".join(sorted(inventory.generations))
        more = (
            "; of two files for the same, labels/*.json is read"
            if len(inventory.generations) > 1
            else ""
        )
        yield Finding("label files", "note" if more else "ok", names + more)
    elif found := labels_command(inventory):
        yield Finding("label files", "problem", *found)
    else:
        wanted = ", ".join(f"{name}.json" for name in missing)
        put = f"put the dataset's label files into {inventory.root / 'labels'}"
        yield Finding("label files", "problem", f"missing: {wanted} (or {EARLIER}…)", put)
    for name, why in inventory.unreadable.items():
        yield Finding(f"{name} file", "problem", why, f"fetch {inventory.labels[name]} again")
    if "test" not in inventory.labels:
        yield Finding("test file", "note", "not there: the test split is not needed")
    elif (
        split_ids(inventory, "test")
        and not (inventory.root / "labels" / "test-answers.csv").is_file()
    ):
        yield Finding(
            "test answers",
            "note",
            "no labels/test-answers.csv: the test clips' classes are not known",
        )


def _classes(
    inventory: Inventory, counts: Mapping[str, int] | None
) -> tuple[tuple[str, ...], Finding]:
    if "labels" not in inventory.contents:
        return (), Finding(
            "classes", "problem", "unknown without the labels file", "see label files"
        )
    try:
        names = read_class_names(inventory.labels["labels"])
    except ValueError as error:
        return (), Finding(
            "classes", "problem", str(error), f"fetch {inventory.labels['labels']} again"
        )
    again = f"fetch {inventory.labels['labels']} again, or dataset.counts=null for a dataset of your own"
    told = f"{len(names)} classes, numbered 0 to {len(names) - 1}"
    if counts and len(names) != counts.get("classes", len(names)):
        return names, Finding("classes", "problem", f"{told}; expected {counts['classes']}", again)
    if list(names) != sorted(names):
        first = next(
            i for i, pair in enumerate(zip(names, sorted(names), strict=True)) if pair[0] != pair[1]
        )
        state: Literal["problem", "note"] = "problem" if counts else "note"
        why = f"{told}, but not in alphabetical order as shipped: class {first} is {names[first]!r}"
        return names, Finding(
            "classes", state, f"{why}; models trained elsewhere name other classes", again
        )
    return names, Finding("classes", "ok", f"{told}, in alphabetical order")


def _mirrored(names: Sequence[str]) -> Finding:
    pairs = mirrored_pairs(names)
    shown = [
        f"{i} {names[i]!r} " + ("never" if j == NEVER else f"↔ {j} {names[j]!r}") for i, j in pairs
    ]
    return Finding("mirrored classes", "ok", f"flipping a clip swaps {'; '.join(shown) or 'none'}")


def _entries(inventory: Inventory, split: str) -> list[dict[str, Any]]:
    content = inventory.contents.get(split)
    return (
        [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else []
    )


def _split(
    inventory: Inventory, split: str, names: Sequence[str], counts: Mapping[str, int] | None
) -> Iterator[Finding]:
    path, content, entries = (
        inventory.labels[split],
        inventory.contents[split],
        _entries(inventory, split),
    )
    ids = split_ids(inventory, split)
    again = f"fetch {path} again"
    if not isinstance(content, list) or len(ids) < len(content):
        n_odd = len(content) - len(ids) if isinstance(content, list) else 1
        yield Finding(
            f"{split} clips",
            "problem",
            f'{path}: {n_odd} entries that are no {{"id": …, …}}',
            again,
        )
    elif counts and len(ids) != counts.get(split, len(ids)):
        detail = f"{len(ids):,} clips; expected {counts[split]:,}"
        yield Finding(
            f"{split} clips",
            "problem",
            detail,
            f"{again}, or dataset.counts=null for a dataset of your own",
        )
    else:
        yield Finding(f"{split} clips", "ok", f"{len(ids):,} clips")
    if twice := [
        (uid, f"given {n} times in {path.name}") for uid, n in Counter(ids).items() if n > 1
    ]:
        yield _about(f"{split} ids", "problem", twice, path.name, again)
    if split == "test":
        yield from _answers(inventory, ids, names)
        return
    index, wrong, seen = set(names), [], Counter[str]()
    for entry in entries:
        template = entry.get("template")
        plain = template.replace("[", "").replace("]", "") if isinstance(template, str) else None
        seen[plain or ""] += 1
        if names and "id" in entry and plain not in index:
            wrong.append((str(entry["id"]), plain or "no template"))
    if wrong:
        near = difflib.get_close_matches(wrong[0][1], names, n=1, cutoff=0.0)
        wrong = [
            (uid, f"template {template!r} is no class of labels.json") for uid, template in wrong
        ]
        yield _about(
            f"{split} templates", "problem", wrong, f"nearest to the first: {near[0]!r}", again
        )
    if split == "train" and names and ids:
        per_class = [seen[name] for name in names]
        if empty := [name for name, n in zip(names, per_class, strict=True) if n == 0]:
            detail = f"{len(empty)} classes have no training clip, so their prior is 0: {', '.join(empty[:3])}"
            yield Finding("prior", "problem", detail, again)
        else:
            yield Finding(
                "prior", "ok", f"{min(per_class):,} to {max(per_class):,} training clips per class"
            )


def _answers(inventory: Inventory, ids: Sequence[str], names: Sequence[str]) -> Iterator[Finding]:
    path = inventory.root / "labels" / "test-answers.csv"
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
    except (ValueError, OSError) as error:
        yield Finding(
            "test answers", "problem", f"{path}: not readable ({error})", f"fetch {path} again"
        )
        return
    answers = {row[0]: row[1] for row in rows if len(row) == 2}
    wrong = [(row[0] if row else "", "no line of id;template") for row in rows if len(row) != 2]
    wrong += [
        (uid, f"{answers[uid]!r} is no class")
        for uid in ids
        if uid in answers and answers[uid] not in set(names)
    ]
    wrong += [(uid, "has no answer") for uid in ids if uid not in answers]
    yield _about("test answers", "problem", wrong, path.name, f"fetch {path} again")


def _overlap(inventory: Inventory) -> Finding:
    owners: dict[str, list[str]] = {}
    for split in ("train", "validation", "test"):
        for uid in set(split_ids(inventory, split)):
            owners.setdefault(uid, []).append(split)
    shared = [
        (uid, f"in {' and '.join(splits)}") for uid, splits in owners.items() if len(splits) > 1
    ]
    return _about(
        "clips in two splits",
        "problem",
        shared,
        "by id",
        "take them out of one, or fetch the labels again",
    )


def _videos(inventory: Inventory) -> Iterator[Finding]:
    folder = inventory.root / VIDEO_FOLDER
    missing = {
        split: [uid for uid in split_ids(inventory, split) if uid not in inventory.videos]
        for split in ("train", "validation", "test")
    }
    needed = bool(missing["train"] or missing["validation"] or not inventory.videos)
    unpack = videos_command(inventory)
    if not inventory.videos:
        yield Finding("videos", "problem", f"no <id>.webm in {folder}", unpack)
    else:
        size = sum(n_bytes for n_bytes, _ in inventory.videos.values())
        yield Finding("videos", "ok", f"{len(inventory.videos):,} clips, {size / 1e6:,.0f} MB")
        for split, uids in missing.items():
            absent = [(uid, f"in {split}, without a video") for uid in uids]
            state = "note" if split == "test" else "problem"
            yield _about(
                f"{split} ids without video", state, absent, VIDEO_FOLDER, unpack if absent else ""
            )
    if inventory.parts:
        yield _parts(inventory, needed, unpack)
    known = {uid for split in LABEL_FILES[1:] for uid in split_ids(inventory, split)}
    extra = [
        (uid, "a video without an id in any split") for uid in inventory.videos if uid not in known
    ]
    yield _about("videos without id", "note", extra, "they are not used")
    empty = [(uid, "0 bytes") for uid, (n_bytes, _) in inventory.videos.items() if n_bytes == 0]
    yield _about("empty videos", "problem", empty, VIDEO_FOLDER, "fetch these clips again")
    if others := inventory.others:
        named = ", ".join(sorted(others)[:3]) + (", …" if len(others) > 3 else "")
        yield Finding(
            "other files", "note", f"{len(others):,} in {VIDEO_FOLDER} are not read: {named}"
        )


def _parts(inventory: Inventory, needed: bool, unpack: str) -> Finding:
    size = sum(part.stat().st_size for part in inventory.parts) / 1e9
    detail = f"{len(inventory.parts)} parts of the archive, {size:.3g} GB"
    if not needed:
        return Finding("archive", "note", f"{detail}: unpacked already, it can be deleted")
    return Finding("archive", "problem", f"{detail}, not joined and unpacked", unpack)
