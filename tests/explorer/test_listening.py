"""The browser's server ends as it is asked to: by Ctrl-C with 0, by another signal with its code."""

import pytest

from tests.conftest import call_warm

SERVED = """
import os, signal, sys, threading, time
from flask import Flask
from playfair import signals
from playfair.explorer.listening import listen, serve
signals.GRACE = 0.3
signals.catch()
server = listen(Flask("page"), "127.0.0.1", 8800)
threading.Timer(0.3, os.kill, (os.getpid(), int(sys.argv[1]))).start()
try:
    serve(server, 30)
except signals.Stopped:
    signals.insist_no_more()
    raise
time.sleep(0.5)
"""


@pytest.mark.parametrize(("number", "code"), [(2, 0), (15, 143), (1, 129)])
def test_ctrl_c_is_how_it_ends_and_other_signals_say_that_it_was_ended(
    tmp_path, number: int, code: int
) -> None:
    done = call_warm(SERVED, str(number), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
