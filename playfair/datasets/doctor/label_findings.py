"""Are the label files there, and are the classes those that ship?"""

from collections.abc import Iterator, Mapping, Sequence

from playfair.datasets.doctor.finding import Finding, State, counted
from playfair.datasets.doctor.inventory import Inventory, split_ids
from playfair.datasets.doctor.unpacking import labels_command
from playfair.datasets.label_files import EARLIER, answers_file, version_of
from playfair.datasets.labels import class_names_in
from playfair.datasets.mirror import NEVER, mirrored_pairs

NEEDED = ("labels", "train", "validation")


def check_label_files(inventory: Inventory) -> Iterator[Finding]:
    """Which label files are there, whether they can be read, and where they are instead."""
    yield _presence(inventory)
    for name, why in inventory.unreadable.items():
        yield Finding(f"{name} file", "problem", why, f"fetch {inventory.labels[name]} again")
    if "test" not in inventory.labels:
        yield Finding("test file", "note", "not there: the test split is not needed")
    elif split_ids(inventory, "test") and not answers_file(inventory.root).is_file():
        detail = "no labels/test-answers.csv: the test clips' classes are not known"
        yield Finding("test answers", "note", detail)


def _presence(inventory: Inventory) -> Finding:
    missing = [name for name in NEEDED if name not in inventory.labels]
    if not missing:
        detail = " and ".join(sorted(inventory.generations))
        if len(inventory.generations) == 1:
            return Finding("label files", "ok", detail)
        detail += "; of two files for the same, labels/*.json is read"
        return Finding("label files", "note", detail)
    if elsewhere := labels_command(inventory):
        detail, command = elsewhere
        return Finding("label files", "problem", detail, command)
    names = ", ".join(f"{name}.json" for name in missing)
    put = f"put the dataset's label files into {inventory.root / 'labels'}"
    return Finding("label files", "problem", f"missing: {names} (or {EARLIER}…)", put)


def check_classes(
    inventory: Inventory, counts: Mapping[str, int] | None
) -> tuple[tuple[str, ...], Finding]:
    """Whether the classes are as many as expected, and in the order that they ship in.

    Args:
        inventory: what lies in the folder.
        counts: how many "classes" are expected; None: any number.

    Returns:
        The names of the classes, () where they cannot be told, and the finding.
    """
    if "labels" not in inventory.contents:
        detail = "unknown without the labels file"
        return (), Finding("classes", "problem", detail, "see label files")
    path = inventory.labels["labels"]
    again = f"fetch {path} again"
    try:
        names = class_names_in(version_of(path))
    except ValueError as error:
        return (), Finding("classes", "problem", str(error), again)
    again += ", or dataset.counts=null for a dataset of your own"
    detail = f"{counted(len(names), 'class', 'classes')}, numbered 0 to {len(names) - 1}"
    if counts and len(names) != counts.get("classes", len(names)):
        detail += f"; expected {counts['classes']}"
        return names, Finding("classes", "problem", detail, again)
    if list(names) == sorted(names):
        return names, Finding("classes", "ok", f"{detail}, in alphabetical order")
    first = next(i for i, name in enumerate(sorted(names)) if names[i] != name)
    detail += (
        f", but not in alphabetical order as shipped: class {first} is {names[first]!r}; "
        "models trained elsewhere name other classes"
    )
    state: State = "problem" if counts else "note"
    return names, Finding("classes", state, detail, again)


def check_mirrored(class_names: Sequence[str]) -> Finding:
    """Which classes are swapped when a clip is flipped while training: for the user to look at."""
    swaps = []
    for i, other in mirrored_pairs(class_names):
        mirror = "never" if other == NEVER else f"↔ {other} {class_names[other]!r}"
        swaps.append(f"{i} {class_names[i]!r} {mirror}")
    detail = f"flipping a clip swaps {'; '.join(swaps) or 'none'}"
    return Finding("mirrored classes", "ok", detail)
