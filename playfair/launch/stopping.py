"""What is said when a run was asked to end, and what Slurm is asked."""

import os
import shutil
import subprocess
import sys

from playfair import signals
from playfair.launch.command_line import command_of
from playfair.steps.place import is_rank_zero

# experiments that are short, or measure
KEEPING_NOTHING = ("benchmark", "compare", "plan", "status")


def signal_of(error: BaseException) -> int | None:
    """The signal that this exception ends the process for; None where it is for another reason."""
    if isinstance(error, signals.Stopped):
        return int(error.signal)
    if isinstance(error, KeyboardInterrupt):
        return int(signals.signal.SIGINT)
    return signals.stopped_by()  # Lightning ends with SystemExit too


def told(number: int, meanwhile: str = "") -> int:
    """Says what is kept and what to type.

    Args:
        number: of the signal.
        meanwhile: what failed after it had come.

    Returns:
        The exit code.
    """
    signals.insist_no_more()
    code = 128 + number
    if not is_rank_zero():
        return code
    name = signals.signal.Signals(number).name
    lines = [f"\nStopped by {name}. {_kept()}:", f"  {command_of(sys.argv[1:])}"]
    if {"-m", "--multirun"} & set(sys.argv):
        lines.append("Points of the sweep that were finished are skipped then.")
        if any(
            word in ("hydra/launcher=slurm", "hydra/launcher=submitit_slurm") for word in sys.argv
        ):
            lines.append("Its jobs go on: squeue lists them, scancel JOB ends one.")
    if meanwhile:
        lines.append(f"(While it was stopping: {meanwhile})")
    print("\n".join(lines), file=sys.stderr, flush=True)
    if number == signals.signal.SIGUSR1:
        _requeue()
    return code


def _kept() -> str:
    """What is kept of what was typed, and what the same command does then."""
    for experiment in KEEPING_NOTHING:
        if f"experiment={experiment}" in sys.argv:
            return (
                f"experiment={experiment} keeps nothing of what it has not finished. To begin anew, "
                "type the same command again"
            )
    return (
        "What was finished is kept: steps, blocks, and a training's whole epochs. To continue from "
        "there, type the same command again"
    )


def _requeue() -> None:
    """Takes the Slurm job back into the queue.

    `sbatch --signal=B:USR1@90` asks for it, a while before the job's time is over.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if not job or not shutil.which("scontrol"):
        return
    if array := os.environ.get("SLURM_ARRAY_JOB_ID"):
        job = f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    print(f"Slurm is asked to take job {job} back into the queue.", file=sys.stderr, flush=True)
    asked = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
    if asked.returncode:
        print(f"It did not: {asked.stderr.strip()}", file=sys.stderr, flush=True)
