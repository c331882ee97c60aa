import subprocess
import sys
from pathlib import Path

import pytest

from playfair.lock import BusyError, held

HOLD = """
import sys; from pathlib import Path; from playfair.lock import held
with held(Path(sys.argv[1]), wait=False):
    print("held", flush=True); sys.stdin.read()
"""


def test_a_second_writer_is_refused_and_a_dead_one_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "frames-08.lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout and other.stdout.readline() == "held\n"
    with pytest.raises(BusyError, match=r"Another run is writing .*frames-08"), held(lock, wait=False):
        pass
    other.kill()
    other.wait()
    with held(lock, wait=False):
        pass
