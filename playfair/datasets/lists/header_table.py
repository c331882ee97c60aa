"""A table with a header: path,label[,split][,start,stop][,evidence_start,evidence_stop].

The path is of a video's file or of a folder of pictures. The label is a class's name or number;
without the column, or where it is empty, the clip's class is not known. start and stop are seconds
of a longer video (or hours:minutes:seconds), start_frame and stop_frame its frames from 0. The
evidence is the frames [start, stop) of the clip that decide. uid is a name of the clip's own.
Columns are separated by commas, tabs, semicolons or bars.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import Fault, ListError, Listing, interval
from playfair.datasets.lists.text import first_line, separator_of, table_in

# Each column's names; the first is the one that is told.
COLUMNS = {
    "path": ("path", "video", "video_path", "clip", "file", "filename"),
    "label": ("label", "class"),
    "split": ("split",),
    "uid": ("uid",),
    "start": ("start",),
    "stop": ("stop", "end"),
    "start_frame": ("start_frame",),
    "stop_frame": ("stop_frame", "end_frame"),
    "evidence_start": ("evidence_start",),
    "evidence_stop": ("evidence_stop", "evidence_end"),
}
EXPECTED = "path,label[,split][,start,stop][,evidence_start,evidence_stop]"
MOST_FRAMES = (1 << 31) - 1


def columns_of(header: list[str]) -> dict[str, int]:
    """Where each known column is.

    Example:
        >>> columns_of(["Path", "label", "mood"])
        {'path': 0, 'label': 1}
    """
    names = [name.strip().lower() for name in header]
    places = {}
    for column, spellings in COLUMNS.items():
        for spelling in spellings:
            if spelling in names:
                places[column] = names.index(spelling)
                break
    return places


def recognises(text: str) -> bool:
    """Whether the first line is a header of this format."""
    line = first_line(text)
    header = line.split(separator_of(line) or None)
    return "path" in columns_of([name.strip('"') for name in header])


def read(path: Path, text: str) -> Listing:
    """The rows of a table.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        ListError: columns are missing or stand there twice.
    """
    listing = Listing(path)
    header, rows = table_in(text, listing)
    places = columns_of(header)
    _require_columns(path, header, places)
    listing.unread = [name for place, name in enumerate(header) if place not in places.values()]
    listing.splits = [] if "split" in places else None
    listing.uids = [] if "uid" in places else None
    frames = "start_frame" in places
    listing.unit = "frame" if frames else "second"
    segment = _pair(places, "start_frame", "stop_frame") or _pair(places, "start", "stop")
    evidence = _pair(places, "evidence_start", "evidence_stop")
    times: list[tuple[float, float]] = []
    decisive: list[tuple[int, int]] = []
    for line, row in rows:
        clip = row[places["path"]].strip()
        if not clip:
            listing.faults.append(Fault(line, "the path is empty", "empty path"))
            continue
        try:
            if segment:
                times.append(_times(row[segment[0]].strip(), row[segment[1]].strip(), frames))
            if evidence:
                decisive.append(_evidence(row[evidence[0]].strip(), row[evidence[1]].strip()))
        except ValueError as error:
            del times[len(listing) :]
            listing.faults.append(Fault(line, str(error), "impossible interval"))
            continue
        listing.lines.append(line)
        listing.clips.append(clip)
        listing.labels.append(row[places["label"]].strip() if "label" in places else "")
        if listing.splits is not None:
            listing.splits.append(row[places["split"]])
        if listing.uids is not None:
            listing.uids.append(row[places["uid"]].strip())
    if segment:
        bounds: NDArray[np.float64] = np.array(times, dtype=np.float64).reshape(-1, 2)
        listing.starts, listing.stops = bounds.T.copy()
    if evidence:
        listing.evidence = np.array(decisive, dtype=np.int64).reshape(-1, 2)
    return listing


def _require_columns(path: Path, header: list[str], places: dict[str, int]) -> None:
    if "path" not in places:
        reason = f"expected columns {EXPECTED}, got {excerpt(','.join(header))}; name them so"
        raise ListError(path, reason)
    names = [name.strip().lower() for name in header]
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise ListError(path, f"the column {excerpt(repeated[0])} stands there more than once")
    for one, other in (
        ("start", "stop"),
        ("start_frame", "stop_frame"),
        ("evidence_start", "evidence_stop"),
    ):
        if (one in places) != (other in places):
            given, lacking = (one, other) if one in places else (other, one)
            raise ListError(path, f"the column {given} needs a column {lacking} beside it")
    if "start" in places and "start_frame" in places:
        raise ListError(path, "expected start,stop or start_frame,stop_frame, and not both")


def _pair(places: dict[str, int], start: str, stop: str) -> tuple[int, int] | None:
    return (places[start], places[stop]) if start in places else None


def _times(start: str, stop: str, frames: bool) -> tuple[float, float]:
    """Where a clip lies in its video; NaN twice where it is all of it."""
    if not start and not stop:
        return float("nan"), float("nan")
    bounds = interval(start, stop)
    if not bounds or (frames and (bounds[0] % 1 or bounds[1] % 1)):
        expected = "whole frame numbers" if frames else "seconds or hours:minutes:seconds"
        raise ValueError(
            f"expected a segment with 0 ≤ start < stop, {expected}; got start={excerpt(start)}, "
            f"stop={excerpt(stop)}"
        )
    return bounds


def _evidence(start: str, stop: str) -> tuple[int, int]:
    """The decisive frames; −1 twice where they are not known."""
    if not start and not stop:
        return -1, -1
    whole = start.isdecimal() and stop.isdecimal() and len(start) < 11 and len(stop) < 11
    if not whole or not int(start) < int(stop) <= MOST_FRAMES:
        raise ValueError(
            "expected evidence with 0 ≤ evidence_start < evidence_stop, whole frame numbers; got "
            f"{excerpt(start)} and {excerpt(stop)}"
        )
    return int(start), int(stop)
