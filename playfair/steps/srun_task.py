"""Whether this process is a task of the srun step that its variables speak of.

Variables are inherited further than they mean: a job that is submitted from within a step has the
step's, and so has a terminal that was opened there and outlives it. Who waits for the other tasks
of that step waits for ever. Slurm starts every task under a process that is named by its step, and
that one cannot be inherited.
"""

import os
import re
from functools import cache
from pathlib import Path

PROC = Path("/proc")
DAEMON = re.compile(
    r"slurmstepd: \[(\d+)\.(\w+)"
)  # [job.step]; "batch", "extern" of what is no step
# of processes that no container hides others from (PROC_PID_INIT_INO in Linux's proc_ns.h)
FIRST_NAMESPACE = "pid:[4026531836]"


def is_task(job: str, step: str) -> bool:
    """Whether one of our ancestors is Slurm's process of this step.

    Where ancestors cannot be seen (in a container, where /proc is hidden), variables are believed.

    Args:
        job: its number, SLURM_JOB_ID.
        step: its number, SLURM_STEP_ID.
    """
    if "SLURM_PTY_PORT" in os.environ:  # `srun --pty` gives a shell, of which one task is typed in
        return False
    return _is_task(job, step, os.getpid())


@cache
def _is_task(job: str, step: str, process: int) -> bool:
    parent = os.getppid()
    while parent > 1:
        try:
            command = (PROC / str(parent) / "cmdline").read_bytes().decode(errors="replace")
            status = (PROC / str(parent) / "stat").read_text(errors="replace")
        except OSError:
            return True
        if daemon := DAEMON.match(command):
            return daemon.groups() == (job, step)
        # behind the program's name, which may hold anything: state, parent
        parent = int(status.rpartition(") ")[2].split()[1])
    return not _sees_all()


def _sees_all() -> bool:
    """Whether the first of our ancestors is the machine's first process."""
    try:
        return os.readlink(PROC / "self" / "ns" / "pid") == FIRST_NAMESPACE
    except OSError:
        return False
