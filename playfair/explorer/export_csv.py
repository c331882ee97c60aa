"""The numbers of the current view as a table."""

import numpy as np
import pandas as pd

from playfair.explorer.explained import Explained
from playfair.explorer.population import class_means
from playfair.explorer.scene import Scene
from playfair.explorer.score_bars import plotted_classes


def table(scene: Scene) -> pd.DataFrame:
    """ESVs by element of a clip, or their means by class and element; a block for each store."""
    parts = []
    for name, store in scene.stores.items():
        if isinstance(store, str):
            continue
        rows = _population(store) if scene.view.page == "population" else _clip(scene, store)
        rows.insert(0, "dataset", scene.entry.dataset)
        rows.insert(1, "esvs", store.entry.folder.name)
        rows.insert(2, "model", name)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def _clip(scene: Scene, store: Explained) -> pd.DataFrame:
    """The ESVs that are plotted; no row where the store lacks the clip."""
    if scene.view.uid not in store.rows:
        return pd.DataFrame()
    clip = store.clip(scene.view.uid)
    classes = plotted_classes(scene, scene.first.clip(scene.view.uid))
    parts = []
    for label in classes:
        columns = {
            "uid": clip.uid,
            "true_class": clip.label,
            "class": label,
            "class_name": store.own_class_names[label],
            "prior": clip.prior[label],
            "score": clip.score[label],
            "element": np.arange(len(clip.frame_index)),
            "frame_index": clip.frame_index,
            **({} if clip.element_frames is None else {"frames": clip.names}),
            "esv": clip.esv[:, label],
        }
        if clip.stderr is not None:
            columns["stderr"] = clip.stderr[:, label]
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _population(store: Explained) -> pd.DataFrame:
    means, counts = class_means(store)
    n_classes, n_elements = means.shape
    columns = {
        "class": np.repeat(np.arange(n_classes), n_elements),
        "class_name": np.repeat(store.own_class_names, n_elements),
        "clips": np.repeat(counts, n_elements),
        "element": np.tile(np.arange(n_elements), n_classes),
        "esv": means.ravel(),
    }
    return pd.DataFrame(columns)
