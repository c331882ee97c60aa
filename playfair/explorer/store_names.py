"""What the stores are called: the one place that decides on their names."""

import re
from collections.abc import Sequence
from typing import Any

from playfair.explorer.entry import Entry
from playfair.report.look import model_name
from playfair.steps.step import flat

MOST_DETAILS = 3  # settings in a name; stores that need more to be told apart show their ids
UNSET = "unset"


def names_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Names that differ within a dataset, by the stores' keys.

    Example:
        names_of(catalogue.contents().entries.values())
        # {"synthetic/trn-8-frames-3f2a91c0": "TRN, 8 frames, heads.epochs 20", …}
    """
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.dataset, plain_name(entry)), []).append(entry)
    names = {}
    for (_, name), group in groups.items():
        for entry, details in zip(group, distinctions(group), strict=True):
            names[entry.key] = ", ".join((name, *details))
    return names


def natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by, so that numbers in them rise.

    >>> sorted(["epochs 30", "epochs 5"], key=natural)
    ['epochs 5', 'epochs 30']
    """
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def plain_name(entry: Entry) -> str:
    """A store's name by what it is of: "TRN, seed 1, 32 frames, sampled (1,000)"."""
    frames = "1 frame" if entry.n_frames == 1 else f"{entry.n_frames} frames"
    parts = [model_name(entry.model)]
    if entry.seed:
        parts.append(f"seed {entry.seed}")
    parts.append(frames)
    if entry.split != "validation":
        parts.append(f"{entry.split} clips")
    if entry.budget is not None:
        parts.append(f"sampled ({entry.budget:,})")
    parts += [str(part) for part in (entry.attributes.get("name"), entry.removal) if part]
    return ", ".join(parts)


def distinctions(group: Sequence[Entry]) -> list[tuple[str, ...]]:
    """For each of some stores of one name, the first settings that tell it from the others."""
    details: list[tuple[str, ...]] = [() for _ in group]
    if len(group) == 1:
        return details
    for title, values in differing_settings(group).items():
        if len(set(details)) == len(group) or len(details[0]) == MOST_DETAILS:
            break
        longer = [
            (*detail, f"{title} {value}") for detail, value in zip(details, values, strict=True)
        ]
        if len(set(longer)) > len(set(details)):
            details = longer
    if len(set(details)) == len(group):
        return details
    # Copies have one id and differ in nothing but the folders' names.
    ids = [entry.id[:8] for entry in group]
    folders = [entry.folder.name for entry in group]
    last = ids if len(set(ids)) == len(group) else folders
    return [(*detail, name) for detail, name in zip(details, last, strict=True)]


def differing_settings(group: Sequence[Entry]) -> dict[str, list[str]]:
    """The settings in which stores differ: title → each store's value, in the records' order."""
    records = [dict(flat(entry.made_from)) for entry in group]
    paths = dict.fromkeys(path for record in records for path in record)
    settings: dict[str, list[str]] = {}
    for path in paths:
        values = [_text(record.get(path, UNSET)) for record in records]
        if len(set(values)) > 1 and "settings." in path:
            settings.setdefault(_title(path), values)
    return settings


def _title(path: str) -> str:
    """A setting's name as it is read.

    >>> _title("inputs.head.settings.model.heads.epochs"), _title("settings.model.head._target_")
    ('heads.epochs', 'head')
    """
    name = path.rpartition("settings.")[2]
    return name.removeprefix("model.").removesuffix("._target_")


def _text(value: Any) -> str:
    """A setting's value as it is read; of a digest its beginning, of a function its name.

    >>> _text(20), _text("playfair.models.trn.trn"), _text("0" * 64)
    ('20', 'trn', '00000000')
    """
    text = str(value)
    if len(text) == 64 and text.isalnum():
        return text[:8]
    return text if "/" in text or not isinstance(value, str) else text.rpartition(".")[2]
