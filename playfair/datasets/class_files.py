"""The names of the classes, from whatever file has them.

A name a line, in the order of their numbers; `number name` or `name number` lines, or a CSV of
them; a JSON list, of names or of their words as Diving48's vocabulary; a JSON object of numbers by
name, or of names by number; a checkpoint's config.json, or the folder that it lies in.
"""

import csv
import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import ListError
from playfair.datasets.lists.text import first_line, read_text, separator_of

NAMES = ("name", "class", "label", "key", "action")  # of the columns that hold names
NUMBERS = ("id", "index", "number", "class_id", "label_id")


def read_class_file(path: Path) -> tuple[str, ...]:
    """The names of the classes, by number.

    Args:
        path: the file, or a checkpoint's folder.

    Raises:
        ListError: it holds no such names, or numbers that are not 0 to n − 1 once each.
    """
    if path.is_dir():
        path = path / "config.json"
    if not path.is_file():
        raise ListError(path, "no such file; type dataset.classes=FILE")
    text = read_text(path)
    names = _of_json(path, text) if text.lstrip()[:1] in ("[", "{") else _of_lines(path, text)
    if not names:
        raise ListError(path, "it names no class; type dataset.classes=FILE of another")
    for name in names:
        if not name or not name.isprintable():
            raise ListError(path, f"a class's name is printable text; got {excerpt(name)}")
    repeated = [name for name in set(names) if names.count(name) > 1]
    if repeated:
        raise ListError(path, f"every class is named once; {excerpt(repeated[0])} is there again")
    return names


def _of_json(path: Path, text: str) -> tuple[str, ...]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListError(path, f"not readable as JSON ({error}); fetch the file again") from error
    if isinstance(content, dict) and isinstance(content.get("id2label"), dict):
        content = content["id2label"]
    if isinstance(content, list):
        return tuple(_joined(name) for name in content)
    if all(_number(key) is not None for key in content):
        return _numbered(path, {key: str(name) for key, name in content.items()})
    return _numbered(path, {str(number): name for name, number in content.items()}, len(content))


def _joined(name: Any) -> str:
    return " ".join(map(str, name)) if isinstance(name, list) else str(name)


def _of_lines(path: Path, text: str) -> tuple[str, ...]:
    separator = separator_of(first_line(text))
    if separator:
        table = _of_table(path, text, separator)
        if table is not None:
            return table
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for place in (0, -1):  # the number first, or last
        pairs = [line.split(None, 1) if place == 0 else line.rsplit(None, 1) for line in lines]
        if all(len(pair) == 2 and _number(pair[place]) is not None for pair in pairs):
            names = {pair[place]: pair[-1 - place] for pair in pairs}
            if sorted(_index(number) for number in names) == list(range(len(lines))):
                return _numbered(path, names, len(lines))
    return tuple(lines)


def _of_table(path: Path, text: str, separator: str) -> tuple[str, ...] | None:
    """A table of numbers and names; None where lines are names with commas in them."""
    rows = [row for row in csv.reader(StringIO(text), delimiter=separator) if row]
    header = [cell.strip().lower() for cell in rows[0]]
    name_at = next((header.index(name) for name in NAMES if name in header), None)
    number_at = next((header.index(name) for name in NUMBERS if name in header), None)
    if name_at is not None and number_at is not None:
        rows = rows[1:]
    elif all(len(row) == 2 and _number(row[0]) is not None for row in rows):
        number_at, name_at = 0, 1
    elif all(len(row) == 2 and _number(row[1]) is not None for row in rows):
        number_at, name_at = 1, 0
    else:
        return None
    if any(len(row) <= max(number_at, name_at) for row in rows):
        raise ListError(path, "expected a number and a name in every row")
    names = {row[number_at].strip(): row[name_at].strip() for row in rows}
    return _numbered(path, names, len(rows))


def _number(text: Any) -> int | None:
    word = str(text).strip()
    return int(word) if word.isdecimal() and len(word) < 10 else None


def _index(text: Any) -> int:
    number = _number(text)
    return -1 if number is None else number


def _numbered(path: Path, names: Mapping[str, str], n: int | None = None) -> tuple[str, ...]:
    n_classes = len(names) if n is None else n
    by_number = {_index(number): name for number, name in names.items()}
    if sorted(by_number) != list(range(n_classes)):
        odd = sorted(set(by_number) - set(range(n_classes))) or "a number given twice"
        raise ListError(
            path,
            f"{n_classes} classes must be numbered 0 to {n_classes - 1} once each; got "
            f"{excerpt(odd)}",
        )
    return tuple(by_number[number] for number in range(n_classes))
