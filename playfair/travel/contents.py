"""What a folder on its way holds, by its manifest: names that are ours, sizes, digests."""

import re
from collections.abc import Mapping
from pathlib import Path

from playfair.steps.damage import DamageError
from playfair.steps.made_from import read_record
from playfair.steps.manifest import (
    MANIFEST,
    Manifest,
    absences,
    changes,
    read_manifest,
    sizes,
)
from playfair.travel.index import MOST_BYTES

# whatever else lies there is not ours, and not taken along: a .ckpt or .pkl would be unpickled
OURS = re.compile(
    r"(?!training/)([A-Za-z_][\w-]*\.(json|csv|pt)|[A-Za-z]\w*/(zarr\.json|c(/\d{1,9}){0,4}))"
)
AGAIN = "It is not kept as finished: ask who pushed it to push it again."


def names(manifest: Manifest, of: str) -> Mapping[str, int]:
    """The files of an artefact with their sizes in bytes, its manifest apart.

    Raises:
        ValueError: one of them is nothing that a step of ours leaves.
    """
    for name, (size, _) in manifest.files.items():
        if not OURS.fullmatch(name) or name == MANIFEST or size < 0:
            raise ValueError(
                f"{of} lists a file {name!r} of {size:,} bytes, which no checkpoint or ESV store of "
                "Play Fair holds. Nothing of it is kept."
            )
    return {name: size for name, (size, _) in manifest.files.items()}


def whole(folder: Path, advice: str = "") -> Manifest:
    """The manifest of a finished folder, every file of which was read and is as it was written.

    Args:
        folder: the step's.
        advice: what to type where it is damaged.

    Raises:
        DamageError: a file is gone, or is not as it was written.
        ValueError: it is not finished.
    """
    file = folder / MANIFEST
    if file.is_file() and file.stat().st_size > MOST_BYTES:
        raise DamageError(file, f"it has more than {MOST_BYTES:,} bytes", advice)
    manifest = read_manifest(folder)
    if manifest is None:
        raise ValueError(f"{folder} is not finished: type the command that makes it again.")
    for name in absences(folder, manifest):
        raise DamageError(folder / name, "it is not there", advice)
    for damage in changes(folder, manifest, thorough=True):
        raise DamageError(damage.file, damage.why, advice)
    return manifest


def require_what_it_says(folder: Path, path: str) -> None:
    """Holds an artefact that has come against its place: record, kind, id, and no file more.

    Raises:
        ValueError: it is not what its name says.
    """
    _, kind, name = path.split("/")
    record = read_record(folder)
    if record["step"] != kind or record["id"][:8] != name[-8:]:
        raise DamageError(
            folder, f"it is the record of {record['step']} {record['id'][:8]}, another one", AGAIN
        )
    if more := sizes(folder).keys() - whole(folder).files.keys():
        raise DamageError(folder, f"it holds files that no manifest names ({min(more)})", AGAIN)


def n_bytes_of(folder: Path) -> int:
    """The size of a finished folder's files, as its manifest says; 0 where it is damaged."""
    try:
        manifest = read_manifest(folder)
    except DamageError:
        return 0
    return sum(size for size, _ in manifest.files.values()) if manifest else 0
