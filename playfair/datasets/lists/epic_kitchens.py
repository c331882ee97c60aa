"""EPIC-Kitchens-100's own annotations, of which a verb, a noun or both are the class.

narration_id,participant_id,video_id,…,start_timestamp,stop_timestamp,…,verb,verb_class,noun,
noun_class,…: a clip is the part of `<video_id>.*` between the two time stamps, or a file of its own
`<narration_id>.*`, anywhere below the root. Where `<video_id>` is a folder of the video's pictures,
it is those from start_frame to stop_frame. EPIC-Kitchens-55's have uid in place of narration_id.
"""

from collections import Counter
from pathlib import Path

import numpy as np

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import Fault, ListError, Listing, interval
from playfair.datasets.lists.text import first_line, table_in

NAMES = ("narration_id", "uid")
NEEDED = ("video_id", "start_timestamp", "stop_timestamp")
FRAMES = ("start_frame", "stop_frame")
KINDS = ("verb", "noun", "action")


def recognises(text: str) -> bool:
    """Whether the first line is this header."""
    header = first_line(text).lower()
    return NAMES[0] in header or all(name in header for name in ("video_id", "start_timestamp"))


def read(path: Path, text: str, kind: str = "verb") -> Listing:
    """The rows of such a file.

    Args:
        path: the file, for messages.
        text: its content.
        kind: "verb", "noun" or "action": verb and noun together.

    Raises:
        ListError: a column is missing.
    """
    listing = Listing(path, anywhere=True, uids=[])
    header, rows = table_in(text, listing)
    places = {name.strip().lower(): place for place, name in enumerate(header)}
    name_at = next((places[name] for name in NAMES if name in places), None)
    lacking = [name for name in NEEDED if name not in places]
    if name_at is None or lacking:
        name = lacking[0] if lacking else NAMES[0]
        raise ListError(path, f"expected a column {name}, got {excerpt(','.join(header))}")
    parts = ["verb", "noun"] if kind == "action" else [kind]
    has_classes = all(f"{part}_class" in places for part in parts)
    longer = []
    starts = []
    stops = []
    pictures = []
    words: dict[str, Counter[str]] = {}
    for line, row in rows:
        bounds = interval(row[places["start_timestamp"]], row[places["stop_timestamp"]])
        if not bounds:
            reason = f"expected start_timestamp < stop_timestamp, got {excerpt(row)}"
            listing.faults.append(Fault(line, reason, "impossible interval"))
            continue
        label = ""
        if has_classes:
            label = " ".join(row[places[f"{part}_class"]].strip() for part in parts)
            word = " ".join(row[places[part]].strip() if part in places else "" for part in parts)
            words.setdefault(label, Counter())[word] += 1
        pictures.append(_pictures(row, places))
        listing.lines.append(line)
        listing.clips.append(row[name_at].strip())
        listing.labels.append(label)
        longer.append(row[places["video_id"]].strip())
        starts.append(bounds[0])
        stops.append(bounds[1])
    listing.uids = listing.clips
    listing.longer = longer
    listing.starts = np.array(starts, dtype=np.float64)
    listing.stops = np.array(stops, dtype=np.float64)
    listing.words = words
    listing.pictures = np.array(pictures, dtype=np.int64).reshape(-1, 2)
    return listing


def _pictures(row: list[str], places: dict[str, int]) -> tuple[int, int]:
    """The pictures [start, stop) of a clip, from 0: they are numbered from 1; −1 if not known."""
    numbers = [row[places[name]].strip() for name in FRAMES if name in places]
    if len(numbers) < 2 or not all(number.isdecimal() and len(number) < 10 for number in numbers):
        return -1, -1
    start = max(int(numbers[0]) - 1, 0)
    return start, max(int(numbers[1]) - 1, start + 1)
