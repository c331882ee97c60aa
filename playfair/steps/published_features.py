"""Features that the published code stored, read from its HDF5 file into a row store.

Its extract_features.py wrote

<train|validation>/features   (clip,) of float32 vectors, each a clip's (frame, feature) end to end
                              attribute feature_dim: the length of one frame's features
<train|validation>/labels/action or label   (clip,) int64, class indices
<train|validation>/uids       (clip,) str; empty where extraction was cut short
"""

import hashlib
from pathlib import Path

import h5py
import numpy as np

from playfair.datasets.dataset import Split
from playfair.steps.row_store import RowStore


def feature_dim(file: Path) -> int:
    """The length of one frame's features.

    Raises:
        ValueError: a file that is not the published code's.
    """
    with _opened(file) as root:
        return int(next(iter(root.values()))["features"].attrs["feature_dim"])


def features_fingerprint(file: Path) -> str:
    """Which features these are: hash of all uids and of the features of 64 clips of each split."""
    digest = hashlib.sha256()
    with _opened(file) as root:
        for name in sorted(root):
            uids = root[name]["uids"].asstr()[:]
            features = root[name]["features"]
            digest.update(f"{name} {' '.join(uids)}".encode())
            for clip in range(0, len(uids), max(1, len(uids) // 64)):
                digest.update(features[clip].tobytes())
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
    with _opened(file) as root:
        if split.name not in root:
            raise ValueError(
                f"{file} holds features of {' and '.join(root)} only, not of the {split.name} "
                "split. Extract them with the published code's extract_features.py --split "
                f"{split.name}."
            )
        group = root[split.name]
        rows = group["features"]
        dim = int(rows.attrs["feature_dim"])
        place = {uid: i for i, uid in enumerate(group["uids"].asstr()[:]) if uid}
        _check_labels(file, group, split, place)
        for block in store.missing():
            clips = []
            skipped = {}
            for clip in store.clips(block):
                uid = str(split.uids[clip])
                if uid in place:
                    clips.append(rows[place[uid]].reshape(-1, dim))
                else:
                    clips.append(np.empty((0, dim), np.float32))
                    skipped[clip] = f"clip {uid} is not in {file}"
            store.write(block, clips, skipped)


def _check_labels(file: Path, group: h5py.Group, split: Split, place: dict[str, int]) -> None:
    labels = group.get("labels", {})
    name = next((name for name in ("action", "label") if name in labels), None)
    if name is None:
        return
    theirs = labels[name][:]
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


def _opened(file: Path) -> h5py.File:
    try:
        root = h5py.File(file, "r")
    except OSError as error:
        raise ValueError(
            f"{file} is not a readable HDF5 file ({error}). Name one that extract_features.py "
            "wrote."
        ) from error
    if not root or not all(map(_is_of_features, root.values())):
        groups = list(root)
        root.close()
        raise ValueError(
            f"{file}: expected groups train and validation, each with features (and their "
            f"attribute feature_dim), labels and uids, got {groups}."
        )
    return root


def _is_of_features(group: h5py.Group | h5py.Dataset) -> bool:
    named = isinstance(group, h5py.Group) and {"features", "uids"} <= group.keys()
    return named and "feature_dim" in group["features"].attrs
