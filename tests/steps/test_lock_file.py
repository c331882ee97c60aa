"""Locks where the file system refuses flock, and who is taken for dead."""

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from playfair.steps import lock_file
from playfair.steps.lock import turn
from playfair.steps.lock_file import LockFile


@pytest.fixture
def no_flock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every flock() is answered as Lustre without -o flock does."""

    def refuse(file: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    lock_file._refused.clear()
    yield
    lock_file._refused.clear()


def note_of_another_machine(path: Path, by: str = "file") -> Path:
    """As a holder elsewhere leaves it."""
    lock = LockFile(path, "process 7")
    holder = json.loads(lock._name(by)) | {"host": "node-7", "place": "node-7 elsewhere"}
    lock.note.write_text(json.dumps(holder))
    return lock.note


@pytest.mark.usefixtures("no_flock")
def test_without_flock_one_at_a_time_holds_a_lock_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = LockFile(tmp_path / "a.lock", "process 1")
    second = LockFile(tmp_path / "a.lock", "process 2")
    assert first.acquire()
    assert not second.acquire() and not second.acquire(named=False)
    assert str(second.holder()).startswith(f"process {os.getpid()} on ")
    second.release()  # which holds nothing
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert not second.note.exists()
    (word,) = caplog.messages
    assert word.startswith(f"{tmp_path}: the file system refuses file locks (Function not impl")


@pytest.mark.usefixtures("no_flock")
def test_without_flock_a_dead_holder_of_this_machine_is_followed_at_once(tmp_path: Path) -> None:
    if (child := os.fork()) == 0:
        LockFile(tmp_path / "a.lock", "process 1").acquire()
        os._exit(0)
    os.waitpid(child, 0)
    lock = LockFile(tmp_path / "a.lock", "process 2")
    assert lock.note.exists()
    assert lock.acquire()  # the first time that it is asked for
    lock.release()
    assert not lock.note.exists()


@pytest.mark.usefixtures("no_flock")
def test_another_process_of_the_same_number_is_not_the_holder(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "a.lock", "process 1")
    holder = json.loads(lock._name("file")) | {"begun": "1"}
    lock.note.write_text(json.dumps(holder))
    assert lock.acquire()
    lock.release()


@pytest.mark.usefixtures("no_flock")
def test_a_holder_elsewhere_is_followed_when_it_is_silent_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_file, "SILENT_FOR", 0.3)
    note = note_of_another_machine(tmp_path / "a.lock")
    lock = LockFile(tmp_path / "a.lock", "process 1")
    until = time.monotonic() + 0.6
    while time.monotonic() < until:  # it shows that it is alive
        os.utime(note)
        assert not lock.acquire()
        time.sleep(0.05)
    os.utime(note, ns=(1, 1))  # whatever its clock says
    assert not lock.acquire()
    time.sleep(0.35)
    assert lock.acquire()
    lock.release()


@pytest.mark.usefixtures("no_flock")
def test_a_holder_shows_that_it_is_alive_until_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_file, "SIGN_EVERY", 0.02)
    lock = LockFile(tmp_path / "a.lock", "process 1")
    assert lock.acquire()
    os.utime(lock.note, ns=(1, 1))
    time.sleep(0.2)
    assert lock.note.stat().st_mtime_ns > 1
    lock.release()


def test_a_note_that_took_a_dead_ones_place_is_left_alone(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "a.lock", "process 1")
    lock.note.write_bytes(b"of a third run")
    lock._take_away(b"of the dead one")
    assert lock.note.read_bytes() == b"of a third run"
    lock._take_away(b"of a third run")
    assert list(tmp_path.iterdir()) == []


def test_where_flock_works_a_holder_on_a_machine_without_it_is_waited_for(tmp_path: Path) -> None:
    note = note_of_another_machine(tmp_path / "a.lock", by="file")
    lock = LockFile(tmp_path / "a.lock", "process 1")
    assert not lock.acquire()
    note.unlink()
    note_of_another_machine(tmp_path / "a.lock", by="flock")  # killed: the system has let go
    assert lock.acquire()
    lock.release()


@pytest.mark.parametrize("flock", [True, False])
def test_a_lock_whose_note_does_not_fit_on_the_disk_is_let_go_of(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, flock: bool
) -> None:
    if not flock:
        request.getfixturevalue("no_flock")

    def full(note: int, mode: str) -> IO[bytes]:
        os.write(note, b"{")
        os.close(note)
        return open("/dev/full", mode)

    lock = LockFile(tmp_path / "a.lock", "process 1")
    with monkeypatch.context() as patch:
        patch.setattr(lock_file.os, "fdopen", full)
        with pytest.raises(OSError, match="No space left"):
            lock.acquire()
    assert not lock.note.exists()
    other = LockFile(tmp_path / "a.lock", "process 2")
    assert other.acquire()
    other.release()


def test_a_note_that_is_half_written_names_nobody(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "a.lock", "process 1")
    for content in (b"", b'{"run": "pro', b"[1]", b"\xff", b'{"run": 1, "more": 2}'):
        lock.note.write_bytes(content)
        assert lock.holder() is None
    assert lock.acquire()
    lock.release()


@pytest.mark.usefixtures("no_flock")
def test_without_flock_other_ranks_come_when_rank_zero_does(tmp_path: Path) -> None:
    came = threading.Event()

    def rank_one() -> None:
        with turn(tmp_path / "a.lock", what="it", made=lambda: False, rank_zero=False):
            came.set()

    thread = threading.Thread(target=rank_one)
    thread.start()
    assert not came.wait(0.3)
    with turn(tmp_path / "a.lock", what="it", made=lambda: False, rank_zero=True):
        assert came.wait(5)
    thread.join()


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_a_lock_whose_file_goes_with_its_holder_is_still_held_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_made_anew: bool
) -> None:
    path = tmp_path / "a.lock"
    first, second, third = (LockFile(path, f"process {number}") for number in (1, 2, 3))
    assert first.acquire()
    real = fcntl.flock

    def let_go_before(file: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        first.release(remove=True)  # second has opened the file, and does not hold it yet
        assert not is_made_anew or third.acquire()
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", let_go_before)
    assert not second.acquire(), "a lock on a file that is gone is none"
    assert is_made_anew or third.acquire()
    assert not second.acquire()
    second.release(remove=True)  # which holds nothing
    assert path.exists() and not second.acquire()
    third.release(remove=True)
    assert not list(tmp_path.iterdir())
