"""How an ESV store is created, with no block written: its arrays, and all that is no block's.

It is created in a folder inside its own and comes to its place file by file, its group's file last:
a killed run leaves either a store or none, and a store that was there stays as it was.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from playfair.steps.checked_zarr import CHECKED, fill_value, quietly
from playfair.steps.durable import sync_all
from playfair.steps.esv_store import (
    BY_BLOCK,
    GROUP,
    VIDEOS_PER_BLOCK,
    WRITTEN,
    ESVStore,
    require_created,
)
from playfair.steps.manifest import CREATED, content_of, digest_of, sizes

CREATION = "creation.part"  # the folder that a store is created in, inside its own


def create_store(
    path: Path,
    *,
    uids: Sequence[str],
    labels: np.ndarray,
    prior: np.ndarray,
    class_names: Sequence[str],
    n_frames: int,
    twins: np.ndarray | None = None,
    evidence: np.ndarray | None = None,
    clip_frames: np.ndarray | None = None,
    with_errors: bool = False,
    frames_per_element: int = 1,
    attributes: Mapping[str, Any] | None = None,
    block: int = VIDEOS_PER_BLOCK,
) -> ESVStore:
    """Creates a store with no block written; other files in its folder stay.

    Args:
        path: the group's folder.
        uids: of all videos, in order.
        labels: (video,), class indices; -1 where not known.
        prior: (class,), probability.
        class_names: of all classes.
        n_frames: frames that are shown of each video.
        twins: (class,), -1 for none.
        evidence: (video, 2), -1 where not known.
        clip_frames: (video,), -1 where not known.
        with_errors: whether there are standard errors.
        frames_per_element: frames that go as one.
        attributes: of the group; JSON values.
        block: videos of a block.
    """
    n_elements = n_frames // frames_per_element
    coordinates = "label frame_index clip_frames evidence class_name twin"
    by_block = ["esv", "score", "frame_index", *(["stderr", "plain"] if with_errors else [])]
    if frames_per_element > 1:
        coordinates += " element_frames"
        by_block.append("element_frames")
    part = path / CREATION
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed before it was created
    group = zarr.create_group(part)
    group.attrs.update(
        {
            # what xarray takes as coordinates
            "coordinates": coordinates,
            BY_BLOCK: by_block,
            "frames_per_element": frames_per_element,
            **(attributes or {}),
        }
    )
    n_videos = len(uids)
    n_classes = len(class_names)
    chunk = min(block, max(n_videos, 1))

    def array(name: str, shape: dict[str, int], chunks: Sequence[int], dtype: str) -> zarr.Array:
        return group.create_array(
            name,
            shape=tuple(shape.values()),
            chunks=tuple(chunks),
            dtype=dtype,
            dimension_names=tuple(shape),
            fill_value=fill_value(dtype),
            **CHECKED,
        )

    def constant(name: str, shape: dict[str, int], dtype: str, values: Any) -> None:
        array(name, shape, [max(size, 1) for size in shape.values()], dtype)[:] = values

    videos = {"video": n_videos}
    classes = {"class": n_classes}
    elements = {**videos, "element": n_elements}
    by_class = {**elements, **classes}
    array("esv", by_class, (chunk, n_elements, n_classes), "float32")
    if with_errors:
        array("stderr", by_class, (chunk, n_elements, n_classes), "float32")
        array("plain", videos, (chunk,), "uint8")
    array("score", {**videos, **classes}, (chunk, n_classes), "float32")
    array("frame_index", elements, (chunk, n_elements), "int32")
    if frames_per_element > 1:
        parts = {**elements, "part": frames_per_element}
        array("element_frames", parts, (chunk, n_elements, frames_per_element), "int32")
    if evidence is None:
        evidence = np.full((n_videos, 2), -1)
    if clip_frames is None:
        clip_frames = np.full(n_videos, -1)
    if twins is None:
        twins = np.full(n_classes, -1)
    constant("video", videos, "str", np.array(uids, dtype=object))
    constant("label", videos, "int64", labels)
    constant("clip_frames", videos, "int32", clip_frames)
    constant("evidence", {**videos, "bound": 2}, "int32", evidence)
    constant("prior", classes, "float64", prior)
    constant("class_name", classes, "str", np.array(class_names, dtype=object))
    constant("twin", classes, "int64", twins)
    array(WRITTEN, {"block": -(-n_videos // block)}, (1,), "uint8")
    quietly(zarr.consolidate_metadata, part)
    _put_into_place(part, path)
    return ESVStore(path, block)


def _put_into_place(part: Path, path: Path) -> None:
    """What lies in `part` and is not in `path` yet; the group's own file last, when all is durable.

    Raises:
        DamageError: something in `path` is not as it was created.
    """
    there = []
    if (path / GROUP).exists():  # otherwise nothing of it counts, and all comes to its place again
        require_created(path)
        there = [name for name in sizes(part) if (path / name).exists()]
    files = {name: (size, digest_of(part, name)) for name, size in sizes(part).items()}
    for name in there:
        files[name] = ((path / name).stat().st_size, digest_of(path, name))
    (part / CREATED).write_text(json.dumps(content_of(files)) + "\n", encoding="utf-8")
    for name in (*files, CREATED):
        if name != GROUP and name not in there:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).replace(path / name)
    sync_all(path)  # the group's own file too, which is what makes it a store
    if GROUP not in there:
        (part / GROUP).replace(path / GROUP)
    shutil.rmtree(part)
