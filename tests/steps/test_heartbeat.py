"""A rank that stands still is told and ends its run; one that computes or waits does not."""

import logging
import os
import time

import pytest

from playfair.steps import heartbeat
from playfair.steps.heartbeat import Pulse
from playfair.steps.supervisor import WorkerError, supervise
from tests.steps.test_ranks import alive, script

STOPPED = """
(folder / f"{rank}.pid").write_text(str(os.getpid()))
if rank == 1:
    os.kill(os.getpid(), 19)
time.sleep(60)
"""


def test_a_frozen_rank_is_named_with_the_time_and_ends_the_run(tmp_path, caplog) -> None:
    began = time.monotonic()
    with pytest.raises(
        WorkerError,
        match=r"rank 1 \(process \d+\) has given no sign of life since \d\d:\d\d:\d\d: it is stopped",
    ):
        supervise(script(tmp_path, STOPPED), 2, tmp_path, rank_timeout=3)
    assert time.monotonic() - began < 30
    assert "After 3 s the run ends (rank_timeout=3)" in caplog.text
    pids = [int(file.read_text()) for file in tmp_path.glob("*.pid")]
    assert len(pids) == 2 and not [pid for pid in pids if alive(pid)]


@pytest.mark.slow
def test_neither_a_long_wait_nor_a_call_that_keeps_the_interpreter_is_a_standstill(
    tmp_path,
) -> None:
    """The second lets no thread of its process run, and uses processor time."""
    body = "time.sleep(4) if rank else sum(range(200_000_000))"
    supervise(script(tmp_path, body), 2, tmp_path, rank_timeout=2.5)


@pytest.fixture
def pulse(monkeypatch) -> Pulse:
    """Of a process that does nothing; the clock is moved by hand."""
    monkeypatch.setattr(heartbeat, "cpu_ticks", lambda process: 0)
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    made = Pulse(0, os.getpid(), read_end, limit=30)
    made.cpu = 0
    made.write_end = write_end  # type: ignore[attr-defined]
    return made


def pass_seconds(pulse: Pulse, seconds: int) -> str | None:
    for _ in range(seconds):
        pulse.last_look -= 1
        if frozen := pulse.look():
            return frozen
    return None


def test_a_rank_that_goes_on_is_told_too_and_begins_anew(pulse, caplog) -> None:
    caplog.set_level(logging.WARNING)
    assert pass_seconds(pulse, 29) is None
    os.write(pulse.write_end, b".")
    assert pass_seconds(pulse, 29) is None
    assert caplog.text.count("rank 0 goes on") == 1
    assert "no sign of life" in str(pass_seconds(pulse, 5))


def test_a_rank_that_computes_without_a_beat_is_alive(pulse, monkeypatch) -> None:
    """As in one call that lets no other thread of its process run."""
    used = iter(range(1, 1000))
    monkeypatch.setattr(heartbeat, "cpu_ticks", lambda process: next(used))
    assert pass_seconds(pulse, 100) is None


def test_processor_time_is_read_as_the_system_counts_it() -> None:
    before = heartbeat.cpu_ticks(os.getpid())
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass
    assert 0 < heartbeat.cpu_ticks(os.getpid()) - before < 100


def test_time_in_which_the_supervisor_stood_still_does_not_count(pulse) -> None:
    pulse.last_look -= 10_000  # Ctrl-Z, a laptop that slept
    assert pulse.look() is None
    assert pulse.silence <= heartbeat.EVERY
