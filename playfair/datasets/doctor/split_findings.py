"""Are a split's clips as many as expected, each with one name and one class?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from playfair.datasets.dataset import SplitName
from playfair.datasets.doctor.finding import Finding, Reasons, about_clips, counted
from playfair.datasets.doctor.inventory import Inventory, entries_of, split_ids
from playfair.datasets.label_files import (
    LabelsError,
    answers_file,
    examples,
    nearest,
    without_brackets,
)
from playfair.datasets.labels import answer_rows


def check_split(
    inventory: Inventory,
    split: str,
    class_names: Sequence[str],
    counts: Mapping[str, int] | None,
) -> Iterator[Finding]:
    """Every check of one split.

    Args:
        inventory: what lies in the folder.
        split: "train", "validation" or "test"; its file is there.
        class_names: by class index; () where they cannot be told.
        counts: how many clips are expected in it; None: any number.

    Yields:
        A finding for each check.
    """
    path = inventory.labels[split]
    again = f"fetch {path} again"
    ids = split_ids(inventory, split)
    yield _number(inventory, split, counts)
    repeated = [(uid, n) for uid, n in Counter(ids).items() if n > 1]
    if repeated:
        twice = [(uid, f"given {n} times in {path.name}") for uid, n in repeated]
        yield about_clips(f"{split} ids", "problem", twice, path.name, again)
    if split == "test":
        yield from _answers(inventory, ids, class_names)
        return
    yield from _templates(inventory, split, class_names)
    if split == "train" and class_names and ids:
        yield _prior(inventory, class_names)


def _number(inventory: Inventory, split: str, counts: Mapping[str, int] | None) -> Finding:
    check = f"{split} clips"
    path = inventory.labels[split]
    content = inventory.contents[split]
    n_clips = len(split_ids(inventory, split))
    n_odd = len(content) - n_clips if isinstance(content, list) else 1
    if n_odd:
        entries = "1 entry that is" if n_odd == 1 else f"{n_odd:,} entries that are"
        detail = f'{path}: {entries} no {{"id": …, …}}'
        return Finding(check, "problem", detail, f"fetch {path} again")
    if counts and n_clips != counts.get(split, n_clips):
        detail = f"{counted(n_clips, 'clip')}; expected {counts[split]:,}"
        mend = f"fetch {path} again, or dataset.counts=null for a dataset of your own"
        return Finding(check, "problem", detail, mend)
    return Finding(check, "ok", counted(n_clips, "clip"))


def _class_of(entry: Mapping[str, object]) -> str:
    """The class that an entry names; "" if none."""
    template = entry.get("template")
    return without_brackets(template) if isinstance(template, str) else ""


def _templates(inventory: Inventory, split: str, class_names: Sequence[str]) -> Iterator[Finding]:
    listed = set(class_names)
    unknown = [
        (str(entry["id"]), _class_of(entry) or "no template")
        for entry in entries_of(inventory, split)
        if listed and "id" in entry and _class_of(entry) not in listed
    ]
    if not unknown:
        return
    yield about_clips(
        f"{split} templates",
        "problem",
        [(uid, f"template {template!r} is no class of labels.json") for uid, template in unknown],
        f"nearest to the first: {nearest(unknown[0][1], class_names)!r}",
        f"fetch {inventory.labels[split]} again",
    )


def _prior(inventory: Inventory, class_names: Sequence[str]) -> Finding:
    counts = Counter(_class_of(entry) for entry in entries_of(inventory, "train"))
    per_class = [counts[name] for name in class_names]
    empty = [name for name in class_names if not counts[name]]
    if empty:
        have = "1 class has" if len(empty) == 1 else f"{len(empty)} classes have"
        prior = "its prior is" if len(empty) == 1 else "their prior is"
        detail = f"{have} no training clip, so {prior} 0: {examples(empty, 3)}"
        return Finding("prior", "problem", detail, f"fetch {inventory.labels['train']} again")
    detail = f"{min(per_class):,} to {counted(max(per_class), 'training clip')} per class"
    return Finding("prior", "ok", detail)


def _answers(
    inventory: Inventory, ids: Sequence[str], class_names: Sequence[str]
) -> Iterator[Finding]:
    path = answers_file(inventory.root)
    again = f"fetch {path} again"
    if not path.is_file():
        return
    try:
        rows = answer_rows(path)
    except LabelsError as error:
        yield Finding("test answers", "problem", str(error), again)
        return
    answers = {row[0]: without_brackets(row[1]) for row in rows if len(row) == 2}
    listed = set(class_names)
    wrong: Reasons = [(row[0], "no line of id;template") for row in rows if len(row) != 2]
    for uid in ids:
        if uid in answers and answers[uid] not in listed:
            wrong.append((uid, f"{answers[uid]!r} is no class"))
    wrong += [(uid, "has no answer") for uid in ids if uid not in answers]
    yield about_clips("test answers", "problem", wrong, path.name, again)


def check_overlap(clips: Mapping[SplitName, Iterable[str]]) -> Finding:
    """Whether a clip is in two splits.

    Args:
        clips: names of each split's clips.
    """
    splits: dict[str, list[str]] = {}
    for split, uids in clips.items():
        for uid in dict.fromkeys(uids):  # once each, in their order
            splits.setdefault(uid, []).append(split)
    shared = [(uid, f"in {' and '.join(names)}") for uid, names in splits.items() if len(names) > 1]
    mend = "take them out of one, or fetch the labels again"
    return about_clips("clips in two splits", "problem", shared, "by name", mend)
