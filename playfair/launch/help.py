"""`--help` in words: what is asked by each experiment, what its options mean, and their usual values.

It is read out of the YAMLs of `conf/` and the first lines of `experiments/`, so that nothing is said
twice, and without Hydra, so that it comes at once.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import playfair
from playfair.launch import CONF
from playfair.launch.command_line import program
from playfair.launch.options import (
    Option,
    about,
    choices,
    groups,
    options,
    own_options,
    read,
)
from playfair.launch.terminal import console, experiments, travelling, two_columns

EXPERIMENTS = CONF.parent / "experiments"
# groups that are chosen of, in the order in which they are read of
CHOSEN = ("model", "dataset", "estimator", "trainer", "logger")
FOR_PROGRAMS = ("command", "dataset.counts", "dataset.write", "dataset.feature_dtype")


def print_version() -> None:
    """Prints which Play Fair this is."""
    print(f"Play Fair {playfair.__version__}")


def print_help(words: Sequence[str]) -> None:
    """Prints what may be typed; of an experiment that was typed too, all about it.

    Args:
        words: of the command line.

    Raises:
        ValueError: something was chosen that there is not.
    """
    typed = dict(word.lstrip("+").split("=", 1) for word in words if "=" in word)
    folders = [Path(typed[flag]) for flag in ("--config-dir", "-cd") if flag in typed]
    name = typed.get("experiment", "")
    for group in ("experiment", *CHOSEN):
        if group in typed:
            _require_choice(group, typed[group], folders)
    if not name:
        _print_overview(typed)
        return
    text = _text("experiment", name, folders)
    _print_experiment(name, text, folders)
    usual = dict(choices(read("config"))) | choices(text)
    _print_chosen(typed)
    _print_common(usual | {group: typed[group] for group in CHOSEN if group in typed})


def question(name: str, text: str) -> tuple[str, str]:
    """What an experiment asks, and the paragraph behind it: the first lines of its program.

    Args:
        name: of the experiment.
        text: its YAML, whose first comment is taken where there is no program of ours.
    """
    target = re.search(r"_target_: playfair\.experiments\.(\w+)\.", text)
    file = EXPERIMENTS / f"{target[1]}.py" if target else None
    if file is None or not file.is_file():
        return about(text), ""
    first, _, rest = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")
    return first, rest.strip()


def _print_overview(typed: Mapping[str, str]) -> None:
    out = console()
    out.print("Play Fair: which frames made a video model decide?\n", style="bold")
    out.print(f"  {program()} experiment=NAME [option=value …]")
    out.print(f"  {program()} experiment=NAME --help      its question, and its own options\n")
    out.print("Experiments", style="bold")
    two_columns(out, [(f"experiment={name}", what) for name, what in experiments().items()])
    out.print("\nBeside experiments", style="bold")
    two_columns(out, [*travelling(), ("", f"{program()} push --help: what is typed behind them")])
    _print_chosen(typed)
    out.print("\nWhat can be chosen", style="bold")
    two_columns(out, [row for group in CHOSEN for row in _meanings(group)])
    _print_common(choices(read("config")))


def _print_experiment(name: str, text: str, folders: Sequence[Path]) -> None:
    out = console()
    first, rest = question(name, text)
    out.print(f"experiment={name}: {first}\n", style="bold")
    for paragraph in filter(None, rest.split("\n\n")):
        out.print(" ".join(paragraph.split()) + "\n")
    out.print("Its own options", style="bold")
    is_ours = (CONF / "experiment" / f"{name}.yaml").is_file()
    rows = _rows(own_options(name) if is_ours else options(text))
    two_columns(out, rows or [("none", "but those of every experiment, below")])


def _print_chosen(typed: Mapping[str, str]) -> None:
    """The options of what was chosen beside the experiment: dataset=clips --help."""
    out = console()
    for group in CHOSEN:
        file = CONF / group / f"{typed.get(group, '')}.yaml"
        if group not in typed or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        out.print(f"\n{group}={typed[group]}: {about(text)}", style="bold")
        places_itself = text.startswith("# @package _global_")
        rows = _rows(options(text, "" if places_itself else f"{group}."))
        two_columns(out, [row for row in rows if ".open" not in row[0]])


def _print_common(usual: Mapping[str, str]) -> None:
    """What every experiment shares; `usual`: what is chosen of the groups if nothing is typed."""
    out = console()
    out.print("\nOptions of every experiment, with their usual values", style="bold")
    common = options(read("config"))
    chosen = [(f"{group}={usual[group]}", f"or {_others(group, usual[group])}") for group in CHOSEN]
    general = [option for option in common if "." not in option.name and option.value]
    nested = [option for option in common if "." in option.name]
    trainer = options(read("trainer", "single"), "trainer.")
    estimator = options(read("estimator", "exact"), "estimator.")
    rows = _rows([*general, *nested, *trainer, *estimator])
    two_columns(out, [*chosen, *rows])
    out.print("\nHow to type them", style="bold")
    two_columns(
        out,
        [
            ("name=[a,b]", "a list; name=null: nothing"),
            ("-m name=a,b", "a sweep: one run for each, side by side in one folder"),
            (
                "'name=\"a (1)\"'",
                "text with = ( ) { } # and the like; of paths, no quotes are needed",
            ),
            ("group=CHOICE --help", "the options of a choice: dataset=clips --help"),
            ("--cfg job", "all values as they would be taken, without a run"),
            (
                "--config-dir=FOLDER",
                "YAMLs of your own, laid out as conf/; plugins=[file.py] beside",
            ),
            ("--version, --hydra-help", "of Play Fair; of Hydra, which reads the command line"),
        ],
    )


def _others(group: str, chosen: str) -> str:
    return ", ".join(choice for choice in groups()[group] if choice != chosen)


def _meanings(group: str) -> list[tuple[str, str]]:
    """What may be chosen of a group, and what each is: the first sentence of its YAML."""
    return [
        (f"{group}={choice}", re.split(r"(?<!\bal)[.;:](?: |$)", about(read(group, choice)))[0])
        for choice in groups()[group]
    ]


def _rows(found: Iterable[Option]) -> list[tuple[str, str]]:
    """Options as they are typed, and what they mean; those of programs left out."""
    rows = []
    for option in found:
        name = option.name
        if name.startswith(FOR_PROGRAMS) or name in ("dataset", "paths", "experiment"):
            continue
        value = option.value if "_target_" not in option.value else "…"
        if not value and not option.meaning:
            continue
        rows.append((f"{name}={value}" if value else f"{name}.…", option.meaning))
    return rows


def _text(group: str, name: str, folders: Sequence[Path]) -> str:
    for folder in [*folders, CONF]:
        file = folder / group / f"{name}.yaml"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return ""


def _require_choice(group: str, name: str, folders: Sequence[Path]) -> None:
    if name and not name.startswith("[") and not _text(group, name, folders):
        from playfair.launch.suggest import nearest

        others = [file.stem for folder in folders for file in (folder / group).glob("*.yaml")]
        known = [*groups()[group], *others]
        raise ValueError(f"There is no {group}={name}. {nearest(name, known)}")
