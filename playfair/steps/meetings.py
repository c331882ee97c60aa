"""The folders where ranks meet: one for each supervisor, for as long as it lives.

A supervisor that is killed leaves its folder behind, with nobody in it. The next one sees that by its
lock, which the system lets go of with the process, and removes it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "playfair-ranks-"
_LOCK = "supervisor"


def new() -> tuple[str, int]:
    """A folder of this supervisor's own, and the open file whose lock says that it lives."""
    folder = tempfile.mkdtemp(prefix=PREFIX)
    # locked before it has its name: who finds it finds it locked
    part = Path(folder, f"{_LOCK}.part")
    lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a file system without locks: its folders are left alone
        return folder, lock
    part.rename(Path(folder, _LOCK))
    return folder, lock


def remove_forsaken() -> None:
    """Removes the folders of this user's supervisors that were killed."""
    for file in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        try:
            if file.lstat().st_uid != os.getuid():
                continue
            lock = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:  # another's, or removed meanwhile
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(file.parent, ignore_errors=True)
        except OSError:  # it lives
            pass
        finally:
            os.close(lock)
