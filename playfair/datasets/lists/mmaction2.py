"""A list without a header: `path label` in each row, as mmaction2 and VideoMAE keep theirs.

What separates them is white space (the label is the last word, so that a path may hold spaces), a
comma, a tab, a semicolon or a bar. Rows may also be paths alone: their classes are not known. So
are Jester's test clips, by the names of their folders.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from playfair.datasets.clip_files import is_video
from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.header_table import EXPECTED
from playfair.datasets.lists.listing import Fault, ListError, Listing
from playfair.datasets.lists.text import SEPARATORS, separator_of

LOOKED_AT = 1000  # rows that tell the separator


def read(path: Path, text: str) -> Listing:
    """The rows of such a list.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        ListError: the first line is a header of another format.
    """
    lines = [(number, row.strip()) for number, row in enumerate(text.split("\n"), start=1)]
    lines = [(number, row) for number, row in lines if row]
    rows = [row for _, row in lines]
    separator = _separator_in(rows[:LOOKED_AT])
    paths_alone = _paths_alone(rows, separator)
    if not paths_alone:
        _require_no_header(path, rows, separator)
    listing = Listing(path)
    for number, row in lines:
        clip, label = (row, "") if paths_alone else _parted(row, separator)
        if not clip:
            reason = f"expected path and label, got {excerpt(row)}"
            listing.faults.append(Fault(number, reason, "wrong number of values"))
            continue
        listing.lines.append(number)
        listing.clips.append(clip)
        listing.labels.append(label)
    return listing


def _paths_alone(rows: Sequence[str], separator: str) -> bool:
    """Whether no row has a label.

    A video's name may have separators in it, and a folder of pictures' is a word. Of most rows
    that end as videos do none is of a video and its label: the others are odd names.

    Example:
        >>> _paths_alone(["a b.mp4", "c d", "e f.mp4"], ""), _paths_alone(["a.mp4", "b.mp4 3"], "")
        (True, False)
    """
    if all(is_video(row) or _is_word(row) for row in rows):
        return True
    most = 2 * sum(map(is_video, rows)) > len(rows)
    return most and not any(is_video(_parted(row, separator)[0]) for row in rows)


def _is_word(row: str) -> bool:
    """Whether there is nothing in a row that could part a path from a label."""
    return len(row.split()) < 2 and not separator_of(row)


def _separator_in(rows: Sequence[str]) -> str:
    """What parts path and label; "" where it is white space.

    Either may hold other separators: most paths are videos' names before the right one, or, where
    they are folders, most rows have it.

    Example:
        >>> _separator_in(["7;Putting this, that", "8;Holding this"]), _separator_in(["a,b.mp4 3"])
        (';', '')
    """

    def fits(separator: str) -> tuple[int, int]:
        paths = [_parted(row, separator)[0] for row in rows]
        return sum(map(is_video, paths)), sum(map(bool, paths))

    return max((*SEPARATORS, ""), key=fits)


def _parted(row: str, separator: str) -> tuple[str, str]:
    """A row's path and label; the path "" where there are not two."""
    parts = _unquoted(row, separator) if separator and '"' in row else []
    if len(parts) != 2:
        parts = row.rsplit(separator or None, 1)
    if len(parts) < 2:
        return "", ""
    return parts[0].strip().strip('"'), parts[1].strip().strip('"')


def _unquoted(row: str, separator: str) -> list[str]:
    """A row's values, whose separators are no separators between quotation marks."""
    try:
        return next(csv.reader([row], delimiter=separator))
    except csv.Error:  # a value that is longer than any should be
        return []


def _require_no_header(path: Path, rows: Sequence[str], separator: str) -> None:
    """A header of unknown names would be taken for a clip."""
    if len(rows) < 2:
        return
    first, second = (_parted(row, separator)[0] for row in rows[:2])
    if first and _is_video(second, separator) and not _is_video(first, separator):
        raise ListError(
            path,
            f"the first line, {excerpt(rows[0])}, is no clip; expected columns {EXPECTED}, or "
            "rows of path and label alone",
        )


def _is_video(path: str, separator: str) -> bool:
    """Whether a row's path is a video's, or the first column of several."""
    return is_video(path) or (separator != "" and is_video(path.split(separator)[0]))
