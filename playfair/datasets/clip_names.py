"""What clips are called: each by one name, made of its path from the root on."""

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playfair.datasets.clip_files import without_ending
from playfair.datasets.list_classes import readable

if TYPE_CHECKING:
    from playfair.datasets.clip_table import ClipTable


def clip_names(table: "ClipTable", given: list[str], root: Path) -> list[str]:
    """A name for each clip: the one that its list gives it, or its path without ending.

    A part of a longer video has its times behind an @. Two files that differ in their endings
    alone keep them. A clip that two rows are for has one name.

    Args:
        table: the clips, not yet named.
        given: the names that their lists give them; "" where they give none.
        root: where relative paths begin; absolute ones below it are named from there on, and others
            from where all of them part.

    Returns:
        A name for each row.
    """
    if any(given):
        names = [name or file for name, file in zip(given, table.files, strict=True)]
        return _printable(_with_times(table, names, given))
    files = _inner(table.files, root)
    names = files if table.anywhere else [without_ending(file) for file in files]
    if len(set(names)) < len(set(files)):
        of_name = Counter(dict.fromkeys(zip(names, files, strict=True), 1))
        n_files = Counter(name for name, _ in of_name)
        names = [
            file if n_files[name] > 1 else name for name, file in zip(names, files, strict=True)
        ]
    return _printable(_with_times(table, names, given))


def _with_times(table: "ClipTable", names: list[str], given: list[str]) -> list[str]:
    """The names; those of parts of longer videos that no list gives with their times behind."""
    names = list(names)
    if not table.anywhere and not table.lengths:
        for row in np.flatnonzero(~np.isnan(table.starts)).tolist():
            if not given[row]:
                names[row] = f"{names[row]}@{table.starts[row]:.10g}-{table.stops[row]:.10g}"
    return names


def _printable(names: list[str]) -> list[str]:
    # one look at all of them: nearly always nothing is to be done
    if "".join(names).isprintable():
        return names
    return [readable(name) for name in names]


def _inner(files: list[str], root: Path) -> list[str]:
    """Paths from the root on, without ./ and ../ before them."""
    # nearly always nothing is to be done
    if not any(file[0] in "./" or file[-1] == "/" for file in files):
        return files
    absolute = [file for file in files if file.startswith("/")]
    above = ""
    if absolute:
        below = f"{os.path.abspath(root).rstrip('/')}/"
        if all(file.startswith(below) for file in absolute):
            above = below
        else:
            above = f"{os.path.commonpath([os.path.dirname(file) for file in absolute])}/"
    inner = []
    for file in files:
        path = file
        if path.startswith("/"):
            path = path.removeprefix(above)
        while path.startswith(("./", "../", "/")):
            path = path.partition("/")[2]
        inner.append(path.rstrip("/") or file)
    return inner
