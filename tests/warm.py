"""Runs `run.py` again and again without importing torch and Lightning each time, 5 of the 6 s that a short run takes.

Each run is a fork that reads run.py and ends as a process of its own does, but for taking the interpreter apart, which
takes 0.4 of a short run's 1.3 s. Imported before is what is not ours, and of ours what computes: 0.3 s. What reads the
command line is imported by each run, as it changes Hydra and the environment; ranks and pieces of code forget all of
ours and import it for themselves. Forks share their parent's hash seed, so where bytes might depend on it a test types
one of two runs in a process of its own. W&B is not imported before: it makes a folder when it is imported, and the
first run that ended would delete it for all.

Drawing is half of what a short run takes, so figures are made but not drawn, unless a run is asked to `draw`: what
is saved is then a point, and what looks through a figure before that meets no ticks. draw="png" draws them once,
coarsely: to see that they can be; draw="svg" to read them. A run's ranks are forks of the run, unless it is asked for
`fresh_ranks`: children of their supervisor, as they are when it starts them, with all of ours forgotten that it
imported.

One such server serves all test processes. A connection to its socket asks for one run, in a line of JSON, or for a
piece of code; answered are its process number and, when it has ended, its exit code. A connection that says "keep"
keeps the server alive until it is closed.
"""

import atexit
import gc
import json
import logging
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn, Self

ROOT = Path(__file__).parents[1]
listener = socket.socket(socket.AF_UNIX)
try:
    listener.bind("\0" + sys.argv[1])
except OSError:
    sys.exit()  # another test process was quicker
listener.listen(64)  # who connects from now on waits until all is imported
gc.disable()  # what is imported stays: looking through it again and again is a tenth of the time

import av  # noqa: E402, F401
import captum.attr  # noqa: E402, F401
import filelock  # noqa: E402, F401
import h5py  # noqa: E402, F401
import hydra.core.hydra_config  # noqa: E402
import hydra.utils  # noqa: E402, F401
import jinja2  # noqa: E402, F401
import matplotlib.figure  # noqa: E402
import numpy  # noqa: E402
import PIL.Image  # noqa: E402
import plotly.graph_objects  # noqa: E402, F401
import pytorch_lightning  # noqa: E402, F401
import rich.progress  # noqa: E402
import rich.table  # noqa: E402, F401
import scipy.stats  # noqa: E402, F401
import xarray  # noqa: E402, F401
import zarr  # noqa: E402, F401
from hydra import compose, initialize_config_dir  # noqa: E402
from hydra.core.plugins import Plugins  # noqa: E402

PIL.Image.init()  # imports its 50 formats
assert not sys.modules.keys() & {"playfair", "experiments", "wandb"}
sys.path.insert(0, str(ROOT))
for file in sorted((ROOT / "experiments").glob("*.py")):
    if file.stem != "wandb_workspace":
        import_module(f"playfair.experiments.{file.stem}")
import_module("playfair.launch.perform")
import_module("playfair.report.save")
sys.path.pop(0)
Plugins.instance()  # looks through all packages for Hydra's launchers
with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
    compose("config", ["experiment=paper", "dataset.frame_size=[32,32]"])  # its grammars learn
assert not sys.modules.keys() & {"playfair.launch.compose", "wandb"}

Request = dict[str, Any]
RANKS = {"env", "preexec_fn", "pass_fds"}  # what `_start` gives to what it starts
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
POINT = {"png": b64decode(PNG), "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}


def serve() -> Request:
    """Forks for each that asks; returns in the fork what was asked.

    The server itself ends when nobody keeps it any more.
    """
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    runs: dict[int, socket.socket] = {}
    keepers: set[socket.socket] = set()
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    connection, _ = listener.accept()
                    line = connection.makefile().readline()
                    if line == "keep\n":
                        keepers.add(connection)
                        selector.register(connection, selectors.EVENT_READ)
                        continue
                    run = os.fork()
                    if run == 0:
                        signal.set_wakeup_fd(-1)
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        break
                    runs[run] = connection
                    connection.sendall(f"{run}\n".encode())
                elif key.fileobj is ended:
                    os.read(ended, 4096)
                    for run in [run for run in runs if finished(run, runs[run])]:
                        runs.pop(run).close()
                else:
                    keeper = key.fileobj  # it has closed its end
                    selector.unregister(keeper)
                    keepers.remove(keeper)  # type: ignore[arg-type]
                    if not keepers:
                        sys.exit()
            else:
                continue
            break
    # the fork has no business with others' connections
    for other in [listener, connection, *keepers, *runs.values()]:
        other.close()
    return dict(json.loads(line))


def finished(run: int, connection: socket.socket) -> bool:
    """Whether a run has ended, of which its connection is told then."""
    pid, status = os.waitpid(run, os.WNOHANG)
    if pid == 0:
        return False
    with suppress(OSError):  # who asked is gone
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return True


def perform(argv: Sequence[str], code: str | None) -> NoReturn:
    """Runs the code, or the script argv[0], as the main module, and ends the process."""
    random.seed()  # no fork draws what another one draws
    numpy.random.seed()  # noqa: NPY002
    sys.argv = list(argv)
    try:
        if code is not None:
            forget()
            sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
            exec(code, {"__name__": "__main__"})
        else:
            sys.path[0] = os.path.dirname(sys.argv[0])
            runpy.run_path(sys.argv[0], run_name="__main__")
        exit_code = 0
    except SystemExit as stop:
        exit_code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
        exit_code = 1
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def forget() -> None:
    """All that a run imported of ours, of plug-ins and of scripts, and how it logs."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if file and not file.startswith((sys.prefix, sys.base_prefix)) and name != "__main__":
            del sys.modules[name]
    logging.root.handlers.clear()


def save_a_point(
    figure: matplotlib.figure.Figure, file: IO[bytes], *, format: str, **_: Any
) -> None:
    """In the place of `Figure.savefig`."""
    if format == asked["draw"]:
        draw(figure, file, format=format, dpi=50)
    else:
        file.write(POINT.get(format, POINT["png"]))


def find_without_ticks(figure: matplotlib.figure.Figure, match: Any = None) -> list[Any]:
    """In the place of `Figure.findobj`, which looks through a figure before it is saved.

    Ticks are made when they are asked for, which is half of a figure's time.
    """
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_ticks = axis.get_minor_ticks = no_ticks  # type: ignore[method-assign]
    return find(figure, match)


def no_ticks(numticks: int | None = None) -> list[Any]:
    return []


class Fork:
    """A process of Python, of which `supervise` asks no more than this; a fork of who starts it."""

    def __init__(
        self, argv: Sequence[str], code: str, env: dict[str, str], preexec_fn: Callable[[], None]
    ) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid:
            return
        preexec_fn()
        os.environ.clear()
        os.environ.update(env)
        forget()
        atexit._clear()
        perform(argv, code)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float = 3600) -> int:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class Popen(subprocess.Popen):
    """As it is, but for ranks."""

    def __new__(cls, args: Sequence[str], *more: Any, **options: Any) -> "Self | Fork":  # type: ignore[misc]
        if args[0] == sys.executable and "-c" in args and options.keys() == RANKS:
            at = list(args).index("-c")
            argv = ["-c", *args[at + 2 :]]
            return Fork(argv, args[at + 1], options["env"], options["preexec_fn"])
        return super().__new__(cls)


gc.freeze()  # else a fork copies all of it when it ends: 2.0 s instead of 0.5
asked = serve()
gc.set_threshold(50_000, 20, 20)  # a run is short: at 700 a twentieth of its time
gc.enable()
os.chdir(asked["cwd"])
os.environ.clear()
os.environ.update(asked["env"])
for number, file in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
    os.dup2(os.open(file, os.O_RDWR), number)
draw = matplotlib.figure.Figure.savefig
find = matplotlib.figure.Figure.findobj
if asked["draw"] is not True:
    matplotlib.figure.Figure.savefig = save_a_point  # type: ignore[assignment]
if not asked["draw"]:
    matplotlib.figure.Figure.findobj = find_without_ticks  # type: ignore[assignment]
if not asked["fresh_ranks"]:
    subprocess.Popen = Popen  # type: ignore[misc]
perform(asked["argv"], asked.get("code"))
