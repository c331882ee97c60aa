"""Diving48's own annotations: [{"vid_name": …, "label": …}, …], clips anywhere below the root."""

import json
from pathlib import Path

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import Fault, ListError, Listing


def recognises(text: str) -> bool:
    """Whether this is JSON, which no other list is."""
    return text.lstrip()[:1] in ("[", "{")


def read(path: Path, text: str) -> Listing:
    """The entries of such a file; a fault's line is the entry's number.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        ListError: it is no list of such entries.
    """
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListError(path, f"not readable as JSON ({error}); fetch the file again") from error
    expected = 'expected [{"vid_name": …, "label": …}, …], as Diving48 ships'
    if isinstance(entries, dict) and _is_kinetics(next(iter(entries.values()), None)):
        raise ListError(
            path,
            "these are Kinetics' annotations as JSON, which are read as CSV; type dataset.list="
            f"{path.with_suffix('.csv')}, which comes with it",
        )
    if not isinstance(entries, list) or not entries:
        raise ListError(path, f"{expected}; got {excerpt(entries)}")
    listing = Listing(path, anywhere=True)
    for number, entry in enumerate(entries, start=1):
        name = entry.get("vid_name") if isinstance(entry, dict) else None
        label = entry.get("label", "") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name or not isinstance(label, str | int):
            reason = f"{expected}; got {excerpt(entry)}"
            listing.faults.append(Fault(number, reason, "wrong entry"))
            continue
        listing.lines.append(number)
        listing.clips.append(name)
        listing.labels.append(str(label))
    return listing


def _is_kinetics(entry: object) -> bool:
    """Whether an entry is {"annotations": {"label": …, "segment": …}, …}."""
    return isinstance(entry, dict) and "segment" in str(entry.get("annotations"))
