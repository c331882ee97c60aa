import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from playfair.steps.lock import BusyError, held, turn, wait_for_others

HOLD = """
import sys; from pathlib import Path; from playfair.steps.lock import held
with held(Path(sys.argv[1]), wait=False):
    print("held", flush=True); sys.stdin.read()
"""


def test_a_second_writer_is_refused_and_a_dead_one_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "frames-08.lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout and other.stdout.readline() == "held\n"
    with (
        pytest.raises(BusyError, match=r"Another run is writing .*frames-08"),
        held(lock, wait=False),
    ):
        pass
    other.kill()
    other.wait()
    with held(lock, wait=False):
        pass


def test_waiting_ends_with_the_other_run_and_does_not_begin_with_ones_own(tmp_path: Path) -> None:
    lock = tmp_path / "video.lock"
    with held(lock, wait=False):
        wait_for_others(lock)  # our own rank 0 holds it
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout and other.stdout.readline() == "held\n"
    began = time.monotonic()
    threading.Timer(1.0, other.kill).start()
    wait_for_others(lock)
    waited = time.monotonic() - began
    other.wait()
    assert 0.9 < waited < 20


def test_other_ranks_come_when_rank_zero_does_or_when_nothing_is_left_to_do(tmp_path: Path) -> None:
    lock, made, came = tmp_path / "video.lock", tmp_path / "video.pt", []

    def rank_one() -> None:
        with turn(lock, made=made.exists, rank_zero=False):
            came.append(made.exists())

    first = threading.Thread(target=rank_one)
    first.start()
    first.join(0.5)
    assert not came, "rank 0 may yet have to wait for another run"
    with turn(lock, made=made.exists, rank_zero=True):
        first.join(10)
        assert came == [False]  # both find nothing, and make it together
    second = threading.Thread(target=rank_one)
    second.start()
    made.touch()
    second.join(10)
    assert came == [False, True]
