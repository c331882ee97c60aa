"""What is written is there whole or not at all, outlives a power cut, and a full disk is told."""

import ctypes
import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
PART = ".part"  # ends the name of what is not in its place yet


def write_json(path: Path, value: object) -> None:
    """Writes JSON so that a reader sees the old file or the whole new one, never a part."""
    with written_aside(path) as part:
        part.write_bytes(json_text(value))


def json_text(value: object) -> bytes:
    """What `write_json` writes."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


@contextmanager
def written_aside(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yields the place to write to; what was written is then put to `path` at once, and stays.

    The file is on the disk before it has its name, and its name is on the disk at the end: after a
    power cut there is the old file or the whole new one.

    Args:
        path: where the file is to be; its folder is made where there is none.
        durable: whether to wait for the disk; without, only a killed process leaves it whole.

    Raises:
        ValueError: the disk is full; what was there before is still there.

    Example:
        with written_aside(folder / "video.pt") as part:
            torch.save(weights, part)
    """
    with telling_full_disk(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
        try:
            yield part
            if durable:
                sync(part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)  # of a full disk, every byte is wanted
            raise
        if durable:
            sync(path.parent)


def sync(path: Path) -> None:
    """Returns when a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # folders on some network file systems, which keep their names themselves
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def sync_all(folder: Path) -> None:
    """Returns when all that was written to the file system of `folder` is on the disk.

    One call for a store of many small files: to sync each of 800 took 100 times as long.
    """
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:  # it is Linux's alone
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def remove_durably(path: Path) -> None:
    """Removes a file, if there is one; it does not come back with a power cut."""
    if path.exists():
        path.unlink()
        sync(path.parent)


def is_part(name: str) -> bool:
    """Whether a file of this name is not in its place yet: ours end so, or zarr's do."""
    return name.endswith((PART, ".partial"))


@contextmanager
def telling_full_disk(what: str) -> Iterator[None]:
    """Turns a full disk, or a quota used up, into a ValueError that says what to do.

    Args:
        what: what was being written.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if not is_of_full_disk(error):
            raise
        raise ValueError(full_disk(what)) from error


def is_of_full_disk(error: BaseException) -> bool:
    """Whether a full disk is what an error comes from.

    torch ends a file that it cannot write with an error of its own, "unexpected pos", and the
    disk's is its context.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            return True
        cause = cause.__context__
    return False


def full_disk(what: object) -> str:
    """What to say where there is no space for something."""
    return (
        f"The disk is full: no space for {what}. What was finished is kept: make space and "
        "type the same command again, it continues from there. To write elsewhere, type "
        "paths.outputs=FOLDER."
    )
