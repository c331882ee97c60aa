"""The text of a list: its letters whatever program wrote it, and what separates its columns."""

import codecs
import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from playfair.datasets.label_files import LabelsError, excerpt, read_bounded
from playfair.datasets.lists.listing import Fault, ListError, Listing

SEPARATORS = (",", "\t", ";", "|")


def read_text(path: Path) -> str:
    """All of a list, with "\\n" at every line's end and no mark at its beginning.

    Raises:
        ListError: it is not there, is no text, or is empty.
    """
    if not path.is_file():
        raise ListError(path, "no such file; type dataset.list=FILE")
    try:
        content = read_bounded(path)
    except LabelsError as error:
        raise ListError(path, error.reason) from error
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ListError(
            path, f"line {line} is no UTF-8 text; save the list anew as UTF-8, and type the same"
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text[:4096]:
        raise ListError(path, "this is no text; type dataset.list=FILE with a list of clips")
    if not text.strip():
        raise ListError(
            path, "the list is empty; expected a row for each clip, as path,label in docs/clips.md"
        )
    return text


def first_line(text: str) -> str:
    """The first line that is not empty.

    Example:
        >>> first_line("\\n\\na b\\nc d")
        'a b'
    """
    return text.lstrip("\n").partition("\n")[0]


def separator_of(line: str) -> str:
    """What separates a line's columns; "" where it is white space, or there is but one.

    Example:
        >>> separator_of("path;label"), separator_of("a.mp4 3")
        (';', '')
    """
    counts = {separator: line.count(separator) for separator in SEPARATORS}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] else ""


def table_in(text: str, listing: Listing) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """A table's header, and its rows, each with the line that it begins in.

    Args:
        text: the table.
        listing: of it; rows with more or fewer values than columns become faults of it.

    Raises:
        ListError: quotes that do not close, or a value that is longer than any should be.
    """
    rows = _rows_of(text, separator_of(first_line(text)) or ",", listing.path)
    _, header = next(rows)
    return header, _whole(rows, len(header), listing)


def _whole(
    rows: Iterator[tuple[int, list[str]]], n_columns: int, listing: Listing
) -> Iterator[tuple[int, list[str]]]:
    for line, row in rows:
        if len(row) == n_columns:
            yield line, row
            continue
        values = "1 value" if len(row) == 1 else f"{len(row)} values"
        reason = f"expected {n_columns} values, got {values}: {excerpt(row)}"
        listing.faults.append(Fault(line, reason, "wrong number of values"))


def _rows_of(text: str, separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    # all of a row is read before it is handed out, so that it began a line after the last
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(
            path, f"line {line}: not readable as a table ({error}); mend its quotes"
        ) from error
