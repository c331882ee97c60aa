"""Who is a rank: those that a supervisor, torchrun or a step of srun started, and nobody else."""

import os

import pytest

from playfair.steps import srun_task
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
    monkeypatch.setattr(srun_task, "is_task", lambda job, step: True)
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


@pytest.mark.parametrize(
    ("daemon", "expected"),
    [
        ("slurmstepd: [4242.0]    ", True),
        ("slurmstepd: [4242.batch]", False),  # submitted within the step
        ("slurmstepd: [4243.0]", False),
        ("slurmstepd: [4242.1]", False),
        ("tmux new", False),  # a terminal that has outlived the step
        (None, True),  # hidden from us
    ],
    ids=["its own", "batch", "another job", "another step", "a terminal", "hidden"],
)
def test_who_has_a_steps_variables_is_a_task_where_slurm_started_it(
    monkeypatch, tmp_path, daemon: str | None, expected: bool
) -> None:
    process, shell, above = 31, 30, 29
    rows = {shell: ("/bin/bash job.sh (slurmstepd: [1.1])", above), above: (daemon, 1)}
    for number, (command, parent) in rows.items():
        if command is None:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "cmdline").write_text(command)
        (folder / "stat").write_text(f"{number} (sh) 1 (x) S {parent} 1 1")
    monkeypatch.setattr(srun_task, "PROC", tmp_path)
    monkeypatch.setattr(srun_task, "_sees_all", lambda: True)
    monkeypatch.setattr(os, "getppid", lambda: shell)
    srun_task._is_task.cache_clear()
    assert srun_task._is_task("4242", "0", process) == expected


def test_ancestors_that_a_container_hides_are_believed_and_a_shell_of_srun_is_no_task(
    monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(os, "getppid", lambda: 1)
    for sees_all in (True, False):
        monkeypatch.setattr(srun_task, "_sees_all", lambda answer=sees_all: answer)
        srun_task._is_task.cache_clear()
        assert srun_task.is_task("4242", "0") != sees_all
    monkeypatch.setenv("SLURM_PTY_PORT", "1234")
    assert not srun_task.is_task("4242", "0")
    srun_task._is_task.cache_clear()
