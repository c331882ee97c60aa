"""One handler: when a signal is heeded at once, when at the next place to stop, and what comes of it."""

import pickle
import signal
import subprocess
import sys
import textwrap

import pytest

from playfair.signals import Stopped
from tests.conftest import ROOT

BEGIN = """
import os, signal, sys, time
sys.path.insert(0, {root!r})
signal.signal(signal.SIGINT, signal.default_int_handler)
from playfair import signals
signals.GRACE, signals._ECHO = 0.5, 0.05
signals.catch()
me = os.getpid()
def say(text): print(text, flush=True)
"""


def run(body: str, **options: object) -> "subprocess.CompletedProcess[str]":
    program = BEGIN.format(root=str(ROOT)) + textwrap.dedent(body)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, **options
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_ends_the_process_with_128_and_its_number_and_no_traceback(name: str) -> None:
    done = run(f"os.kill(me, signal.{name}); say('went on')")
    assert done.returncode == 128 + signal.Signals[name]
    assert done.stdout == done.stderr == ""


def test_within_a_deferral_it_waits_for_the_place_to_stop() -> None:
    done = run("""
        with signals.deferred():
            os.kill(me, signal.SIGTERM)
            say("block")
            signals.here()
            say("next block")
    """)
    assert done.returncode == 143 and done.stdout == "block\n"
    assert done.stderr == "\nSIGTERM: stopping at the end of this block or batch …\n"


def test_it_waits_for_the_end_of_the_deferral_too() -> None:
    done = run("""
        with signals.deferred():
            os.kill(me, signal.SIGTERM)
            say("block")
        say("after")
    """)
    assert done.returncode == 143 and done.stdout == "block\n"


def test_a_second_signal_does_not_wait_and_an_echo_of_the_first_does() -> None:
    done = run("""
        with signals.deferred():
            os.kill(me, signal.SIGINT)
            os.kill(me, signal.SIGINT)
            say("echo")
            time.sleep(0.1)
            os.kill(me, signal.SIGTERM)
            say("second")
    """)
    assert done.returncode == 130 and done.stdout == "echo\n"


def test_a_block_that_takes_too_long_is_given_up() -> None:
    done = run("""
        with signals.deferred():
            os.kill(me, signal.SIGTERM)
            time.sleep(30)
    """)
    assert done.returncode == 143


def test_an_exception_that_is_lost_is_raised_again() -> None:
    done = run("""
        class Lost:
            def __del__(self):
                os.kill(me, signal.SIGTERM)
                time.sleep(0.01)
        import io; sys.stderr = io.StringIO()  # python writes that it ignores it
        Lost()
        say("lost")
        time.sleep(30)
    """)
    assert done.returncode == 143 and done.stdout == "lost\n"


def test_a_sweep_does_not_take_it_for_a_failure_of_a_point() -> None:
    done = run("""
        try:
            os.kill(me, signal.SIGTERM)
        except Exception:
            say("next point")
    """)
    assert done.returncode == 143 and done.stdout == ""


def test_what_was_ignored_stays_ignored() -> None:
    """`nohup` ignores SIGHUP."""
    program = BEGIN.replace("signals.catch()", "signals.catch([signal.SIGHUP])")
    body = "os.kill(me, signal.SIGHUP); say('went on')"
    done = subprocess.run(
        [sys.executable, "-c", program.format(root=str(ROOT)) + body],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert done.returncode == 0 and done.stdout == "went on\n"


def test_a_forked_worker_leaves_ctrl_c_to_its_parent_and_ends_by_sigterm() -> None:
    done = run("""
        for number in (signal.SIGINT, signal.SIGTERM):
            if (child := os.fork()) == 0:
                os.kill(os.getpid(), number)
                os._exit(7)
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert done.stdout.split() == ["7", "-15"] and done.returncode == 0


def test_what_was_answered_is_over_and_the_next_signal_counts_as_the_first() -> None:
    done = run("""
        try:
            os.kill(me, signal.SIGINT)
        except signals.Stopped:
            signals.answered()
        time.sleep(0.8)
        signals.here()
        say(signals.stopped_by())
        os.kill(me, signal.SIGHUP)
    """)
    assert done.stdout == "None\n" and done.returncode == 129


def test_when_the_end_has_begun_a_signal_kills() -> None:
    done = run("signals.insist_no_more(); os.kill(me, signal.SIGINT)")
    assert done.returncode == -signal.SIGINT and done.stderr == ""


def test_it_passes_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(Stopped(15)))
    assert copy.signal == signal.SIGTERM and copy.code == 143
