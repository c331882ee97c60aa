"""Kinetics' own annotations: label,youtube_id,time_start,time_end[,split].

A clip's own file is `<youtube_id>_<start>_<end>.*` with six digits each, as they are usually cut,
anywhere below the root. Where there is only `<youtube_id>.*`, this is the longer video, of which
the clip is the part from time_start to time_end.
"""

from pathlib import Path

import numpy as np

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import Fault, ListError, Listing, interval
from playfair.datasets.lists.text import first_line, table_in

NEEDED = ("youtube_id", "time_start", "time_end")


def recognises(text: str) -> bool:
    """Whether the first line is this header."""
    return "youtube_id" in first_line(text).lower()


def read(path: Path, text: str) -> Listing:
    """The rows of such a file.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        ListError: a column is missing.
    """
    listing = Listing(path, anywhere=True, longer=[])
    header, rows = table_in(text, listing)
    places = {name.strip().lower(): place for place, name in enumerate(header)}
    for name in NEEDED:
        if name not in places:
            raise ListError(path, f"expected a column {name}, got {excerpt(','.join(header))}")
    label_at = places.get("label")  # the test split is without
    split_at = places.get("split")
    listing.splits = None if split_at is None else []
    longer = []
    starts = []
    stops = []
    for line, row in rows:
        video = row[places["youtube_id"]].strip()
        bounds = interval(row[places["time_start"]], row[places["time_end"]])
        if not video or not bounds:
            reason = f"expected a youtube_id and time_start < time_end, got {excerpt(row)}"
            listing.faults.append(Fault(line, reason, "impossible interval"))
            continue
        start, stop = bounds
        listing.lines.append(line)
        listing.clips.append(f"{video}_{int(start):06d}_{int(stop):06d}")
        listing.labels.append("" if label_at is None else row[label_at].strip())
        if listing.splits is not None and split_at is not None:
            listing.splits.append(row[split_at])
        longer.append(video)
        starts.append(start)
        stops.append(stop)
    listing.longer = longer
    listing.starts = np.array(starts, dtype=np.float64)
    listing.stops = np.array(stops, dtype=np.float64)
    return listing
