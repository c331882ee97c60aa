"""A launcher that is watched: its points are written down before they begin, looked at when they end.

Whatever sweeper chooses the points, it hands them to a launcher: so the launcher is what is watched.
How each point ended is read from its own folder: joblib's processes and Slurm's jobs share nothing
else with this one.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from playfair.launch import clusters, sweep
from playfair.launch.objective import objective_of
from playfair.launch.points import Point, Points
from playfair.steps.run_folder import FAILED, IS_FAILED, IS_FINISHED, RunFolder, read_run

LONGEST = 200  # bytes of a folder's name; file systems take 255
LOOK_EVERY = 2.0  # seconds between two looks whether a job has failed

launched: list[Points] = []  # of this process: one at most


@contextmanager
def told_when_they_fail(points: Points, launched_now: Sequence[Point]) -> Iterator[None]:
    """Within it, failures of points that have no words here are told as their folders tell them.

    Args:
        points: of the sweep, which know their names.
        launched_now: those that are looked at.
    """
    failures = {point.folder / FAILED: point for point in launched_now}
    before = {file: _changed(file) for file in failures}  # of a launch before: they are run again
    ended = threading.Event()

    def look() -> None:
        for file, point in list(failures.items()):
            changed = _changed(file)
            if changed is not None and changed != before[file]:
                del failures[file]
                sweep.tell_failure(points.name(point), read_run(point.folder).reason)

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            look()

    watching = threading.Thread(target=watch, daemon=True, name="failures")
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _changed(file: Path) -> int | None:
    """When a file was changed; None where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


watched: list["WatchedLauncher"] = []  # of this process: one at most


def remove_unbegun() -> None:
    """Takes the folder away of a sweep that was refused before its first point."""
    for launcher in watched:
        sweep.remove_unbegun(launcher.folder)


def watch_launches() -> None:
    """From now on, whatever launcher Hydra makes in this process is watched."""
    make = Plugins.instantiate_launcher
    if not hasattr(make, "__wrapped__"):
        Plugins.instantiate_launcher = _watched(make)  # type: ignore[method-assign]


def _watched(make: Callable[..., Launcher]) -> Callable[..., Launcher]:
    @wraps(make)
    def launcher(self: Plugins, *rest: Any, **more: Any) -> Launcher:
        config = more["config"]
        clusters.require_slurm(config)
        watched.append(WatchedLauncher(make(self, *rest, **more), more["hydra_context"], config))
        return watched[-1]

    return launcher


class WatchedLauncher(Launcher):
    """A launcher whose points are written down before they begin.

    Args:
        inner: what launches them.
        context: Hydra's.
        config: of the whole sweep.
    """

    def __init__(self, inner: Launcher, context: Any, config: DictConfig) -> None:
        self.inner = inner
        self.context = context
        self.config = config

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def setup(self, **_: Any) -> None:
        """Nothing: `inner` was set up."""

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Launches points and returns how each has ended."""
        loader = self.context.config_loader
        overrides = []
        points = []
        for number, typed in enumerate(job_overrides, start=initial_job_idx):
            folder, as_hydra = _place_of(loader, self.config, typed, number)
            name = _name(as_hydra, number)
            words = list(typed)
            if name != as_hydra:
                words.append(f"hydra.sweep.subdir='{name}'")
            overrides.append(words)
            own = [word for word in typed if not word.startswith("hydra")]
            points.append(Point(folder / name, own))
        sweep_points = self._points()
        sweep_points.add(points)
        error: Exception | None = None
        returns: Sequence[JobReturn] = []
        told: AbstractContextManager[None] = nullcontext()
        if clusters.is_slurm(self.config.hydra):
            told = told_when_they_fail(sweep_points, points)
        try:
            with told:
                returns = self.inner.launch(overrides, initial_job_idx=initial_job_idx)
        except Exception as lost:  # one job that is killed takes the answers of all with it
            error = lost
        ended = [read_run(point.folder, point.typed) for point in points]
        for point, run in zip(points, ended, strict=True):
            if reason := _failure(run, error):
                sweep.failed.append(f"{sweep_points.name(point)}: {reason}")
        if error and not any(run.state in (IS_FAILED, IS_FINISHED) for run in ended):
            raise error
        if error:
            return [_returned(run, sweep_points.objective, error) for run in ended]
        return returns

    def _points(self) -> Points:
        if not launched:
            objective = self.config.get("objective")
            direction = str(self.config.hydra.sweeper.get("direction") or "")
            launched.append(Points(self.folder, objective, direction))
        return launched[0]

    @property
    def folder(self) -> Path:
        """Of the sweep."""
        return Path(str(OmegaConf.select(self.config, "hydra.sweep.dir"))).absolute()


def _place_of(
    loader: ConfigLoaderImpl, master: DictConfig, typed: Sequence[str], number: int
) -> tuple[Path, str]:
    """Where Hydra puts a point: the sweep's folder, and the point's name in it."""
    config = loader.load_sweep_config(master, list(typed))
    with open_dict(config.hydra.job):
        config.hydra.job.num = number
        config.hydra.job.id = str(number)
    folder = Path(str(OmegaConf.select(config, "hydra.sweep.dir"))).absolute()
    try:
        return folder, str(OmegaConf.select(config, "hydra.sweep.subdir"))
    except OmegaConfBaseException:  # of what is known in its own process alone
        return folder, ""


def _name(as_hydra: str, number: int) -> str:
    """What a point's folder is called.

    Hydra calls it by its options, which may be none that count, or more than a name has room for.

    Example:
        >>> _name("n_frames=2", 0), _name("", 3)
        ('n_frames=2', '3')
        >>> len(_name("a=1," * 100, 0))
        189
    """
    if len(as_hydra.encode()) <= LONGEST:
        return as_hydra or str(number)
    digest = sha256(as_hydra.encode()).hexdigest()[:8]
    # what every run has, seed and n_frames, before what is deep inside: a value may have commas too
    words = re.split(r",(?=[\w@+~./]+=)", as_hydra)
    sorted_words = sorted(words, key=lambda word: word.partition("=")[0].count("."))
    plain = re.sub(r"[^\w=.,+-]", "_", ",".join(sorted_words), flags=re.ASCII)
    return f"{plain[: LONGEST - 20]}-{digest}"


def _failure(run: RunFolder, error: Exception | None) -> str:
    """Why a point has not answered; "" where it has."""
    if run.state == IS_FAILED:
        return run.reason
    if run.state == IS_FINISHED:
        return ""
    why = f" ({_gist(str(error))})" if error and str(error).strip() else ""
    return f"its process ended without an answer{why}."


def _gist(text: str) -> str:
    r"""What a message says: of one with a traceback in it, the traceback's last line.

    Example:
        >>> _gist("Job 7 failed with trace:\n  File a.py\nKeyError: 3\nSee its logs")
        'KeyError: 3'
    """
    lines = text.strip().splitlines()
    raised = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return raised[-1] if raised else lines[0]


def _returned(run: RunFolder, objective: str | None, error: Exception) -> JobReturn:
    answer = JobReturn(overrides=[f"{name}={value}" for name, value in run.typed.items()])
    if run.state == IS_FINISHED:
        answer.status = JobStatus.COMPLETED
        answer.return_value = objective_of(run.folder, objective)
    else:
        answer.status = JobStatus.FAILED
        answer.return_value = error
    return answer
