"""The manifest of a step's folder: what it holds, with sizes and digests; written last of all.

    manifest.json   {"files": {name: [bytes, digest]}, "sha256": of the files, as JSON}

A step with a manifest is finished: everything in it was on the disk before. A digest is one of

    sha256:…        of the whole file; checked whenever the step is opened. Where "+crc32c:…" follows,
                    that is, and the first by the doctor: 9 MB take 1 ms instead of 7
    crc32c:…        of a file that is read in parts, checked when it is read
    crc32c-end:…    of a Zarr chunk, whose last 4 bytes are the checksum of those before them
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import google_crc32c
import numpy as np

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.durable import is_part, sync_all, write_json
from playfair.training.history import HISTORY

MANIFEST = "manifest.json"
CREATED = "created.json"  # the same of what no block is of, while blocks are still written
TRAINING = "training"  # the folder of a training's state, which goes when it is finished
CHECKSUM_BYTES = 4
_AT_ONCE = 2**18  # bytes of a file that are read at once
_LARGE = 2**16  # bytes from which a file has both digests


@dataclass(frozen=True)
class Manifest:
    """What a finished folder holds.

    Args:
        files: name below the folder → size in bytes and digest.
        digest: of all of it.
    """

    files: Mapping[str, tuple[int, str]]
    digest: str


def write_manifest(folder: Path, digests: Mapping[str, str]) -> None:
    """Finishes a folder: all that it holds is on the disk, then its manifest is.

    Args:
        folder: the step's.
        digests: of files whose digests are known already; others are read for it.
    """
    files = {
        name: (size, digests.get(name) or digest_of(folder, name))
        for name, size in sorted(sizes(folder).items())
    }
    sync_all(folder)
    write_json(folder / MANIFEST, content_of(files))


def content_of(files: Mapping[str, tuple[int, str]]) -> dict[str, object]:
    """What a manifest of files says: name → size in bytes and digest."""
    return {"files": dict(sorted(files.items())), "sha256": _digest_of(files)}


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest | None:
    """What the folder should hold; None where it is not finished.

    Args:
        folder: the step's.
        name: of the manifest.

    Raises:
        DamageError: there is a manifest, and it is not as it was written.
    """
    file = folder / name
    try:
        content = json.loads(file.read_bytes())
        files = {
            name: (int(size), str(digest)) for name, (size, digest) in content["files"].items()
        }
        digest = content["sha256"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UNREADABLE as error:
        raise DamageError(file, f"it is no manifest ({error})") from error
    if digest != _digest_of(files):
        raise DamageError(file, "its files and its digest of them do not agree")
    return Manifest(files, digest)


def sizes(folder: Path) -> dict[str, int]:
    """Every file of a step's folder that a manifest tells of, with its size in bytes."""
    there: dict[str, int] = {}
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        # an iterator of entries: five times as fast as a Path for each
        for entry in _scanned(folder, inside):
            name = f"{inside}{entry.name}"
            # a history has seconds in it: what it led to is the same when it is made again
            if is_part(name) or name in (MANIFEST, TRAINING, HISTORY):
                continue
            if entry.is_dir():
                waiting.append(f"{name}/")
            else:
                there[name] = entry.stat().st_size
    return there


def absences(folder: Path, manifest: Manifest) -> list[str]:
    """The files that a finished folder lacks."""
    return [name for name, n_bytes in _sizes_now(folder, manifest) if n_bytes is None]


def changes(folder: Path, manifest: Manifest, *, thorough: bool) -> Iterator[DamageError]:
    """What is there, and not as it was written.

    Args:
        folder: the step's.
        manifest: what it should hold.
        thorough: whether to read everything; otherwise only sizes, and files that are small or read
            whole in any case.

    Yields:
        An error for each file; none of them is raised.
    """
    for name, n_bytes in _sizes_now(folder, manifest):
        size, digest = manifest.files[name]
        if n_bytes is None:
            continue
        if n_bytes != size:
            yield DamageError(folder / name, f"it has {n_bytes:,} bytes of {size:,}")
        elif thorough or digest.startswith("sha256:"):
            file = folder / name
            try:
                digest, now = _compared(digest, file, thorough=thorough)
            except OSError as error:
                yield DamageError(file, f"it cannot be read ({error.strerror or error})")
                continue
            if now != digest:
                came = now or "none of its own"
                yield DamageError(file, f"its content has the digest {came}, not {digest}")


def _sizes_now(folder: Path, manifest: Manifest) -> Iterator[tuple[str, int | None]]:
    """Size in bytes of each file that should be there; None where there is none."""
    place = os.fspath(folder)
    for name in manifest.files:
        try:
            # of 800 files, a third of the time that Path takes
            yield name, os.stat(f"{place}/{name}").st_size
        except (FileNotFoundError, NotADirectoryError):
            yield name, None


def require_sound(folder: Path, manifest: Manifest) -> None:
    """Raises DamageError for the first file that is there and is not as it was written."""
    for damage in changes(folder, manifest, thorough=False):
        raise damage


def remove_parts(folder: Path) -> None:
    """Removes what was being written when a process was killed, but the state of a training."""
    for inside, folders, files in os.walk(folder):
        for name in filter(is_part, files):
            Path(inside, name).unlink(missing_ok=True)
        for name in filter(is_part, folders):
            shutil.rmtree(Path(inside, name), ignore_errors=True)
        folders[:] = [name for name in folders if name != TRAINING and not is_part(name)]


def _compared(digest: str, file: Path, *, thorough: bool) -> tuple[str, str]:
    """The digest of a file that it is judged by, and the same of the file as it is now."""
    whole, _, quick = digest.partition("+")
    if quick and not thorough:
        return quick, f"crc32c:{checksum_of(file)}"
    return whole, _digest_like(whole, file)


def _digest_like(digest: str, file: Path) -> str:
    kind = digest.partition(":")[0]
    if kind == "crc32c":
        return crc32c_of(file.read_bytes())
    if kind == "crc32c-end":
        return chunk_digest(file.read_bytes())
    return sha256_of(file)


def digest_of(folder: Path, name: str) -> str:
    """The digest of a file by what it is: a Zarr chunk of ours has its own."""
    if "/c/" in name and (digest := chunk_digest((folder / name).read_bytes())):
        return digest
    return digest_of_whole(folder / name)


def digest_of_whole(file: Path) -> str:
    """The digest of a file that is no chunk; a large one has a second, which is sooner checked."""
    digest = sha256_of(file)
    if file.stat().st_size < _LARGE:
        return digest
    return f"{digest}+crc32c:{checksum_of(file)}"


def sha256_of(file: Path) -> str:
    """SHA-256 of a whole file."""
    with file.open("rb") as opened:
        return f"sha256:{hashlib.file_digest(opened, 'sha256').hexdigest()}"


def checksum_of(file: Path) -> str:
    """CRC32C of a whole file, read piece by piece."""
    checksum = 0
    content = np.empty(_AT_ONCE, np.uint8)  # read into again and again: half the time of new bytes
    with file.open("rb", buffering=0) as opened:
        while n_bytes := opened.readinto(content.data):
            checksum = google_crc32c.extend(checksum, content[:n_bytes])
    return f"{checksum:08x}"


def crc32c_of(content: bytes) -> str:
    """The checksum of bytes, which takes a thousandth of the time that a disk takes to read them.

    >>> crc32c_of(b"123456789")
    'crc32c:e3069283'
    """
    return f"crc32c:{google_crc32c.value(content):08x}"


def chunk_digest(content: bytes) -> str:
    """The checksum that ends a Zarr chunk; "" where it is not that of the bytes before it."""
    body = content[:-CHECKSUM_BYTES]
    end = int.from_bytes(content[-CHECKSUM_BYTES:], "little")
    if len(content) <= CHECKSUM_BYTES or google_crc32c.value(body) != end:
        return ""
    return f"crc32c-end:{end:08x}"


def _scanned(folder: Path, inside: str) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder / inside) as entries:
        yield from entries


def _digest_of(files: Mapping[str, tuple[int, str]]) -> str:
    listed = json.dumps({name: list(entry) for name, entry in files.items()}, sort_keys=True)
    return hashlib.sha256(listed.encode()).hexdigest()
