"""The place of this process in a run: alone, or one of the ranks that somebody started.

Three things start ranks: our supervisor, torchrun, and a step of srun with several tasks. Variables
alone make no rank: a batch script of `--ntasks-per-node=4` that runs python once sees SLURM_NTASKS=4,
a pod has RANK and WORLD_SIZE of something else, and whoever waits for the other ranks waits for ever.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from playfair.steps import srun_task

# of the run we may be part of, not of the one we start
VARIABLES = (
    "LOCAL_RANK",
    "NODE_RANK",
    "GROUP_RANK",
    "RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
)
PREFIXES = ("SLURM_", "TORCHELASTIC_", "PMI_", "OMPI_")
# set by our supervisor: a folder of its own, where ranks meet and are told to stop; how many they are
MEETING = "PLAYFAIR_RANKS"
N_RANKS = "PLAYFAIR_N_RANKS"
STOP = "stop"  # a file in that folder: they are told to
# Slurm gives steps that are no srun (a batch script's, an interactive shell's) the highest numbers
_FIRST_OTHER_STEP = 0xFFFFFFF0


@dataclass(frozen=True)
class Place:
    """Which rank of how many.

    Args:
        starter: "supervisor", "torchrun" or "srun"; None: alone.
        rank: among all.
        local_rank: among those of this node.
        n_ranks: how many there are.
        one_node: whether all of them run on this node.
    """

    starter: str | None = None
    rank: int = 0
    local_rank: int = 0
    n_ranks: int = 1
    one_node: bool = True


def place() -> Place:
    """Where this process is."""
    if MEETING in os.environ:
        rank = _number("LOCAL_RANK")
        return Place("supervisor", rank, rank, _number(N_RANKS))
    if "TORCHELASTIC_RUN_ID" in os.environ and "LOCAL_RANK" in os.environ:
        n_ranks = _number("WORLD_SIZE")
        one_node = _number("LOCAL_WORLD_SIZE") == n_ranks
        return Place("torchrun", _number("RANK"), _number("LOCAL_RANK"), n_ranks, one_node)
    n_tasks = _number("SLURM_STEP_NUM_TASKS")
    step = _number("SLURM_STEP_ID")
    job = os.environ.get("SLURM_JOB_ID", "")
    if n_tasks > 1 and 0 <= step < _FIRST_OTHER_STEP and srun_task.is_task(job, str(step)):
        one_node = _number("SLURM_STEP_NUM_NODES") == 1
        return Place("srun", _number("SLURM_PROCID"), _number("SLURM_LOCALID"), n_tasks, one_node)
    return Place()


def is_rank_zero() -> bool:
    """Whether this process reports for its run."""
    return place().rank == 0


def in_distributed_run() -> bool:
    """Whether this process is one of several ranks, which somebody started."""
    return place().starter is not None


def meeting() -> Path:
    """Where the ranks of a supervisor meet: a folder that only its user can read."""
    return Path(os.environ[MEETING])


def forget_other_runs() -> None:
    """Takes the variables of another run away, of which this process is no rank."""
    if not in_distributed_run():
        for name in VARIABLES:
            os.environ.pop(name, None)


def _number(variable: str) -> int:
    """A variable that is a whole number; −1 for another."""
    text = os.environ.get(variable, "")
    return int(text) if text.isdecimal() else -1
