"""One writer at a time: locks that the system releases when their holder ends, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(ValueError):
    """Another run is writing the same artefact."""


@contextmanager
def held(path: Path, *, wait: bool) -> Iterator[None]:
    """Holds the lock file at `path`; `wait` until it is free, or refuse.

    Raises:
        BusyError: someone else holds it and `wait` is false.

    Example:
        with held(Path("frames-08.zarr.lock"), wait=False):
            ...
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BusyError(
                f"Another run is writing {path.with_suffix('')}. Wait for it to end, or name another folder with "
                "paths.outputs=FOLDER."
            ) from None
        yield
