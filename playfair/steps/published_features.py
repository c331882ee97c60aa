"""Features that the published code stored, read from its HDF5 file into a row store.

Its extract_features.py wrote

<train|validation>/features   (clip,) of float32 vectors, each a clip's (frame, feature) end to end
                              attribute feature_dim: the length of one frame's features
<train|validation>/labels/action or label   (clip,) int64, class indices
<train|validation>/uids       (clip,) str; empty where extraction was cut short

Ports of it store vectors of equal length as (clip, frame, feature), and other floats; those are
read too. The file itself is opened by `features_file`, which trusts nothing in it.
"""

import hashlib
from pathlib import Path

import numpy as np

from playfair.datasets.dataset import Split
from playfair.steps.features_file import FeaturesOfSplit, opened
from playfair.steps.row_store import RowStore


def feature_dim(file: Path) -> int:
    """The length of one frame's features.

    Raises:
        FeaturesFileError: a file that is not the published code's.
    """
    with opened(file) as splits:
        return next(iter(splits.values())).dim


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


def import_features(file: Path, split: Split, store: RowStore) -> None:
    """Writes the missing blocks of `store`; clips are looked up by uid.

    Clips that the file lacks have no rows, and a reason.

    Args:
        file: of the published code.
        split: whose clips the store's are, in its order.
        store: where the features go.

    Raises:
        ValueError: the file has no such split, or other labels than the dataset: the classes are in
            another order.
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
        _check_labels(file, features, split, place)
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


def _check_labels(
    file: Path, features: FeaturesOfSplit, split: Split, place: dict[str, int]
) -> None:
    theirs = features.labels
    if theirs is None:
        return
    clips = [
        (str(uid), int(target))
        for uid, target in zip(split.uids, split.targets, strict=True)
        if uid in place
    ]
    if wrong := [(uid, ours) for uid, ours in clips if theirs[place[uid]] != ours]:
        uid, ours = wrong[0]
        raise ValueError(
            f"{file} gives {len(wrong):,} of {len(clips):,} clips of the {split.name} split "
            f"another class than the dataset's labels: clip {uid} is class {theirs[place[uid]]} "
            f"there and {ours} here. Its classes are in another order, and so are those of models "
            "trained on it. Put the labels.json there that it was made with."
        )
