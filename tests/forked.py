"""What asks the warm server (tests/warm.py) for a run: `Warm` in a test.

    python tests/forked.py SCRIPT words…

is `python SCRIPT words…` in a fork of it, for those who start processes of their own, such as torchrun's agents.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Timer

RUNS = {"WANDB_MODE": "offline", "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
# one warm server for all test processes of a session, by this name
WARM = os.environ.setdefault(
    "PLAYFAIR_WARM", f"playfair-warm-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
)


@cache
def _kept_server() -> socket.socket:
    """A connection that keeps the warm server alive as long as this process lives; begins it where there is none."""
    with suppress(OSError):
        return _connected("keep")
    command = [sys.executable, str(Path(__file__).with_name("warm.py")), WARM]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    server = subprocess.Popen(command, env={**os.environ, **RUNS}, **quiet)  # type: ignore[call-overload]
    while not server.poll():  # where another test process was quicker it ends with 0
        with suppress(OSError):
            return _connected("keep")
        time.sleep(0.02)
    raise ConnectionError("the warm server does not start; type: python tests/warm.py NAME")


def _connected(line: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("\0" + WARM)
    connection.sendall(f"{line}\n".encode())
    return connection


class Warm:
    """A run in a fork of the warm server, from its beginning to its end."""

    def __init__(
        self,
        argv: Sequence[str],
        cwd: Path,
        *,
        code: str | None = None,
        draw: bool | str = False,
        fresh_ranks: bool = False,
        **environment: str,
    ) -> None:
        _kept_server()
        self.argv = [str(word) for word in argv]
        self._stdout = NamedTemporaryFile("r")  # noqa: SIM115
        self._stderr = NamedTemporaryFile("r")  # noqa: SIM115
        asked = {
            "argv": self.argv,
            "code": code,
            "cwd": str(cwd),
            "env": {**os.environ, **RUNS, **environment},
            "stdout": self._stdout.name,
            "stderr": self._stderr.name,
            "draw": draw,
            "fresh_ranks": fresh_ranks,
        }
        self._answers = _connected(json.dumps(asked)).makefile()
        self.pid = int(self._answers.readline())

    def running(self) -> bool:
        """Whether it has not ended; a process that has, and was not asked for its code, counts as running."""
        return Path(f"/proc/{self.pid}").exists()

    def wait(self, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        """Its code and what it said; whoever takes longer is killed."""
        late = Timer(timeout, os.kill, (self.pid, signal.SIGKILL))
        late.start()
        try:
            code = int(self._answers.readline())
        finally:
            late.cancel()
        return subprocess.CompletedProcess(
            self.argv, code, self._stdout.read(), self._stderr.read()
        )


if __name__ == "__main__":
    forked = Warm(sys.argv[1:], Path.cwd(), fresh_ranks=True).wait()
    sys.stdout.write(forked.stdout)
    sys.stderr.write(forked.stderr)
    sys.stdout.flush()
    sys.exit(forked.returncode)
