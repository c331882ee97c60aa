"""Coarse groups of classes, of a file: so that what is asked of 174 classes can be asked of 10.

A JSON file {"class": "group", …} or {"group": ["class", …], …}, or a CSV file with a row class,group
each (a first row "class,group" is a heading), or of more columns under the headings of HEADINGS, as
the groups of Something-Something v2 are published. Names are templates, with brackets or without.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.dataset import PathError
from playfair.datasets.label_files import examples, excerpt, nearest, read_bounded, read_json
from playfair.datasets.list_classes import plain

NO_GROUP = -1
# columns of a class and of its group; the latter two of willprice/20bn-something-something-label-hierarchies
HEADINGS = (
    ("class", "group"),
    ("fine_grained_class", "coarse_grained_class"),
    ("fine_grained_class", "coarse_class"),
)


class GroupsError(PathError):
    """A file of groups that cannot be used."""

    def __str__(self) -> str:
        return (
            f"{super().__str__()}. Type dataset.groups=FILE.csv, with a row class,group each, "
            'or FILE.json, {"class": "group", …}'
        )


def read_groups(
    path: Path, class_names: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The groups of a file, and which of them each class is in.

    Args:
        path: the file.
        class_names: by class index.

    Returns:
        the groups' names, in their order in the file, and (class,) their indices; NO_GROUP (-1) of
        a class that the file does not have.

    Raises:
        GroupsError: there is no such file, it holds something else, or no class of the dataset.
    """
    group_of = {plain(name): group for name, group in _pairs(path)}
    names = list(dict.fromkeys(group_of.values()))
    index = {name: i for i, name in enumerate(names)}
    wanted = [plain(name) for name in class_names]
    unknown = sorted(set(group_of) - set(wanted))
    if unknown:
        near = nearest(unknown[0], wanted)
        meant = f"; the nearest class is {near!r}" if near else ""
        raise GroupsError(
            path,
            f"the dataset has no {'class' if len(unknown) == 1 else 'classes'} "
            f"{examples(unknown)}{meant}",
        )
    places = [index[group_of[name]] if name in group_of else NO_GROUP for name in wanted]
    return tuple(names), np.array(places, dtype=np.int64)


def _pairs(path: Path) -> list[tuple[str, str]]:
    """Class and group, as the file names them."""
    if not path.is_file():
        raise GroupsError(path, "no such file")
    pairs = _of_json(path) if path.suffix.lower() == ".json" else _of_csv(path)
    if not pairs:
        raise GroupsError(path, "no class has a group in it")
    named: dict[str, str] = {}
    for name, group in pairs:
        if named.setdefault(plain(name), group) != group:
            reason = f"{excerpt(name)} is in two groups, {named[plain(name)]!r} and {group!r}"
            raise GroupsError(path, reason)
    return pairs


def _of_json(path: Path) -> list[tuple[str, str]]:
    content = read_json(path)
    if not isinstance(content, Mapping):
        raise GroupsError(path, f"expected classes and their groups, got {excerpt(content)}")
    pairs = []
    for key, value in content.items():
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            pairs += [(name, key) for name in value]
        elif isinstance(value, str | int) and not isinstance(value, bool):
            pairs.append((key, str(value)))
        else:
            raise GroupsError(path, f"expected a group of {excerpt(key)}, got {excerpt(value)}")
    return pairs


def _of_csv(path: Path) -> list[tuple[str, str]]:
    try:
        text = read_bounded(path).decode("utf-8-sig")
        rows = [row for row in csv.reader(StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise GroupsError(path, f"not readable ({error})") from error
    named = [cell.strip().casefold() for cell in rows[0]] if rows else []
    columns = next((pair for pair in HEADINGS if set(pair) <= set(named)), None)
    if columns is None:
        named = [*HEADINGS[0]]
        columns = HEADINGS[0]
    else:
        rows = rows[1:]
    name, group = (named.index(column) for column in columns)
    for row in rows:
        if len(row) != len(named):
            what = "two columns, class and group" if len(named) == 2 else f"{len(named)} columns"
            reason = f"expected {what}, got {excerpt(row)}"
            raise GroupsError(path, f'{reason}; put "…" around a name with a comma')
    return [(row[name], row[group].strip()) for row in rows]
