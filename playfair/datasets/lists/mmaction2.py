"""A list without a header: `path label` in each row, as mmaction2 and VideoMAE keep theirs.

What separates them is white space (the label is the last word, so that a path may hold spaces), a
comma, a tab, a semicolon or a bar. Rows may also be paths alone: their classes are not known. So
are Jester's test clips, by the names of their folders.
"""

from pathlib import Path

from playfair.datasets.clip_files import is_video
from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.header_table import EXPECTED
from playfair.datasets.lists.listing import Fault, ListError, Listing
from playfair.datasets.lists.text import first_line, separator_of


def read(path: Path, text: str) -> Listing:
    """The rows of such a list.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        ListError: the first line is a header of another format.
    """
    line = first_line(text)
    # a video's name may have separators in it, a folder of pictures' is a word
    if is_video(line) or all(_is_word(row) for row in text.split("\n")):
        return _paths_alone(path, text)
    separator = separator_of(line)
    _require_no_header(path, text, separator)
    listing = Listing(path)
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        clip, label = _parted(row, separator)
        if not clip:
            reason = f"expected path and label, got {excerpt(row)}"
            listing.faults.append(Fault(number, reason, "wrong number of values"))
            continue
        listing.lines.append(number)
        listing.clips.append(clip)
        listing.labels.append(label)
    return listing


def _is_word(row: str) -> bool:
    """Whether there is nothing in a row that could part a path from a label."""
    return len(row.split()) < 2 and not separator_of(row)


def _paths_alone(path: Path, text: str) -> Listing:
    listing = Listing(path)
    for number, row in enumerate(text.split("\n"), start=1):
        if clip := row.strip():
            listing.lines.append(number)
            listing.clips.append(clip)
            listing.labels.append("")
    return listing


def _parted(row: str, separator: str) -> tuple[str, str]:
    """A row's path and label; the path "" where there are not two."""
    parts = row.rsplit(separator or None, 1)
    if len(parts) < 2:
        return "", ""
    return parts[0].strip().strip('"'), parts[1].strip().strip('"')


def _require_no_header(path: Path, text: str, separator: str) -> None:
    """A header of unknown names would be taken for a clip."""
    lines = text.strip("\n").split("\n", 2)
    if len(lines) < 2:
        return
    paths = [_parted(line, separator)[0] for line in lines[:2]]
    first, second = (path.split(separator)[0] if separator else path for path in paths)
    if is_video(second) and not is_video(first):
        raise ListError(
            path,
            f"the first line, {excerpt(lines[0])}, is no clip; expected columns {EXPECTED}, or "
            "rows of path and label alone",
        )
