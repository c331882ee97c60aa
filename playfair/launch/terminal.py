"""What the terminal shows: the list of experiments, and the headline numbers of a run."""

from pathlib import Path
from typing import TYPE_CHECKING

from playfair.launch import CONF
from playfair.launch.command_line import program
from playfair.printable import printable

if TYPE_CHECKING:  # pandas, matplotlib and plotly: 0.6 s, for which no mistake waits
    from playfair.result import Result


def experiments(conf: Path = CONF) -> dict[str, str]:
    """Name → what it does (the first comment of its YAML), of every experiment."""
    about = {}
    for path in sorted((conf / "experiment").glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        about[path.stem] = next(
            line[2:] for line in lines if line.startswith("# ") and line[2] != "@"
        )
    return about


def list_experiments() -> None:
    """Prints the experiments and how to run one."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for name, what in experiments().items():
        table.add_row(f"experiment={name}", what)
    console = Console(highlight=False, markup=False)
    console.print(f"Type: {program()} experiment=NAME [option=value …]\n")
    console.print(table)
    console.print(f"\nAll options and their values: {program()} experiment=NAME --cfg job")


def print_result(result: "Result") -> None:
    """Prints the findings, the headline table where there is one, and the metrics."""
    from rich.console import Console
    from rich.table import Table

    from playfair.report import look

    # names of clips and classes are somebody else's: neither the terminal nor rich obeys them
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(printable(result.title), style="bold")
    for finding in result.findings:
        console.print(printable(finding))
    if "headline" in result.tables:
        answers = Table(
            *map(printable, result.tables["headline"].columns), box=None, pad_edge=False
        )
        for row in result.tables["headline"].itertuples(index=False):
            answers.add_row(*map(printable, row))
        console.print(answers, "")
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in result.metrics.items():
        table.add_row(printable(name), look.number(value))
    console.print(table)
    console.file.flush()


def print_place(folder: Path) -> None:
    """Prints where everything was saved."""
    from rich.console import Console

    current = Path.cwd()
    place = folder.relative_to(current) if folder.is_relative_to(current) else folder
    Console(highlight=False, markup=False, emoji=False).print(
        printable(f"Saved to {place}; open {place / 'report.html'}"), soft_wrap=True
    )


def print_line(text: str) -> None:
    """Prints one line as it is, however long, so that it can be copied."""
    from rich.console import Console

    Console(highlight=False, markup=False, emoji=False).print(printable(text), soft_wrap=True)
