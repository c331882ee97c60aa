"""Any clips: a folder for each class, a list of files and labels, or videos alone.

    <root>/<class>/<clip>.*   <root>/<split>/<class>/<clip>.*   <root>/<clip>.*
    a list: a table with a header, mmaction2's, TSM's, Kinetics', EPIC-Kitchens', Diving48's

A clip is a video that FFmpeg reads, a part of one, or a folder of pictures. docs/clips.md shows
every form.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.class_files import read_class_file
from playfair.datasets.clip_dataset import Clips
from playfair.datasets.clip_errors import RowsError
from playfair.datasets.clip_folders import look_through
from playfair.datasets.clip_table import ClipTable, Faults, table_of
from playfair.datasets.dataset import SPLIT_NAMES, UNKNOWN_CLASS, DatasetError, SplitName
from playfair.datasets.list_classes import classes_of, plain
from playfair.datasets.lists.forms import read_list
from playfair.datasets.lists.listing import ListError, Listing
from playfair.datasets.prior_file import read_prior_file

log = logging.getLogger("playfair")

UNIFORM = "uniform"


def open_dataset(
    root: str | Path,
    videos: bool = True,
    *,
    name: str = "clips",
    list: str | Path | Mapping[str, str | Path] | None = None,
    form: str | None = None,
    label: str | None = None,
    classes: str | Path | None = None,
    checkpoint: str | None = None,
    prior: str | Path | None = None,
    train_share: float | None = None,
    broken: str = "skip",
) -> Clips:
    """Open a folder of clips, or a list of them.

    Args:
        root: the folder; of a list, where its relative paths begin.
        videos: whether the clips must be there too.
        name: what outputs are filed under.
        list: the list's file, or one for each split, by its name; None: the folder is looked
            through.
        form: the list's format; None: told by its first line.
        label: EPIC-Kitchens' "verb", "noun" or "action".
        classes: the file with the classes' names; None: those that the list or the folder names.
        checkpoint: a model's folder, whose classes are taken where clips have none, or only some.
        prior: "uniform", or a file; None: how often each class is trained on, where there are such
            clips, and uniform where not.
        train_share: of the videos, where neither list nor folder says a split, to be trained on.
        broken: "skip" leaves out rows that no clip can be made of, "fail" stops at them.

    Returns:
        The dataset.

    Raises:
        DatasetError: the list, the folder or another file cannot be read as one.

    Example:
        open_dataset("clips", list="clips/labels.csv").split("validation")
    """
    root = Path(root)
    if train_share is not None and not 0 < train_share < 1:
        raise DatasetError(f"expected 0 < dataset.train_share < 1, got {train_share}")
    listings = _listings(root, list, form, label)
    class_names = _class_names([*listings.values()], classes, checkpoint)
    table, faults = table_of(listings, class_names, root, train_share)
    source = next(iter(listings.values())).path
    _report(source, faults, len(table), broken)
    given, remark = _prior(prior, table, len(class_names))
    unread = [word for listing in listings.values() for word in listing.unread]
    return Clips(
        root,
        name,
        class_names,
        table,
        faults,
        videos,
        broken,
        given,
        tuple(unread),
        (*_remarks(table, listings, train_share), remark),
    )


def _listings(
    root: Path,
    files: str | Path | Mapping[str, str | Path] | None,
    form: str | None,
    label: str | None,
) -> dict[SplitName | None, Listing]:
    """What each list says, by the split that it is of; None: it says so itself, or nothing does."""
    if files is None:
        return {None: look_through(root)}
    if not isinstance(files, Mapping):
        return {None: read_list(Path(files), form, label)}
    by_split: dict[SplitName | None, Listing] = {}
    for split in SPLIT_NAMES:
        if files.get(split):
            by_split[split] = read_list(Path(files[split]), form, label)
    if not by_split or set(files) - set(SPLIT_NAMES):
        raise DatasetError(
            "expected dataset.list=FILE or '{train: FILE, validation: FILE}', got lists of "
            f"{', '.join(map(str, files)) or 'nothing'}"
        )
    return by_split


def _class_names(
    listings: "list[Listing]", classes: str | Path | None, checkpoint: str | None
) -> tuple[str, ...]:
    if classes is not None:
        return read_class_file(Path(classes))
    named = classes_of(listings)
    if checkpoint and (Path(checkpoint) / "config.json").is_file():
        of_model = read_class_file(Path(checkpoint))
        # a checkpoint tells more classes apart than a few clips are of
        fewer = len(named) < len(of_model)
        known = {plain(name) for name in of_model}
        if fewer and all(name.isdecimal() or plain(name) in known for name in named):
            return of_model
    return named


def _report(source: Path, faults: Faults, n_clips: int, broken: str) -> None:
    """Says which rows no clip can be made of; stops where it should, or where no other is left."""
    if not faults and not n_clips:
        raise ListError(source, "no row below the header; expected one for each clip")
    if not faults:
        return
    ordered = sorted(faults, key=lambda fault: (str(fault[0]), fault[1].line))
    reasons = [f"{path.name}, line {fault.line}: {fault.reason}" for path, fault in ordered]
    rows, are = ("1 row", "is") if len(faults) == 1 else (f"{len(faults):,} rows", "are")
    if broken == "fail" or n_clips == 0:
        advice = "Mend the list, or type dataset.broken=skip to leave such rows out."
        if n_clips == 0:
            advice = "No row is left. Mend the list; docs/clips.md shows every form."
        raise RowsError(source, reasons, f"{rows} {are} no clip. {advice}")
    more = "; … (experiment=doctor lists all)" if len(faults) > 1 else ""
    log.warning("%s of %s %s left out: %s%s", rows, source, are, reasons[0], more)


def _prior(
    prior: str | Path | None, table: ClipTable, n_classes: int
) -> tuple[NDArray[np.float64] | None, str]:
    """A prior that is not the training clips', or None, and a sentence on which one it is."""
    uniform = np.full(n_classes, 1 / max(n_classes, 1))
    if prior == UNIFORM:
        return uniform, "Prior: uniform, as dataset.prior asks."
    if prior is not None:
        given = read_prior_file(Path(prior), n_classes)
        return given, f"Prior: from {Path(prior).name}."
    trained = table.targets[table.splits == SPLIT_NAMES.index("train")]
    n_trained = int((trained != UNKNOWN_CLASS).sum())
    if n_trained:
        return None, f"Prior: class frequencies of the {n_trained:,} training clips."
    return uniform, "Prior: uniform, as there are no training clips with classes."


def _remarks(
    table: ClipTable, listings: Mapping[SplitName | None, Listing], train_share: float | None
) -> list[str]:
    """How splits were told, and how many clips have no class."""
    remarks = []
    by_itself = listings.get(None)
    if by_itself is not None and by_itself.splits is None:
        if train_share is None:
            remarks.append("No split is given: all clips are explained, as validation.")
        else:
            n_trained = int((table.splits == SPLIT_NAMES.index("train")).sum())
            remarks.append(
                f"No split is given: {n_trained:,} of {len(table):,} clips, drawn by their videos' "
                "names, are trained on."
            )
    n_unknown = int((table.targets == UNKNOWN_CLASS).sum())
    if n_unknown == len(table):
        remarks.append("No clip has a class: each is explained for the class predicted.")
    elif n_unknown:
        remarks.append(
            f"{n_unknown:,} of {len(table):,} clips have no class and are explained for the class "
            "predicted."
        )
    return remarks
