"""A step of the path of the data: what it is made from, where it lies, how it is made and opened.

A step's identity is a pure function of the configuration and of what the configuration names by
content (a dataset's labels, a file of weights). No artefact is touched to know it, so a step can be
named before anything is built, and two configurations that share a step share its folder.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from playfair.steps.data import Data
    from playfair.steps.layout import Layout

Record = dict[str, Any]  # JSON values: what `record` makes of a step, and made_from.json holds

# In the place of a content that is not at hand: a dataset that is not there, a file moved away.
UNKNOWN = "unknown"


class Step(Protocol):
    """What one arrow leaves on disk; one file of this room for each kind.

    A step of one's own is a frozen record with these members; `obtain(step, layout)` does the rest.
    One that is written block by block, and can make single blocks again, has a method
    `blocks(folder)` too: see `BlockStore`.
    """

    kind: ClassVar[str]  # names the folder that all steps of this kind lie in: "features"
    version: ClassVar[int]  # raised when the step's code changes its result

    @property
    def data(self) -> "Data":
        """The dataset that it is made from; its name is the folder of outputs that it lies in."""

    @property
    def label(self) -> str:
        """The readable part of the folder's name: "trn-validation"."""

    def settings(self) -> Mapping[str, Any]:
        """What of the configuration changes the result; JSON values, readable names first."""

    def inputs(self) -> Mapping[str, "Step"]:
        """The steps that this one is made from, by what they are to it."""

    def whole(self, folder: Path) -> bool:
        """Whether all of it lies in `folder`."""

    def make(self, folder: Path, layout: "Layout") -> None:
        """Makes what is missing of it in `folder`; every rank of a run calls it at once."""

    def open(self, folder: Path) -> Any:
        """What lies in `folder`, whole."""


def record(step: Step) -> Record:
    """All that a step was made from, as made_from.json says it: no path, no time, no place.

    Returns:
        step, version, id, settings, and inputs as records of their own. The id is UNKNOWN where a
        content is that the step, or an input, names.
    """
    inputs = {name: record(other) for name, other in step.inputs().items()}
    settings = json.loads(json.dumps(step.settings()))
    made_from: Record = {
        "step": step.kind,
        "version": step.version,
        "id": "",
        "settings": settings,
        "inputs": inputs,
    }
    made_from["id"] = identity(made_from)
    return made_from


def identity(made_from: Record) -> str:
    """SHA-256 of the step's kind, version, settings and of the ids of its inputs; or UNKNOWN.

    Example:
        identity({"step": "frames", "version": 1, "settings": {"split": "train"}, "inputs": {}})
    """
    ids = {name: other["id"] for name, other in made_from["inputs"].items()}
    if UNKNOWN in ids.values() or UNKNOWN in _leaves(made_from["settings"]):
        return UNKNOWN
    parts = {
        "step": made_from["step"],
        "version": made_from["version"],
        "settings": made_from["settings"],
        "inputs": ids,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def agree(made_from: Any, asked: Any) -> bool:
    """Whether a record on disk is that of `asked`, wherever the content asked for is known.

    >>> agree({"content": "3f2a", "split": "train"}, {"content": UNKNOWN, "split": "train"})
    True
    """
    if asked == UNKNOWN:
        return True
    if isinstance(asked, Mapping) and isinstance(made_from, Mapping):
        same_names = made_from.keys() == asked.keys()
        return same_names and all(agree(made_from[name], asked[name]) for name in asked)
    return bool(made_from == asked)


def differences(one: Record, other: Record) -> list[str]:
    """One line for each setting in which two records differ, by its dotted name.

    >>> differences({"settings": {"split": "train"}}, {"settings": {"split": "test"}})
    ['settings.split: train or test']
    """
    first = dict(flat(one))
    second = dict(flat(other))
    return [
        f"{name}: {first.get(name, 'nothing')} or {second.get(name, 'nothing')}"
        for name in sorted(first.keys() | second.keys())
        if name.split(".")[-1] != "id" and first.get(name) != second.get(name)
    ]


def flat(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a record, in its order, by its dotted name; lists are JSON text.

    >>> list(flat({"settings": {"split": "train", "sizes": [1, 2]}}))
    [('settings.split', 'train'), ('settings.sizes', '[1, 2]')]
    """
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from flat(value, f"{prefix}{name}.")
    elif isinstance(tree, str | int | float | bool) or tree is None:
        yield prefix.removesuffix("."), tree
    else:
        yield prefix.removesuffix("."), json.dumps(tree)


def _leaves(tree: Any) -> Iterator[Any]:
    for _, value in flat(tree):
        yield value
