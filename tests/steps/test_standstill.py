"""Ranks that all wait are told with where each of them waits; where somebody computes, nothing is."""

import logging
import os
from pathlib import Path

import pytest

from playfair.steps import standstill
from playfair.steps.standstill import Standstill, place_in, ticks_with_children
from playfair.steps.supervisor import supervise
from tests.steps.test_ranks import script

# the first waits for the second's file, the second for the first's
EACH_FOR_THE_OTHER = """
deadline = time.monotonic() + 20
def told():
    return (folder / "told").exists() or time.monotonic() > deadline
def wait_for_the_other():
    while not told():
        time.sleep(0.1)
if rank:
    wait_for_the_other()
while not told():
    time.sleep(0.1)
"""


def test_ranks_that_wait_for_each_other_are_told_with_their_places(
    tmp_path, caplog, monkeypatch
) -> None:
    monkeypatch.setattr(standstill, "EVERY", 0.3)
    monkeypatch.setattr(standstill, "TOLD_AFTER", 0.6)
    monkeypatch.setattr(standstill, "_QUIET", 0.1)
    warn = standstill.log.warning

    def told(*words: object) -> None:
        warn(*words)
        (tmp_path / "told").touch()

    monkeypatch.setattr(standstill.log, "warning", told)
    supervise(script(tmp_path, EACH_FOR_THE_OTHER), 2, tmp_path)
    assert "all of them wait" in caplog.text
    for rank, name in enumerate(("share", "wait_for_the_other")):
        assert f"rank {rank} (process " in caplog.text
        assert f"is in {name} ({tmp_path}/rank.py:" in caplog.text
    assert "called by work (" in caplog.text


@pytest.fixture
def together(monkeypatch, tmp_path) -> Standstill:
    """Of one rank that does nothing; the clock is moved by hand."""
    monkeypatch.setattr(standstill, "ticks_with_children", lambda process: 0)
    monkeypatch.setattr(standstill.os, "kill", lambda *_: None)
    monkeypatch.setattr(standstill, "_ANSWERED_AFTER", 0)
    return Standstill([1], tmp_path)


def pass_seconds(together: Standstill, seconds: float, at_once: float = 6) -> None:
    while seconds > 0:
        together.last_look -= at_once
        together.look()
        seconds -= at_once


def test_it_is_told_once_and_again_after_somebody_has_computed(
    together, caplog, monkeypatch
) -> None:
    caplog.set_level(logging.WARNING)
    pass_seconds(together, 54)
    assert "wait" not in caplog.text
    pass_seconds(together, 120)
    assert caplog.text.count("no rank has computed for") == 1
    monkeypatch.setattr(standstill, "ticks_with_children", lambda process: 10_000)
    pass_seconds(together, 6)
    pass_seconds(together, 66)
    assert caplog.text.count("no rank has computed for") == 2


def test_ranks_that_compute_a_little_or_for_whom_time_stood_still_are_not_told(
    together, caplog, monkeypatch
) -> None:
    pass_seconds(together, 10_000, at_once=10_000)  # a laptop that slept
    assert together.quiet <= 2 * standstill.EVERY
    used = iter(range(0, 100_000, 60))  # 0.6 s of every 6 s
    monkeypatch.setattr(standstill, "ticks_with_children", lambda process: next(used))
    pass_seconds(together, 300)
    assert "wait" not in caplog.text


def test_the_time_of_workers_counts_as_their_ranks(tmp_path) -> None:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        deadline = os.times().user + 0.1
        while os.times().user < deadline:
            pass
        os.write(write_end, b".")
        os.read(read_end, 0)
        while True:
            os.sched_yield()
    try:
        os.read(read_end, 1)
        ours = sum(os.times()[:2]) * os.sysconf("SC_CLK_TCK")
        assert ticks_with_children(os.getpid()) > ours + 5
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_a_rank_that_does_not_answer_is_at_an_unknown_place(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "none"):
        assert place_in(tmp_path / name) == "at an unknown place"


def test_the_last_answer_counts_with_the_innermost_function_of_ours(tmp_path: Path) -> None:
    (tmp_path / "is").write_text(
        'Current thread 0x1 (most recent call first):\n  File "/a/playfair/x.py", line 1 in before\n'
        'Current thread 0x1 (most recent call first):\n  File "/torch/c10d.py", line 9 in barrier\n'
        '  File "/a/playfair/prediction.py", line 51 in predict_blocks\n'
        '  File "/a/playfair/evaluation.py", line 61 in evaluate\n'
    )
    assert place_in(tmp_path / "is") == (
        "in barrier (/torch/c10d.py:9), called by predict_blocks (/a/playfair/prediction.py:51)"
    )
