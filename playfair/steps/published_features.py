"""Features that the published code stored, read from its HDF5 file into a row store.

Its extract_features.py wrote

<train|validation>/features   (clip,) of float32 vectors, each a clip's (frame, feature) end to end
                              attribute feature_dim: the length of one frame's features
<train|validation>/labels/action or label   (clip,) int64, class indices
<train|validation>/uids       (clip,) str; empty where extraction was cut short

Ports of it store vectors of equal length as (clip, frame, feature), other floats, uids as whole
numbers, labels under other names or by the names of their classes; those are read too. The file
itself is opened by `features_file`, which trusts nothing in it.
"""

import hashlib
import logging
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from playfair.datasets.dataset import UNKNOWN_CLASS, Split
from playfair.steps.features_file import FeaturesOfSplit, opened
from playfair.steps.row_store import RowStore

log = logging.getLogger("playfair")

OTHER_ORDER = (
    "Its classes are in another order, and so are those of models trained on it. Put the "
    "labels.json there that it was made with."
)


def features_fingerprint(file: Path) -> str:
    """Which features these are: hash of all uids and of the features of 64 clips of each split."""
    digest = hashlib.sha256()
    with opened(file) as splits:
        for name in sorted(splits):
            split = splits[name]
            digest.update(f"{name} {' '.join(split.uids)}".encode())
            for clip in range(0, len(split.uids), max(1, len(split.uids) // 64)):
                digest.update(split.read([clip])[0].tobytes())
    return digest.hexdigest()[:16]


def import_features(
    file: Path, split: Split, store: RowStore, class_names: Sequence[str] = ()
) -> None:
    """Writes the missing blocks of `store`; clips are looked up by uid.

    Clips that the file lacks have no rows, and a reason.

    Args:
        file: of the published code.
        split: whose clips the store's are, in its order.
        store: where the features go.
        class_names: of the dataset, in the order of its targets.

    Raises:
        ValueError: the file has no such split, or other labels or names of classes than the
            dataset: the classes are in another order.
    """
    with opened(file) as splits:
        if split.name not in splits:
            raise ValueError(
                f"{file} holds features of {' and '.join(splits)} only, not of the {split.name} "
                "split. Extract them with the published code's extract_features.py --split "
                f"{split.name}."
            )
        features = splits[split.name]
        place = {uid: i for i, uid in enumerate(features.uids) if uid}
        check_classes(file, features, split, class_names)
        nothing = np.empty((0, features.dim), np.float32)
        for block in store.missing():
            uids = [str(split.uids[clip]) for clip in store.clips(block)]
            rows = iter(features.read([place[uid] for uid in uids if uid in place]))
            clips = [next(rows) if uid in place else nothing for uid in uids]
            skipped = {
                clip: f"clip {uid} is not in {file}"
                for clip, uid in zip(store.clips(block), uids, strict=True)
                if uid not in place
            }
            store.write(block, clips, skipped)


def check_classes(
    file: Path, features: FeaturesOfSplit, split: Split, class_names: Sequence[str]
) -> None:
    """Whether a file's classes are the dataset's, in the same order; says so where it cannot tell.

    Any of the labels may be the dataset's: a file of EPIC-Kitchens has a verb and a noun of a clip.

    Raises:
        ValueError: none of its labels agrees, or the names of its classes do not.
    """
    theirs = features.class_names
    if theirs is not None and class_names and theirs != list(class_names):
        pairs = enumerate(zip_longest(theirs, class_names, fillvalue="none"))
        i, (their_name, our_name) = next(pair for pair in pairs if pair[1][0] != pair[1][1])
        raise ValueError(
            f"{file} has other classes than the dataset: class {i} is {_quoted(their_name)} there "
            f"and {our_name} here. {OTHER_ORDER}"
        )
    disagreements = [
        _disagreement(name, labels, features.uids, split, class_names)
        for name, labels in features.labels.items()
    ]
    if disagreements and all(disagreements):
        raise ValueError(f"{file} gives {disagreements[0]}. {OTHER_ORDER}")
    if not disagreements and theirs is None:
        log.warning(
            "%s has no labels of the %s split: whether its classes are in the dataset's order is "
            "not checked",
            file,
            split.name,
        )


def _disagreement(
    name: str, labels: np.ndarray, uids: Sequence[str], split: Split, class_names: Sequence[str]
) -> str:
    """How often a file's labels are others than the dataset's, and where; "" for never."""
    place = {uid: i for i, uid in enumerate(uids) if uid}
    by_name = labels.dtype.kind == "O"
    wrong = []
    n_clips = 0
    for uid, target in zip(split.uids, split.targets, strict=True):
        if str(uid) not in place or target == UNKNOWN_CLASS:
            continue
        n_clips += 1
        theirs = labels[place[str(uid)]]
        ours = class_names[target] if by_name and class_names else target
        if theirs != ours:
            wrong.append((uid, _quoted(theirs), ours))
    if not wrong:
        return ""
    uid, theirs, ours = wrong[0]
    return (
        f"{len(wrong):,} of {n_clips:,} clips of the {split.name} split another class than the "
        f"dataset's labels ({_quoted(name)}): clip {uid} is class {theirs} there and {ours} here"
    )


def _quoted(value: object) -> str:
    """What a file says, without the control characters that may be in it."""
    return ascii(str(value))[1:-1]
