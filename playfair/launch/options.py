"""What the YAMLs of `conf/` say of their options: names, usual values and meanings, without Hydra.

A comment behind a value, or on the lines before it, is its meaning; the first comment of a file is
what the file is. Only our own YAMLs need to be read so; one that is laid out otherwise says less.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playfair.launch import CONF

LINE = re.compile(
    r"(?P<indent> *)(?P<name>[\w/@]+):(?:\s+(?P<value>(?:'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\{.*?\}"
    r"|\$\{[^}]*\}|[^#\s][^#]*?)))?(?:\s+#\s*(?P<meaning>.*))?\s*"
)
INSIDE = ("_target_", "_partial_")  # for the program, not for who types


@dataclass(frozen=True)
class Option:
    """One option of a YAML.

    Args:
        name: dotted, as it is typed.
        value: its usual value, as it is typed; "" where it holds others.
        meaning: what the comment says; "" where there is none.
    """

    name: str
    value: str
    meaning: str


def about(text: str) -> str:
    """What a YAML is: its first comment, over all its lines.

    >>> about("# @package _global_\\n# Ask how fast\\n# it is.\\nn: 1\\n")
    'Ask how fast it is.'
    """
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("# @"):
            continue
        if not line.startswith("# "):
            break
        lines.append(line[2:].strip())
    return " ".join(lines)


def options(text: str, prefix: str = "") -> list[Option]:
    """The options of a YAML, in its order, those that hold others too.

    Args:
        text: the YAML.
        prefix: what stands before their names: the group that it belongs to.

    >>> options("a: 1 # one\\nb: # both\\n  c: null # none\\n", "group.")[2]
    Option(name='group.b.c', value='null', meaning='none')
    """
    found: list[Option] = []
    above: list[tuple[int, str]] = []
    before: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("# "):
            before.append(line.lstrip()[2:].strip())
            continue
        match = LINE.fullmatch(line)
        if match is None:
            before = []
            continue
        indent = len(match["indent"])
        above = [(depth, name) for depth, name in above if depth < indent]
        names = [name for _, name in above] + [match["name"]]
        above.append((indent, match["name"]))
        is_first = not found and not indent
        meaning = match["meaning"] or ("" if is_first else " ".join(before))
        before = []
        if names[0] in ("defaults", "hydra") or names[-1] in INSIDE:
            continue
        found.append(Option(prefix + ".".join(names), (match["value"] or "").strip(), meaning))
    return found


def choices(text: str) -> dict[str, str]:
    """The groups of a YAML's defaults list, and what it chooses of each.

    >>> choices("defaults:\\n  - override /model: both\\n  - dataset: clips # any\\nn: 1\\n")
    {'model': 'both', 'dataset': 'clips'}
    """
    chosen = {}
    inside = False
    for line in text.splitlines():
        if line.rstrip() == "defaults:":
            inside = True
        elif inside and (match := re.match(r"\s+- (?:override )?/?([\w/]+): (\w+)", line)):
            chosen[match[1]] = match[2]
        elif inside and not re.match(r"\s+- ", line):
            inside = False
    return chosen


def groups(conf: Path = CONF) -> dict[str, list[str]]:
    """The groups of `conf/`, and what may be chosen of each."""
    return {
        folder.name: sorted(file.stem for file in folder.glob("*.yaml"))
        for folder in sorted(conf.iterdir())
        if folder.is_dir() and any(folder.glob("*.yaml"))
    }


def read(*names: str, conf: Path = CONF) -> str:
    """The text of a YAML of `conf/`: read("experiment", "esv")."""
    return conf.joinpath(*names).with_suffix(".yaml").read_text(encoding="utf-8")


@cache
def option_names() -> tuple[str, ...]:
    """The first words of all options: of groups, of all experiments, and of single ones."""
    names = dict.fromkeys(groups())
    texts = [read("config"), *(read("experiment", name) for name in groups()["experiment"])]
    for text in texts:
        names |= dict.fromkeys(option.name.partition(".")[0] for option in options(text))
    names |= {"hydra": None}
    return tuple(names)


def own_options(experiment: str) -> Iterator[Option]:
    """What an experiment has of its own: what it takes over from all of them left out."""
    for option in options(read("experiment", experiment)):
        last = option.name.rpartition(".")[2]
        taken_over = option.value.startswith("${")
        if option.name != "experiment" and not (taken_over and option.value.endswith(f"{last}}}")):
            yield option
