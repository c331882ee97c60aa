"""Which clips a step was made from: each one's size, time of change and content.

Clips are no part of a step's id: labels name them, and a clip that is fetched again is to be the
same one. So what they were is kept beside, below <outputs>/<dataset>/.clips, and is compared with
what they are, once in a run: a look at size and time of change of each. Where only the time is
another, as in a copy of the dataset, the contents are compared.

What becomes of a step whose clips have changed, or could not be decoded and have been fetched
again, is a rule of its kind:

    frames, features              the blocks of these clips are made again
    ESVs                          likewise, where every clip keeps its place and its length; else,
    lengths, interactions         are made again
    video, heads                  are kept, and named: what was learnt from older clips stays valid,
                                  and to learn it again takes hours

A clip that is gone changes nothing.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from playfair.steps.damage import DamageError
from playfair.steps.durable import written_aside

CLIPS = ".clips"
BLOCKS = "the blocks of these clips are made again"
WHOLE = "all of it is made again, not only what is of these clips"
KEPT = "it is kept"
RULES = {
    "frames": BLOCKS,
    "features": BLOCKS,
    "lengths": WHOLE,
    "esvs": WHOLE,
    "interactions": WHOLE,
    "video": KEPT,
    "heads": KEPT,
}
SIZE_OF_FOLDER = 0  # a file system's own differs from place to place
GONE = -1  # in the place of a size: there is no such file
NOT_KNOWN = -2  # no stamp was taken
NO_DIGEST = 0
LONG = 1 << 26  # bytes of a video that is no short clip
PART = 1 << 20  # bytes of each part of it that is read
AGAIN = "Remove it: what was made from these clips is then taken to be up to date."

Stamps = NDArray[np.int64]  # (clip, 3): size in bytes, time of change in ns, digest of the content


def looked_at(paths: Sequence[str | Path]) -> Stamps:
    """Size and time of change of files; nothing is read.

    Args:
        paths: of the clips.
    """
    stamps = np.full((len(paths), 3), NO_DIGEST, dtype=np.int64)
    for clip, path in enumerate(paths):
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            stamps[clip, 0] = GONE
        else:
            stamps[clip, :2] = (status.st_size, status.st_mtime_ns)
            if stat.S_ISDIR(status.st_mode):
                stamps[clip, :2] = (SIZE_OF_FOLDER, _last_change(path, status.st_mtime_ns))
    return stamps


def _last_change(folder: str | Path, changed: int) -> int:
    """Of a folder of pictures, or of one picture: extracted again, they change and it does not."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            return max(changed, entry.stat().st_mtime_ns)
    return changed


def read_through(paths: Sequence[str | Path]) -> Stamps:
    """As `looked_at`, with a digest of each content: 0.1 ms a clip of 90 KB."""
    # before they are read: a clip that changes meanwhile is then another the next time
    stamps = looked_at(paths)
    digests: dict[str, int] = {}  # a long video has many clips
    for path in dict.fromkeys(map(str, paths)):
        digests[path] = digest_of(path)
    stamps[:, 2] = [digests[str(path)] for path in paths]
    return stamps


def digest_of(path: str | Path) -> int:
    """64 bits of a hash of a file's content; NO_DIGEST where it cannot be read.

    Of more than LONG bytes, of its beginning, middle and end: hours of video would be read through.
    """
    try:
        if os.path.isdir(path):
            return _digest_of_folder(path)
        with open(path, "rb") as file:
            n_bytes = os.fstat(file.fileno()).st_size
            if n_bytes > LONG:
                return _digest_of_parts(file, n_bytes)
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).digest()
    except (OSError, ValueError):
        return NO_DIGEST
    return int.from_bytes(digest, "little", signed=True) or 1


def _digest_of_folder(folder: str | Path) -> int:
    """Of the pictures' names and contents; of more than LONG bytes in all, of names and sizes."""
    with os.scandir(folder) as entries:
        sizes = {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    digest = hashlib.blake2b(digest_size=8)
    is_long = sum(sizes.values()) > LONG
    for name, n_bytes in sorted(sizes.items()):
        digest.update(f"{name}\0{n_bytes}\0".encode("utf-8", "surrogateescape"))
        if not is_long:
            digest.update(Path(folder, name).read_bytes())
    return int.from_bytes(digest.digest(), "little", signed=True) or 1


def _digest_of_parts(file: BinaryIO, n_bytes: int) -> int:
    digest = hashlib.blake2b(str(n_bytes).encode(), digest_size=8)
    for start in (0, n_bytes // 2, n_bytes - PART):
        file.seek(start)
        digest.update(file.read(PART))
    return int.from_bytes(digest.digest(), "little", signed=True) or 1


def changed_clips(then: Stamps, now: Stamps, path: Callable[[int], str | Path]) -> NDArray[np.intp]:
    """The clips that are others than they were, or are there and were not.

    Args:
        then: with digests, as far as they are known. Where only the time is another, it becomes
            that of now.
        now: without digests.
        path: clip → its file.

    Returns:
        Indices, ascending.
    """
    there = (then[:, 0] != NOT_KNOWN) & (now[:, 0] != GONE)
    other_size = there & (then[:, 0] != now[:, 0])
    later = np.flatnonzero(there & ~other_size & (then[:, 1] != now[:, 1]))
    known = later[then[later, 2] != NO_DIGEST]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        digests = list(threads.map(lambda clip: digest_of(path(int(clip))), known))
    others = known[then[known, 2] != np.array(digests, dtype=np.int64)]
    same = np.setdiff1d(later, others)
    then[same, 1] = now[same, 1]
    return np.union1d(np.flatnonzero(other_size), others)


def write_stamps(file: Path, stamps: Stamps, *, durable: bool = True) -> None:
    """Writes stamps, whole or not at all; durable as of `written_aside`."""
    content = np.ascontiguousarray(stamps, dtype="<i8").tobytes()
    with written_aside(file, durable=durable) as part:
        part.write_bytes(content + hashlib.blake2b(content, digest_size=8).digest())


def read_stamps(file: Path) -> Stamps | None:
    """The stamps in a file; None where there is none.

    Raises:
        DamageError: they are not as they were written.
    """
    try:
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamageError(file, f"it cannot be read ({error.strerror or error})", AGAIN) from error
    stamps, checksum = content[:-8], content[-8:]
    if len(stamps) % 24 or hashlib.blake2b(stamps, digest_size=8).digest() != checksum:
        raise DamageError(file, "its checksum is not that of its content", AGAIN)
    return np.frombuffer(stamps, dtype="<i8").reshape(-1, 3).astype(np.int64)
