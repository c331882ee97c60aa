"""What the terminal shows: the list of experiments, the headline numbers, and what to type instead of a mistake."""

import difflib
import errno
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from playfair.launch import sweep
from playfair.report import look

if TYPE_CHECKING:  # pandas, matplotlib and plotly: 0.6 s, for which no mistake waits
    from playfair.result import Result

INTERRUPTED = "\nInterrupted. What was finished is kept: type the same command again and it continues from there."


def experiments(conf: Path) -> dict[str, str]:
    """Name → what it does (the first comment of its YAML), of every experiment."""
    found = {}
    for path in sorted((conf / "experiment").glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.stem] = next(
            line[2:] for line in lines if line.startswith("# ") and line[2] != "@"
        )
    return found


def list_experiments(conf: Path) -> None:
    """Prints the experiments and how to run one."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, what in experiments(conf).items():
        table.add_row(f"experiment={name}", what)
    console = Console(highlight=False, markup=False)
    console.print("Type: python run.py experiment=NAME [option=value …]\n")
    console.print(table)
    console.print("\nAll options and their values: python run.py experiment=NAME --cfg job")


def print_result(result: "Result", folder: Path) -> None:
    """Prints the findings, the headline table where there is one, the metrics, and where all lies."""
    console = Console(highlight=False)
    console.print(result.title, style="bold")
    for finding in result.findings:
        console.print(finding, markup=False)
    if "headline" in result.tables:
        answers = Table(*result.tables["headline"].columns, box=None, pad_edge=False)
        for row in result.tables["headline"].itertuples(index=False):
            answers.add_row(*map(str, row))
        console.print(answers, "")
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in result.metrics.items():
        table.add_row(name, look.number(value))
    console.print(table)
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    console.print(f"Saved to {shown}; open {shown / 'report.html'}", soft_wrap=True)


def nearest(word: str, known: Iterable[str]) -> str:
    """What may have been meant by `word`: the nearest known words, or all of them where none is near.

    >>> nearest("positon", ["esv", "position"])
    'Did you mean position?'
    """
    known = sorted(set(known))
    likeness = {other: difflib.SequenceMatcher(None, word, other).ratio() for other in known}
    best = max(likeness.values(), default=0.0)
    if best < 0.6:
        return f"There are: {', '.join(known)}."
    return f"Did you mean {' or '.join(other for other in known if likeness[other] == best)}?"


def teaching(main: Callable[[], None], conf: Path) -> int:
    """Runs `main`; a mistake of the user's ends in one message that says what to type. Returns the exit code."""
    try:
        main()
        return 0
    except KeyboardInterrupt:
        message = INTERRUPTED
    except SystemExit as stop:
        if not isinstance(
            stop.__context__, KeyboardInterrupt
        ):  # Lightning turns Ctrl-C into exit code 1
            raise
        message = INTERRUPTED
    except Exception as error:
        message = _hydra_message(error, conf)
        if type(error).__name__ == "InstantiationException" and isinstance(
            error.__cause__, ValueError | OSError
        ):
            error = error.__cause__
        if (
            len(sweep.failed) > 1
            or (sweep.failed and "-m" in sys.argv)
            or (sweep.failed and "--multirun" in sys.argv)
        ):
            message = f"{len(sweep.failed)} points of the sweep failed:\n  " + "\n  ".join(
                sweep.failed
            )
        elif isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            message = (
                "A point's folder is named by its options, too many here. Type "
                "hydra.sweep.subdir='${hydra.job.num}'."
            )
        elif not message and isinstance(error, ValueError | OSError):
            told = f"{error}. Name other folders with paths.data=… and paths.outputs=…"
            file = Path(tempfile.mkstemp(prefix="playfair-", suffix="-error.txt")[1])
            file.write_text(traceback.format_exc(), encoding="utf-8")
            told = str(error) if isinstance(error, ValueError | ChildProcessError) else told
            told = re.sub(
                r"type explain\(\.\.\., budget=(\d+)\)",
                r"type estimator=sampled estimator.budget=\1",
                told,
            )
            message = f"{told}\n(Where it happened: {file})"
        if not message:
            raise
    print(message, file=sys.stderr)
    return 130 if message is INTERRUPTED else 2


def _hydra_message(error: Exception, conf: Path) -> str:
    """What Hydra's complaint about the command line means; told by its kind's name, Hydra being run.py's affair."""
    kind, text = type(error).__name__, str(error)
    if kind == "MissingConfigException" and (options := getattr(error, "options", None)):
        group, _, choice = str(getattr(error, "missing_cfg_file", "")).rpartition("/")
        return f"There is no {group}={choice}. {nearest(choice, options)}"
    if several := re.search(r"Ambiguous value for argument '([^=]+)=([^']+)'", text):
        return (
            f"One value is expected. For a run with each, type -m {several[1]}={several[2]}; a "
            f"list is [{several[2]}]."
        )
    if kind == "OverrideParseException":
        word = str(getattr(error, "override", ""))
        names = [f"experiment={name}" for name in experiments(conf)]
        return (
            f"Options are written name=value, got {word!r}. {nearest(f'experiment={word}', names)}"
        )
    if unknown := re.search(r"Could not override '([^']+)'", text):
        placed = re.search(
            r"Did you mean to override ([^?]+)\?", text
        )  # a group that each model has for itself
        meant = f"Did you mean {placed[1]}=…?" if placed else nearest(unknown[1], _options(conf))
        return f"There is no option {unknown[1]}. {meant}"
    return ""


def _options(conf: Path) -> set[str]:
    """Dotted names of all options, and the groups that can be chosen."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        cfg = compose("config", overrides=["model=both", "logger=wandb"])
    found = {path.name for path in conf.iterdir() if path.is_dir()}

    def walk(node: object, prefix: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                found.add(f"{prefix}{key}")
                walk(value, f"{prefix}{key}.")

    walk(OmegaConf.to_container(cfg, resolve=False), "")
    return found
