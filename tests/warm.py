"""Runs `run.py` again and again without importing torch and Lightning each time, 5 of the 6 s that a short run takes.

Only what is not ours is imported before: each run is a fork that reads run.py, imports the package and ends as a
process of its own does, but for taking the interpreter apart, which takes 0.4 of a short run's 1.3 s. Forks share their
parent's hash seed and numpy's state, so a test that compares the bytes of two runs types at least one of them in a
process of its own. W&B is not imported before: it makes a folder when it is imported, and the first run that ended
would delete it for all.

One line of JSON asks for a run, or for a piece of code; answered are its process number, and when it has ended its
exit code.
"""

import atexit
import gc
import json
import os
import runpy
import sys
import threading
import traceback

import av  # noqa: F401
import filelock  # noqa: F401
import h5py  # noqa: F401
import hydra.core.hydra_config
import hydra.utils  # noqa: F401
import jinja2  # noqa: F401
import matplotlib.figure  # noqa: F401
import plotly.graph_objects  # noqa: F401
import pytorch_lightning  # noqa: F401
import rich.progress
import rich.table  # noqa: F401
import scipy.stats  # noqa: F401
import xarray  # noqa: F401
import zarr  # noqa: F401

assert not sys.modules.keys() & {"playfair", "experiments", "wandb"}
gc.freeze()  # else a fork copies all of it when it ends: 2.0 s instead of 0.5
for line in sys.stdin:
    asked = json.loads(line)
    if (run := os.fork()) == 0:
        break
    print(run, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)
else:
    sys.exit()

os.chdir(asked["cwd"])
os.environ.clear()
os.environ.update(asked["env"])
for number, file in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
    os.dup2(os.open(file, os.O_RDWR), number)
sys.argv = asked["argv"]
try:
    if "code" in asked:
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        exec(asked["code"], {"__name__": "__main__"})
    else:
        sys.path[0] = os.path.dirname(sys.argv[0])
        runpy.run_path(sys.argv[0], run_name="__main__")
    code = 0
except SystemExit as stop:
    code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
except BaseException:
    traceback.print_exc()
    code = 1
for thread in threading.enumerate():
    if thread is not threading.main_thread() and not thread.daemon:
        thread.join()
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
