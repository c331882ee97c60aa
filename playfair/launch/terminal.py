"""What the terminal shows: the list of experiments, what will be done, and what came of it.

Every line of ours that is not an error goes through here. A terminal of any encoding takes it:
letters that it has not are written in those that it has.
"""

import codecs
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playfair.launch import CONF
from playfair.launch.command_line import program
from playfair.launch.options import about
from playfair.printable import printable

if TYPE_CHECKING:  # pandas, matplotlib and plotly: 0.6 s, for which no mistake waits
    import pandas as pd
    from rich.console import Console

    from playfair.result import Result

# what signs become on a terminal that has not got them
PLAIN = {
    "…": "...",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "·": "-",
    "∅": "nothing",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "Σ": "sum",
    "φ": "phi",
}
LETTERS = "playfair.letters"  # the name of what stands in for letters that an encoding has not
TYPED = re.compile(r"(?<!\w)'[^']+'(?!\w)")
JOINED = "\ufdd0"  # stands for a space while lines are broken; no text has it
WIDEST_LEFT = 34  # letters of a first column; what is longer has a line of its own
MOST_ROWS = 40  # of a table


def speak_any_encoding() -> None:
    """From now on, standard output and error take every letter, whatever their encoding has."""
    codecs.register_error(LETTERS, _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=LETTERS)


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    plain = ""
    for letter in error.object[error.start : error.end]:
        text = PLAIN.get(letter, letter)
        plain += text if text.isascii() else letter.encode("unicode_escape").decode("ascii")
    return plain, error.end


def console(**options: Any) -> "Console":
    """Where text is shown as it is: neither the terminal nor rich obeys somebody else's names."""
    from rich.console import Console

    class Spoken(Console):
        """One that tells us when nobody reads it: a run that ends has more to do than to exit."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Spoken(highlight=False, markup=False, emoji=False, **options)


def experiments(conf: Path = CONF) -> dict[str, str]:
    """Name → what it does (the first comment of its YAML), of every experiment."""
    return {
        path.stem: about(path.read_text(encoding="utf-8"))
        for path in sorted((conf / "experiment").glob("*.yaml"))
    }


def list_experiments() -> None:
    """Prints the experiments and how to run one."""
    out = console()
    out.print(f"Type: {program()} experiment=NAME [option=value …]\n")
    two_columns(out, [(f"experiment={name}", what) for name, what in experiments().items()])
    out.print("\nTo pass results on, and to have those of others:\n")
    two_columns(out, travelling())
    out.print(f"\nWhat an experiment asks, and its options: {program()} experiment=NAME --help")
    out.print(f"Options of all experiments:               {program()} --help")


def travelling() -> list[tuple[str, str]]:
    """The commands beside experiments, and what they do."""
    return [
        (
            f"{program()} push",
            "Lay checkpoints and ESVs into a folder, or on the Hugging Face Hub.",
        ),
        (f"{program()} pull FROM", "Bring them here: from a folder, a URL or the Hub."),
    ]


def two_columns(out: "Console", rows: Sequence[tuple[str, str]]) -> None:
    """Prints words and, beside them, what they mean; lines of a meaning begin below each other."""
    fitting = [len(left) for left, _ in rows if len(left) <= WIDEST_LEFT]
    width = max(fitting, default=0) + 4
    for left, right in rows:
        lines = []
        for line in right.split("\n"):
            lines += wrapped(line, max(out.width - width, 20)) or [""]
        if len(left) + 2 > width:
            out.print(f"  {left}", soft_wrap=True)
        else:
            out.print(f"  {left}".ljust(width) + lines.pop(0), soft_wrap=True)
        for line in lines:
            if line:
                out.print(" " * width + line, soft_wrap=True)


def wrapped(text: str, width: int) -> list[str]:
    """Text on lines of so many letters; what is typed as it stands, between quotes, stays in one.

    Example:
        >>> wrapped("of one's own: 'a: [b c]'", 12)
        ["of one's", 'own:', "'a: [b c]'"]
        >>> wrapped("a nearest-exact 'very long word'", 10)
        ['a', 'nearest-exact', "'very long word'"]
    """
    joined = TYPED.sub(lambda match: match[0].replace(" ", JOINED), text)
    lines = textwrap.wrap(joined, width, break_long_words=False, break_on_hyphens=False)
    return [line.replace(JOINED, " ") for line in lines]


def print_result(result: "Result") -> None:
    """Prints the findings, and the headline table or the metrics, models side by side."""
    from playfair.report.side_by_side import has_rivals, of_no_model, side_by_side

    out = console()
    out.print()
    out.print(printable(result.title), style="bold")
    for finding in result.findings:
        out.print(printable(finding))
    if "headline" in result.tables:
        out.print()
        print_table(out, result.tables["headline"])
    else:
        table = side_by_side(result)
        if len(table):
            out.print()
            print_table(out, table.head(MOST_ROWS))
        if len(table) > MOST_ROWS:
            out.print(f"… and {len(table) - MOST_ROWS} more, in the report")
        if len(alone := of_no_model(result)):
            out.print()
            print_table(out, alone)
    notes = "[low, high]: 95 % intervals. " * bounded(result)
    notes += "(…): ESV's best rival. " * has_rivals(result)
    if notes:
        out.print(notes.strip())
    out.print()
    out.file.flush()


def bounded(result: "Result") -> bool:
    """Whether some table of a result has intervals."""
    return any(
        str(name).endswith("low") for table in result.tables.values() for name in table.columns
    )


def print_table(out: "Console", table: "pd.DataFrame") -> None:
    """Prints a table of texts; its columns are as wide as they must be."""
    from rich.table import Table

    named = any(str(name).strip() for name in table.columns)
    shown = Table(box=None, pad_edge=False, show_header=named)
    for number, name in enumerate(map(printable, table.columns)):
        shown.add_column(name, overflow="fold", no_wrap=number > 0)
    for row in table.itertuples(index=False):
        shown.add_row(*map(printable, row))
    out.print(shown)


def print_place(folder: Path, more: Iterable[tuple[str, Path]] = ()) -> None:
    """Prints where everything was saved.

    Args:
        folder: of the run.
        more: what else may be opened: what it is, and where.
    """
    out = console()
    place = near(folder)
    out.print(printable(f"Saved to {place}; open {place / 'report.html'}"), soft_wrap=True)
    for what, place in more:
        out.print(printable(f"{what}: {near(place)}"), soft_wrap=True)
    out.file.flush()


def near(path: Path) -> Path:
    """A path as it is typed here: from the current folder where it lies below it."""
    current = Path.cwd()
    return path.relative_to(current) if path.is_relative_to(current) else path


def print_line(text: str) -> None:
    """Prints one line as it is, however long, so that it can be copied."""
    console().print(printable(text), soft_wrap=True)


def print_page(findings: Sequence[str], page: Path) -> None:
    """Prints what a page begins with, and where it is."""
    for finding in findings:
        print_line(finding)
    print_line(f"All points side by side: {near(page)}")
