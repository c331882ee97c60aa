import logging
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from playfair.steps import lock as lock_file
from playfair.steps.lock import held, turn

HOLD = """
import sys; from pathlib import Path; from playfair.steps.lock import held
with held(Path(sys.argv[1]), what="it"):
    print("held", flush=True); sys.stdin.read()
"""


def other_run(lock: Path) -> "subprocess.Popen[str]":
    """Another process that holds the lock until it is killed."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], **pipes)  # type: ignore[call-overload]
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_a_killed_run_lets_go_and_is_waited_for_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(lock_file, "QUIETLY", 0.2)
    lock = tmp_path / "video.lock"
    other = other_run(lock)
    threading.Timer(0.5, other.kill).start()
    began = time.monotonic()
    with held(lock, what="video.pt"):
        waited = time.monotonic() - began
    other.wait()
    assert 0.4 < waited < 20
    (word,) = caplog.messages
    who = rf"process {other.pid} on {re.escape(socket.gethostname())}, since \d{{4}}-\d\d-\d\d"
    assert re.fullmatch(
        rf"waiting for another run \({who} \d\d:\d\d:\d\d\), which is making video.pt", word
    )


def test_another_rank_of_this_run_is_told_as_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(lock_file, "QUIETLY", 0.2)
    ranks = {"PLAYFAIR_RANKS": str(tmp_path), "PLAYFAIR_N_RANKS": "2", "LOCAL_RANK": "0"}
    for port, of_whom in (("4001", "another rank of this run"), ("4002", "another run")):
        for name, value in (ranks | {"MASTER_PORT": "4001"}).items():
            monkeypatch.setenv(name, value)
        lock = tmp_path / f"{port}.lock"
        other = other_run(lock)
        monkeypatch.setenv("MASTER_PORT", port)
        threading.Timer(0.5, other.kill).start()
        with held(lock, what="the list of clips"):
            pass
        other.wait()
        assert caplog.messages[-1].startswith(f"waiting for {of_whom} (process {other.pid} on ")


def test_other_ranks_come_when_rank_zero_does_or_when_nothing_is_left_to_do(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "video.lock"
    made = tmp_path / "video.pt"
    came: list[bool] = []

    def rank_one() -> None:
        with turn(lock, what="video.pt", made=made.exists, rank_zero=False):
            came.append(made.exists())

    first = threading.Thread(target=rank_one)
    first.start()
    first.join(0.5)
    assert not came, "rank 0 may yet have to wait for another run"
    with turn(lock, what="video.pt", made=made.exists, rank_zero=True):
        first.join(10)
        assert came == [False]  # both find nothing, and make it together
        made.touch()
    second = threading.Thread(target=rank_one)
    second.start()
    second.join(10)
    assert came == [False, True]


def test_ranks_do_not_come_while_another_run_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "video.lock"
    other = other_run(lock)
    came: list[bool] = []

    def rank_one() -> None:
        with turn(lock, what="it", made=lambda: other.poll() is not None, rank_zero=False):
            came.append(True)

    waiting = threading.Thread(target=rank_one)
    waiting.start()
    waiting.join(0.5)
    assert not came
    other.kill()
    other.wait()
    waiting.join(10)
    assert came == [True]
