"""What runs, what waits and what is missing?

Reads folders and notes of who is at them, and asks Slurm for its queue where there is one; computes
and changes nothing.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from playfair.analysis.settings import differing, named
from playfair.datasets.doctor.finding import counted
from playfair.experiments.compare import counts
from playfair.result import Result
from playfair.steps.damage import read_json
from playfair.steps.examination import step_folders
from playfair.steps.layout import Layout
from playfair.steps.lock_file import LockFile
from playfair.steps.manifest import MANIFEST
from playfair.steps.run_folder import (
    IS_FINISHED,
    IS_RUNNING,
    LATEST,
    STOPPED,
    SWEEP,
    RunFolder,
    is_run,
    read_run,
)

QUEUE = ("job", "name", "state", "time", "reason")
FORMAT = "%i|%j|%T|%M|%r"  # the same, in squeue's letters
SUBMITTED = ".submitit"  # below a sweep's folder, a folder for each job
OWN = "status"  # this run's own folder
PATIENCE = 10  # seconds that squeue is waited for


@dataclass(frozen=True)
class Sweep:
    """A sweep as it was last typed: its folder, its points, and the command."""

    folder: Path
    points: list[RunFolder]
    command: str


def status(*, outputs: str, folder: str | None = None) -> Result:
    """Lists what is not finished.

    Args:
        outputs: the folder of all outputs.
        folder: of one sweep; None: all of them, runs and steps too.

    Raises:
        ValueError: there is no sweep in that folder.
    """
    layout = Layout(Path(outputs))
    if folder is not None:
        sweeps = [sweep_in(Path(folder).expanduser())]
        runs: list[RunFolder] = []
        steps = pd.DataFrame()
    else:
        files = sorted(layout.outputs.glob(f"*/runs/*/{SWEEP}"))
        sweeps = [sweep_in(file.parent) for file in files if file.parent.name != LATEST]
        runs = [run for run in _single_runs(layout) if run.state != IS_FINISHED]
        steps = pd.DataFrame(_unfinished_steps(layout))
    queue = queued()
    tables = {
        "sweeps": pd.DataFrame(map(_row, sweeps)),
        "points": pd.DataFrame(row for sweep in sweeps for row in _unfinished(sweep)),
        "runs": pd.DataFrame([_of_run(run) for run in runs]),
        "steps": steps,
        "queue": queue,
    }
    findings = [
        *(f"{sweep.folder.name}: {counts(sweep.points)}{again(sweep, queue)}" for sweep in sweeps),
        *_of_runs(runs),
        *_of_steps(steps),
        *_of_queue(queue),
    ]
    return Result(
        "Status",
        f"What is not finished in {folder or outputs}.",
        findings=findings or ["Nothing runs, nothing waits, and nothing is missing."],
        metrics={
            "running": float(sum(run.state == IS_RUNNING for run in _all(sweeps, runs))),
            "missing": float(sum(run.state != IS_FINISHED for run in _all(sweeps, []))),
            "queued": float(len(queue)),
        },
        tables={name: table for name, table in tables.items() if len(table)},
        captions={
            "sweeps": "Points of each sweep as it was last typed.",
            "points": "Points that have not answered, and why.",
            "runs": "Runs of their own that have not answered.",
            "steps": "Steps that were begun: who is making them, and when something was last "
            "written there.",
            "queue": "Your jobs in Slurm's queue.",
        },
    )


def sweep_in(folder: Path) -> Sweep:
    """The sweep in a folder.

    Raises:
        ValueError: there is none.
        DamageError: its list of points is not as it was written.
    """
    file = folder / SWEEP
    if not file.is_file():
        raise ValueError(
            f"There is no sweep in {folder}: {SWEEP} is not there. Type folder=FOLDER of a sweep, such "
            "as outputs/synthetic/runs/esv_sweep, or leave it away for all outputs."
        )
    content = read_json(file, "the points of a sweep", "Type the sweep's command again.")
    points = [
        read_run(_moved(point["folder"], folder), point["typed"]) for point in content["points"]
    ]
    return Sweep(folder, points, str(content.get("command", "")))


def _moved(point: str, folder: Path) -> Path:
    """A point's folder, also where the sweep's was copied to another place."""
    path = Path(point)
    beside = folder / path.name
    return beside if beside.is_dir() and not path.is_dir() else path


def again(sweep: Sweep, queue: pd.DataFrame) -> str:
    """What is to be done for points that are missing: nothing where somebody is at them."""
    states = {run.state for run in sweep.points} - {IS_FINISHED}
    submitted = {path.name for path in (sweep.folder / SUBMITTED).glob("*/")}
    in_queue = int(queue["job"].isin(submitted).sum())
    n_waiting = in_queue - sum(run.state == IS_RUNNING for run in sweep.points)
    if states and n_waiting > 0:
        return f" In Slurm's queue: {counted(n_waiting, 'job')} of it, which will go on by itself."
    if not states or IS_RUNNING in states or not sweep.command:
        return ""
    return f" For those that are missing, type: {sweep.command}"


def queued() -> pd.DataFrame:
    """The user's jobs in Slurm's queue; empty where there is no Slurm."""
    empty = pd.DataFrame(columns=list(QUEUE))
    if not shutil.which("squeue"):
        return empty
    try:
        asked = subprocess.run(
            ["squeue", "--me", "--array", "--noheader", "--format", FORMAT],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return empty
    if asked.returncode:
        return empty
    rows = [line.split("|", len(QUEUE) - 1) for line in asked.stdout.splitlines() if line.strip()]
    return pd.DataFrame(rows, columns=list(QUEUE))


def _single_runs(layout: Layout) -> Iterator[RunFolder]:
    """The runs that are no points of a sweep."""
    for folder in sorted(layout.outputs.glob("*/runs/*/")):
        if (folder / SWEEP).exists() or folder.name in (LATEST, OWN):
            continue
        if is_run(folder):
            yield read_run(folder)


def _unfinished_steps(layout: Layout) -> Iterator[dict[str, object]]:
    """Steps that somebody has begun, and who is at them."""
    for of_dataset in sorted(layout.outputs.glob("*/")):
        for folder in step_folders(of_dataset):
            if (folder / MANIFEST).exists():
                continue
            lock = LockFile(layout.lock(folder), "")
            free = not lock.note.exists() or lock.acquire(named=False)
            holder = None if free else lock.holder()
            if free:
                lock.release()
            yield {
                "step": str(folder.relative_to(layout.outputs)),
                "by": str(holder or ("nobody" if free else "another run")),
                "last written": _last_written(folder),
            }


def _last_written(folder: Path) -> str:
    times = [path.stat().st_mtime for path in folder.rglob("*")]
    newest = max(times, default=folder.stat().st_mtime)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(newest))


def _row(sweep: Sweep) -> dict[str, object]:
    states = [run.state for run in sweep.points]
    row: dict[str, object] = {"sweep": str(sweep.folder), "points": len(states)}
    return row | {state: states.count(state) for state in dict.fromkeys(sorted(states))}


def _unfinished(sweep: Sweep) -> Iterator[dict[str, object]]:
    options = differing(sweep.points)
    for run in sweep.points:
        if run.state != IS_FINISHED:
            yield {
                "sweep": sweep.folder.name,
                "point": named(run, options),
                "state": run.state,
                "reason": run.reason,
            }


def _of_run(run: RunFolder) -> dict[str, object]:
    return {"run": run.folder.name, "state": run.state, "reason": run.reason}


def _all(sweeps: Sequence[Sweep], runs: Sequence[RunFolder]) -> list[RunFolder]:
    return [run for sweep in sweeps for run in sweep.points] + list(runs)


def _of_runs(runs: Sequence[RunFolder]) -> list[str]:
    sentences = [
        f"{run.folder.name} is running: {run.reason}." for run in runs if run.state == IS_RUNNING
    ]
    n_stopped = sum(run.state == STOPPED for run in runs)
    if n_stopped:
        sentences.append(
            f"{counted(n_stopped, 'run')} ended without an answer: type the same command again."
        )
    return sentences


def _of_steps(steps: pd.DataFrame) -> list[str]:
    if steps.empty:
        return []
    n_forsaken = int((steps["by"] == "nobody").sum())
    n_made = len(steps) - n_forsaken
    sentences = []
    if n_made:
        sentences.append(f"{counted(n_made, 'step')} being made.")
    if n_forsaken:
        sentences.append(
            f"{counted(n_forsaken, 'step')} begun, and nobody is making it now: the command that "
            "began it goes on there."
            if n_forsaken == 1
            else f"{counted(n_forsaken, 'step')} begun, and nobody is making them now: the commands "
            "that began them go on there."
        )
    return sentences


def _of_queue(queue: pd.DataFrame) -> list[str]:
    if queue.empty:
        return []
    states = queue["state"].value_counts()
    words = ", ".join(f"{number} {str(state).lower()}" for state, number in states.items())
    return [f"Slurm's queue has {counted(len(queue), 'job')} of yours: {words}."]
