"""Files that a configuration names are known by what is in them, not by where they lie."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from playfair.steps.step import UNKNOWN

# Options whose value is the path of a file, or a pattern of several: "trn_{}_frames.pth".
FILE_OPTIONS = ("weights", "file", "files", "features")


def by_content(config: Any) -> Any:
    """A configuration in which files' digests stand in the place of their paths.

    An address on the web stays as it is. A file that is not there is UNKNOWN: it may have been
    moved away since something was made from it.
    """
    if not isinstance(config, Mapping):
        return config
    return {
        name: digest_of(value) if name in FILE_OPTIONS and value else by_content(value)
        for name, value in config.items()
    }


def missing_files(config: Any) -> list[str]:
    """The paths in a configuration at which there is no file."""
    if not isinstance(config, Mapping):
        return []
    missing: list[str] = []
    for name, value in config.items():
        if name in FILE_OPTIONS and value:
            if digest_of(value) == UNKNOWN:
                missing.append(str(value))
        else:
            missing += missing_files(value)
    return missing


def missing_weights(config: Any) -> str:
    """Which files of weights are not there, as a sentence; "" where all are."""
    missing = missing_files(config)
    return f"There is no file of weights at {', '.join(missing)}." if missing else ""


def digest_of(path: str | Path) -> str:
    """SHA-256 of a file's content, or of a pattern's files; an address is returned as it is."""
    if "://" in str(path):
        return str(path)
    if "{}" in str(path):
        before, after = Path(path).name.split("{}")
        names = [file.name for file in Path(path).parent.glob(f"{before}*{after}")]
        numbers = [name.removeprefix(before).removesuffix(after) for name in names]
        files = [
            Path(str(path).replace("{}", number)) for number in sorted(numbers) if number.isdigit()
        ]
    else:
        files = [Path(path)]
    if not files or not all(file.is_file() for file in files):
        return UNKNOWN
    digests = []
    for file in files:
        status = file.stat()
        digests.append(_digest(file, status.st_size, status.st_mtime_ns))
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@lru_cache(maxsize=256)
def _digest(file: Path, size: int, changed: int) -> str:
    """Kept while the file's size and time of change are the same."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
