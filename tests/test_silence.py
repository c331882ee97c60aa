"""Where nothing has been said for a while, what is being done is said; and nothing while something is."""

import re
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import sys, time
from playfair import silence

silence.AFTER, silence._EVERY = 0.3, 0.02
print(isinstance(sys.stdout, silence._Heard))
silence.broken()
silence.broken()
time.sleep(0.7)
silence.usually("working")
with silence.doing("outer"), silence.doing(lambda: "3 of 4 blocks"):
    time.sleep(0.7)
with silence.doing(lambda: 1 / 0):
    time.sleep(0.5)
print("BAR", file=sys.stderr, flush=True)
for _ in range(20):
    print(".", end="", flush=True)
    time.sleep(0.03)
print("END", file=sys.stderr, flush=True)
silence.kept()
time.sleep(0.7)
print("", sys.stdout.encoding, sys.stderr.isatty())
"""


def test_silence_is_broken_by_what_is_being_done_and_by_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    before, _, behind = done.stderr.partition("BAR\n")
    kinds = [
        re.sub(r"^\d\d:\d\d:\d\d (.*) … \(\d+ s\)$", r"\1", line) for line in before.splitlines()
    ]
    assert set(kinds) == {"starting", "3 of 4 blocks"}
    assert kinds == sorted(kinds, reverse=True), "one after the other"
    # neither while something is said, nor when silence is kept
    assert behind == "END\n"
    assert done.stdout.splitlines()[-1].lower().strip().endswith("false")
