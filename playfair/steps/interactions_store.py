"""Pair interactions of every video's true class on disk, so that a single clip's can be looked at.

    interaction (video, frame_i, frame_j)    probability
    video                                    uid

in `<study>/interactions/frames-08.zarr`, with the weights of the model in its attributes. Written whole or not at all.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from playfair.steps.artefact import telling_full_disk
from playfair.steps.lock import held


def save_interactions(
    path: Path, uids: Sequence[str], interaction: np.ndarray, made_from: Mapping[str, Any]
) -> None:
    """Writes, or replaces, the store.

    Args:
        interaction: (video, frame, frame), of each video's true class.
        made_from: what the ESV store of the same model was made from.

    Example:
        save_interactions(Path("interactions/frames-08.zarr"), ["612"], np.zeros((1, 8, 8)), esvs.attrs["made_from"])
    """
    part = path.with_name(f"{path.name}.part")
    with (
        held(path.with_suffix(".lock"), wait=True),
        telling_full_disk(str(path)),
    ):  # all ranks of a run save
        group = zarr.create_group(
            part, overwrite=True, attributes={"weights": made_from.get("weights", {})}
        )
        shape, names = interaction.shape, ("video", "frame_i", "frame_j")
        chunks = (max(1, min(128, shape[0])), *shape[1:])
        array = group.create_array(
            "interaction", shape=shape, chunks=chunks, dtype="float32", dimension_names=names
        )
        array[:] = interaction
        group.create_array("video", shape=shape[:1], dtype="str", dimension_names=names[:1])[:] = (
            np.array(uids, object)
        )
        if path.exists():
            shutil.rmtree(path)
        part.rename(path)


def clip_interactions(path: Path, uid: str, made_from: Mapping[str, Any]) -> np.ndarray | None:
    """Interactions of one clip: (frame, frame). None where there are none, or another model's.

    Example:
        clip_interactions(Path("interactions/frames-08.zarr"), "612", esvs.attrs["made_from"])
    """
    if not (path / "zarr.json").is_file():
        return None
    with xr.open_zarr(path, consolidated=False) as found:
        row = np.flatnonzero(found["video"].values == uid)
        if len(row) == 0 or found.attrs["weights"] != made_from.get("weights", {}):
            return None
        pairs: np.ndarray = found["interaction"].isel(video=int(row[0])).values
        return pairs
