"""Clips of events as an HDF5 file of features, laid out as the published code stored its own."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.events.plan import EventPlan


def features_file(
    splits: Mapping[str, Sequence[EventPlan]], features: Mapping[str, Sequence[NDArray[np.float32]]]
) -> bytes:
    """The file's content; `steps/published_features` says the layout.

    Args:
        splits: the clips of each split.
        features: of each, (frame, feature).
    """
    import h5py  # 0.2 s, for which no other reader of datasets waits

    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        for name, plans in splits.items():
            group = root.create_group(name)
            vectors = np.empty(len(plans), dtype=object)
            for i, rows in enumerate(features[name]):
                vectors[i] = rows.ravel()
            kind = h5py.vlen_dtype(np.dtype(np.float32))
            stored = group.create_dataset("features", data=vectors, dtype=kind)
            stored.attrs["feature_dim"] = features[name][0].shape[1]
            labels = np.array([plan.label for plan in plans])
            group.create_group("labels").create_dataset("label", data=labels)
            uids = np.array([plan.uid for plan in plans], dtype=object)
            group.create_dataset("uids", data=uids, dtype=h5py.string_dtype())
    return file.getvalue()
