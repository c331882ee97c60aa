"""A file that one process holds at a time, and who holds it.

By `flock` where the file system has it: the system lets go of it when its holder ends. Lustre
without the mount option `flock`, and some NFS servers, refuse it. Then the note that names the
holder is itself the lock: whoever creates it holds it. Such a note is taken over when its process
is gone, or, where that cannot be seen from this machine, when it gave no sign of life for a while.
"""

import errno
import fcntl
import json
import logging
import os
import socket
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from playfair.steps.process_status import status_of

log = logging.getLogger("playfair")

REFUSALS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
SIGN_EVERY = 20.0  # seconds after which a holder without flock shows that it is alive
SILENT_FOR = 120.0  # seconds without a sign, after which it is taken for dead


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Attributes:
        run: the same on all ranks of a run, and on those of no other.
        host: the machine's name.
        pid: the process.
        since: when it came to hold the lock, local time.
        place: where process numbers mean the same: machine, start of the machine, container.
        begun: when the process began; numbers of processes are used again.
        by: "flock", or "file" where the note is the lock.
    """

    run: str
    host: str
    pid: int
    since: str
    place: str
    begun: str
    by: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


@dataclass
class LockFile:
    """A lock, not yet held.

    Args:
        path: the file; the note lies beside it.
        run: named in the note.
    """

    path: Path
    run: str
    _file: int | None = None
    _mine: bytes | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _quiet: tuple[int, float] = (0, 0.0)  # a note's time of change, and when we first saw it

    @property
    def note(self) -> Path:
        """The file beside the lock that names who holds it."""
        return self.path.with_suffix(".holder")

    def acquire(self, *, named: bool = True) -> bool:
        """Takes the lock if it is free; says whether it did.

        Args:
            named: whether to leave a note of it; without, it is only to see whether it is free.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:
            os.close(file)
            if error.errno not in REFUSALS:
                raise
            return self._acquire_by_note(error, named)
        if not _is_at(self.path, file):  # its holder has taken it away: the next look makes it anew
            os.close(file)
            return False
        if self._held_by_note():  # from a machine that has no flock
            os.close(file)
            return False
        self._file = file
        if named:
            self._sign("flock", os.O_TRUNC)
        return True

    def release(self, *, remove: bool = False) -> None:
        """Lets go of the lock.

        Args:
            remove: whether the file goes too; who waits for it is not deceived.
        """
        self._ended.set()
        try:
            if self._mine is not None and self._content() == self._mine:
                self.note.unlink(missing_ok=True)
            if remove and (self._file is not None or self._mine is not None):
                self.path.unlink(missing_ok=True)
        finally:  # whatever became of the note: nobody is to wait for us
            self._mine = None
            if self._file is not None:
                os.close(self._file)  # which lets go of the flock
                self._file = None

    def holder(self) -> Holder | None:
        """Who holds the lock, as far as its note can be read."""
        return _holder_in(self._content())

    def _acquire_by_note(self, refusal: OSError, named: bool) -> bool:
        _say_refused(self.path.parent, refusal.strerror)
        content = self._content()
        if content is not None:
            if not self._is_dead(content):
                return False
            self._take_away(content)
        if not named:
            return True
        try:
            self._sign("file", os.O_EXCL)
        except FileExistsError:
            return False
        self._ended.clear()
        threading.Thread(target=self._show_life, daemon=True).start()
        return True

    def _held_by_note(self) -> bool:
        content = self._content()
        holder = _holder_in(content)
        return (
            holder is not None
            and holder.by == "file"
            and content is not None
            and not self._is_dead(content)
        )

    def _is_dead(self, content: bytes) -> bool:
        """Whether the process that a note names is gone, or silent for too long."""
        holder = _holder_in(content)
        if holder is not None and holder.place == _place():
            return _begun(holder.pid) != holder.begun
        try:
            changed = self.note.stat().st_mtime_ns
        except FileNotFoundError:
            return False  # let go of meanwhile: the next look finds it free
        # By our own clock alone: that of another machine, or of the disk, may be wrong.
        now = time.monotonic()
        if changed != self._quiet[0]:
            self._quiet = (changed, now)
        return now - self._quiet[1] > SILENT_FOR

    def _take_away(self, content: bytes) -> None:
        """Removes a dead holder's note, and no other that took its place meanwhile."""
        aside = self.note.with_name(f".{self.note.name}.{socket.gethostname()}.{os.getpid()}")
        try:
            os.rename(self.note, aside)
        except FileNotFoundError:
            return
        try:
            if aside.read_bytes() != content:
                os.link(aside, self.note)
        except FileExistsError:
            pass
        finally:
            aside.unlink(missing_ok=True)

    def _show_life(self) -> None:
        while not self._ended.wait(SIGN_EVERY):
            try:
                os.utime(self.note)
            except OSError:
                return

    def _sign(self, by: str, flags: int) -> None:
        """Writes the note that names us; where it does not fit on the disk, nothing is held."""
        try:
            note = os.open(self.note, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o666)
            self._mine = self._name(by)
            with os.fdopen(note, "wb") as file:
                file.write(self._mine)
        except OSError:
            if self._mine is not None:
                self.note.unlink(missing_ok=True)  # which is half written
            self.release()
            raise

    def _name(self, by: str) -> bytes:
        holder = Holder(
            run=self.run,
            host=socket.gethostname(),
            pid=os.getpid(),
            since=time.strftime("%Y-%m-%d %H:%M:%S"),
            place=_place(),
            begun=_begun(os.getpid()),
            by=by,
        )
        return json.dumps(asdict(holder)).encode()

    def _content(self) -> bytes | None:
        try:
            return self.note.read_bytes()
        except FileNotFoundError:
            return None


def _is_at(path: Path, file: int) -> bool:
    """Whether an open file is the one that lies at a path now."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(file))


def _holder_in(content: bytes | None) -> Holder | None:
    """Whom a note names; None where it is not written to its end."""
    try:
        return Holder(**json.loads(content or b""))
    except (TypeError, ValueError, RecursionError):
        return None


def _place() -> str:
    """Where a number means the same process: machine, its start, and container."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    except OSError:
        pass
    return " ".join(parts)


def _begun(pid: int) -> str:
    """When a process of this machine began, in ticks of its clock; "" for one that is gone."""
    status = status_of(pid)
    return "" if not status or status[0] in "ZX" else status[19]


_refused: set[Path] = set()


def _say_refused(folder: Path, reason: str | None) -> None:
    if folder in _refused:
        return
    _refused.add(folder)
    log.warning(
        "%s: the file system refuses file locks (%s), as Lustre does that is mounted without "
        "-o flock. A note names who is at work instead. Killed on another machine, its holder is "
        "taken for dead after %.0f minutes.",
        folder,
        reason,
        SILENT_FOR / 60,
    )
