"""Who is a rank: those that a supervisor, torchrun or a step of srun started, and nobody else."""

import os

import pytest

from playfair.steps.place import Place, forget_other_runs, in_distributed_run, place

# as Slurm sets them in a batch script of --ntasks-per-node=4
BATCH = {
    "SLURM_JOB_ID": "4242",
    "SLURM_NTASKS": "4",
    "SLURM_NTASKS_PER_NODE": "4",
    "SLURM_PROCID": "0",
    "SLURM_LOCALID": "0",
}
STEP = {
    **BATCH,
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NUM_NODES": "1",
    "SLURM_PROCID": "3",
    "SLURM_LOCALID": "3",
}
TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "none",
    "RANK": "3",
    "LOCAL_RANK": "1",
    "WORLD_SIZE": "4",
    "LOCAL_WORLD_SIZE": "2",
}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SLURM_", "TORCHELASTIC_")) or name in TORCHRUN:
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Place()),
        (BATCH, Place()),
        ({**STEP, "SLURM_STEP_NUM_TASKS": "1"}, Place()),
        ({**STEP, "SLURM_STEP_ID": "4294967290"}, Place()),  # an interactive step is a shell
        ({"RANK": "2", "WORLD_SIZE": "4", "MASTER_PORT": "23456"}, Place()),
        ({"LOCAL_RANK": "1"}, Place()),
        (STEP, Place("srun", 3, 3, 4, one_node=True)),
        ({**STEP, "SLURM_STEP_NUM_NODES": "2"}, Place("srun", 3, 3, 4, one_node=False)),
        (TORCHRUN, Place("torchrun", 3, 1, 4, one_node=False)),
        ({**TORCHRUN, "LOCAL_WORLD_SIZE": "4"}, Place("torchrun", 3, 1, 4, one_node=True)),
        (
            {"PLAYFAIR_RANKS": "/tmp/x", "PLAYFAIR_N_RANKS": "2", "LOCAL_RANK": "1", "RANK": "7"},
            Place("supervisor", 1, 1, 2),
        ),
    ],
    ids=[
        "alone", "batch script", "one task", "shell", "pod", "leaked", "srun", "srun on two nodes",
        "torchrun on two nodes", "torchrun", "supervisor",
    ],
)  # fmt: skip
def test_only_what_was_started_as_one_is_a_rank(monkeypatch, variables, expected) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert place() == expected
    assert in_distributed_run() == (expected.starter is not None)


def test_variables_of_another_run_are_forgotten_and_a_ranks_own_are_not(monkeypatch) -> None:
    monkeypatch.setenv("RANK", "3")
    forget_other_runs()
    assert "RANK" not in os.environ
    for name, value in TORCHRUN.items():
        monkeypatch.setenv(name, value)
    forget_other_runs()
    assert os.environ["RANK"] == "3"
