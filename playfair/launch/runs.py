"""The runs of a dataset, side by side: what each was, what it found, and which was the last.

    <outputs>/<dataset>/runs/latest       a link to the last that answered; of a sweep, to its folder
    <outputs>/<dataset>/runs/index.html   all of them, the last first

Each says so in about.json of its own folder, from which the index is made anew when a run ends.
"""

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from playfair.launch import terminal
from playfair.launch.announcement import experiment_name, settings
from playfair.steps.durable import write_json, written_aside
from playfair.steps.run_folder import LATEST, differing_words, split_words
from playfair.steps.run_folder import SWEEP as POINTS

if TYPE_CHECKING:
    from playfair.result import Result

log = logging.getLogger("playfair")

ABOUT = "about.json"
INDEX = "index.html"
REPORT = "report.html"
SWEEP = "sweep.html"


@dataclass(frozen=True)
class Run:
    """One run that answered.

    Args:
        folder: below the dataset's runs.
        experiment: its name; "" where that is not known.
        time: when it ended, in seconds since 1970.
        title: of its answer.
        settings: with what it was asked, in words.
        command: what was typed.
        findings: what it found, a sentence each.
    """

    folder: str
    experiment: str
    time: float
    title: str = ""
    settings: str = ""
    command: str = ""
    findings: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """When it ended, in this machine's time."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.time))


def tell(result: "Result", folder: Path, cfg: DictConfig) -> None:
    """Says where a run's answer is, and puts it among the others."""
    more = []
    runs = Path(cfg.paths.outputs) / cfg.dataset.name / "runs"
    inside = folder.absolute().is_relative_to(runs.absolute())
    if inside:
        try:
            write_json(folder / ABOUT, _about(result, folder, cfg))
            _link(runs, folder)
            _write_index(runs, str(cfg.dataset.name))
            more = [("All runs", runs / INDEX)]
        except OSError as error:  # the answer is there, whatever becomes of what lies beside it
            log.warning("%s is not brought up to date: %s", runs / INDEX, error)
    terminal.print_place(folder, more)


def list_again(folder: Path) -> None:
    """Brings the index up to date that lists a sweep, when the sweep's own page is there.

    Args:
        folder: of the sweep.
    """
    index = folder.parent / INDEX
    if not index.is_file():  # elsewhere, or none of its points has answered
        return
    try:
        _write_index(index.parent, index.parent.parent.name)
    except OSError as error:
        log.warning("%s is not brought up to date: %s", index, error)


def found(runs: Path) -> list[Run]:
    """The runs and points of sweeps in a folder, the last first.

    Args:
        runs: the folder of a dataset's runs.
    """
    answered = []
    for folder in _folders(runs):
        run = _read(folder, str(folder.relative_to(runs)))
        if run is not None:
            answered.append(run)
    return sorted(answered, key=lambda run: -run.time)


def _about(result: "Result", folder: Path, cfg: DictConfig) -> dict[str, Any]:
    about = Run(
        folder=folder.name,
        experiment=experiment_name(cfg),
        time=time.time(),
        title=result.title,
        settings=settings(cfg) if cfg.experiment.get("_partial_") else "",
        command=str(cfg.command or ""),
        findings=tuple(result.findings),
    )
    return asdict(about)


def _folders(runs: Path) -> Iterator[Path]:
    """Folders with a report: runs, and one level below the points of sweeps."""
    with os.scandir(runs) as entries:
        folders = [
            entry.path
            for entry in entries
            # where links were copied as what they lead to, `latest` is a run twice
            if entry.is_dir(follow_symlinks=False) and entry.name != LATEST
        ]
    for name in folders:
        folder = Path(name)
        if (folder / REPORT).is_file():
            yield folder
            continue
        for below in folder.iterdir():
            if (below / REPORT).is_file():
                yield below


def _read(folder: Path, name: str) -> Run | None:
    """A run, as far as it says what it was; None where it is gone meanwhile."""
    try:
        ended = (folder / REPORT).stat().st_mtime
    except OSError:
        return None
    try:
        said = json.loads((folder / ABOUT).read_bytes())
        return Run(**{**said, "folder": name, "findings": tuple(map(str, said["findings"]))})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        # of a version before, cut short, or not ours
        return Run(name, folder.name.partition("_20")[0], ended)


def _link(runs: Path, folder: Path) -> None:
    """Makes `latest` lead to a run, or to the sweep that it is a point of, at once."""
    first = folder.absolute().relative_to(runs.absolute()).parts[0]
    link = runs / LATEST
    if link.exists() and not link.is_symlink():  # somebody's own
        return
    part = runs / f".{LATEST}-{os.getpid()}"
    part.unlink(missing_ok=True)
    try:
        part.symlink_to(first, target_is_directory=True)
        part.replace(link)
    except OSError as error:  # a disk without links
        log.debug("%s: %s", link, error)
        part.unlink(missing_ok=True)


def _write_index(runs: Path, dataset: str) -> None:
    from playfair.report.html import templates

    by_sweep: dict[str, list[Run]] = {}
    for run in found(runs):
        above = str(Path(run.folder).parent)
        by_sweep.setdefault(run.folder if above == "." else above, []).append(run)
    groups = [_group(runs, name, points) for name, points in by_sweep.items()]
    template = templates().get_template("runs.html.j2")
    page = template.render(dataset=dataset, groups=groups)
    with written_aside(runs / INDEX) as part:
        part.write_text(page, encoding="utf-8")


def _group(runs: Path, name: str, points: list[Run]) -> Mapping[str, Any]:
    """A run, or a sweep with its points, called by what sets them apart."""
    is_sweep = points[0].folder != name
    page = SWEEP if is_sweep and (runs / name / SWEEP).is_file() else ""
    typed = _typed(runs / name) if is_sweep else {}
    answered = {Path(run.folder).name for run in points}
    return {
        "name": name,
        "points": points,
        "names": {run.folder: typed.get(Path(run.folder).name) for run in points},
        "is_sweep": is_sweep,
        "missing": len(typed.keys() - answered),
        "page": page,
        # a sweep that still runs has no page of its own
        "last": f"{LATEST}/{page or REPORT}"
        if page or not is_sweep
        else f"{points[0].folder}/{REPORT}",
    }


def _typed(folder: Path) -> dict[str, str]:
    """Of the points of a sweep as it was last typed: folder's name → what sets it apart."""
    try:
        points = json.loads((folder / POINTS).read_bytes())["points"]
        words = {Path(point["folder"]).name: split_words(point["typed"]) for point in points}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # of a version before, cut short, or not ours
    swept = differing_words(list(words.values()))
    return {
        name: " ".join(f"{option}={typed[option]}" for option in swept if option in typed) or name
        for name, typed in words.items()
    }
