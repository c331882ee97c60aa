"""The ESV store: a Zarr group of blocks of videos, to be opened with `xarray.open_zarr`.

    esv (video, element, class)     Element Shapley Values, probability
    stderr (video, element, class)  where they were estimated
    score (video, class)            f(X), probability
    prior (class)                   f(∅), probability
    video, label                    uid, class index
    frame_index (video, element)    first frame of each element in the clip
    clip_frames (video)             frames of the whole clip
    evidence (video, bound)         [start, stop) of the decisive frames; -1, -1 where not known
    class_name, twin (class)        name; the class that is this one played backwards, -1 for none
    written (block)                 1 where a block is whole

A block is `block` consecutive videos and one Zarr chunk of each array, so ranks that own different
blocks never touch the same file: nothing is merged, padded or written twice, and what a killed run
lacks is the blocks not `written`. A video that could not be explained, its features or scores not
being finite numbers, has NaN in its rows.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
import zarr.errors

from playfair.steps.durable import telling_full_disk

VIDEOS_PER_BLOCK = 128


@dataclass(frozen=True)
class ESVStore:
    """A store on disk; made by `create_store`.

    Example:
        for block in store.missing():
            store.write(block, esv=…, score=…, frame_index=…)
        xarray.open_zarr(store.path)
    """

    path: Path
    block: int = VIDEOS_PER_BLOCK

    @cached_property
    def _arrays(self) -> dict[str, zarr.Array]:
        """By name; opened once, as opening them took longer for every block than writing it."""
        with warnings.catch_warnings():  # made_from.json lies there too, and is no array
            warnings.simplefilter("ignore", zarr.errors.ZarrUserWarning)
            return dict(zarr.open_group(self.path, mode="r+", use_consolidated=False).arrays())

    def exists(self) -> bool:
        """Whether the store was created, with or without blocks: the last that is done for it."""
        try:
            metadata = json.loads((self.path / "zarr.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        except ValueError as error:
            raise ValueError(
                f"{self.path / 'zarr.json'} is damaged ({error}). Remove {self.path}: it is then "
                "made again."
            ) from error
        return bool(metadata.get("consolidated_metadata"))

    def missing(self) -> list[int]:
        """Blocks that are still to be written."""
        # By the names of its one-entry chunks, of which only those not 0 are kept: reading 194 took
        # 32 ms, this 1.3 ms.
        chunks = self.path.glob("written/c/*")
        present = {int(file.name) for file in chunks if file.name.isdigit()}
        return sorted(set(range(self._arrays["written"].shape[0])) - present)

    def videos(self, block: int) -> slice:
        """Which videos a block holds."""
        return slice(block * self.block, (block + 1) * self.block)

    def write(self, block: int, **arrays: np.ndarray) -> None:
        """Writes a whole block; arrays by name, with the block's videos along the first axis."""
        videos = self.videos(block)
        n_videos = len(range(*videos.indices(self._arrays["label"].shape[0])))
        for name, values in arrays.items():
            if len(values) != n_videos:  # which zarr would cut
                raise ValueError(
                    f"Block {block} of {self.path} holds {n_videos} videos, got {name} of "
                    f"{len(values)}."
                )
        with telling_full_disk(f"block {block} of {self.path}"):
            for name, values in arrays.items():
                self._arrays[name][videos] = values
            self._arrays["written"][block] = 1  # last: only now does the block count as there


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
        n_frames: elements of each video.
        twins: (class,), -1 for none.
        evidence: (video, 2), -1 where not known.
        clip_frames: (video,), -1 where not known.
        with_errors: whether there are standard errors.
        attributes: of the group; JSON values.
        block: videos of a block.
    """
    group = zarr.open_group(path, mode="a")
    group.attrs.update(
        {
            # what xarray takes as coordinates
            "coordinates": "label frame_index clip_frames evidence class_name twin",
            **(attributes or {}),
        }
    )
    n_videos = len(uids)
    n_classes = len(class_names)
    chunk = min(block, max(n_videos, 1))

    def array(name: str, shape: dict[str, int], chunks: Sequence[int], dtype: str) -> zarr.Array:
        return group.create_array(
            name,
            overwrite=True,  # of a run that was killed before the store was created
            shape=tuple(shape.values()),
            chunks=tuple(chunks),
            dtype=dtype,
            dimension_names=tuple(shape),
        )

    def constant(name: str, shape: dict[str, int], dtype: str, values: Any) -> None:
        array(name, shape, [max(size, 1) for size in shape.values()], dtype)[:] = values

    videos = {"video": n_videos}
    classes = {"class": n_classes}
    by_element = {**videos, "element": n_frames, **classes}
    array("esv", by_element, (chunk, n_frames, n_classes), "float32")
    if with_errors:
        array("stderr", by_element, (chunk, n_frames, n_classes), "float32")
    array("score", {**videos, **classes}, (chunk, n_classes), "float32")
    array("frame_index", {**videos, "element": n_frames}, (chunk, n_frames), "int32")
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
    array("written", {"block": -(-n_videos // block)}, (1,), "uint8")
    with warnings.catch_warnings():  # xarray reads consolidated metadata, and zarr warns of it
        warnings.simplefilter("ignore", zarr.errors.ZarrUserWarning)
        zarr.consolidate_metadata(path)
    return ESVStore(path, block)


def open_store(path: Path) -> xr.Dataset:
    """The finished store, read lazily block by block, without videos that could not be explained.

    Their uids are in the attribute `unexplained`.

    Raises:
        ValueError: there is none, or its writing was cut short.
    """
    if not (path / "zarr.json").is_file():
        raise ValueError(f"There is no ESV store at {path}. Type: python run.py experiment=esv")
    dataset = xr.open_zarr(path)
    written = dataset["written"].values
    if not written.all():
        raise ValueError(
            f"{path} has {int(written.sum())} of {len(written)} blocks: its writing was cut short. "
            "Run the command that makes it again; it writes those that are missing."
        )
    dataset = dataset.drop_vars("written")
    # Zarr's strings arrive as numpy's StringDType, which pandas and matplotlib do not all take yet.
    names = ("video", "class_name")
    dataset = dataset.assign_coords({name: dataset[name].astype(object) for name in names})
    explained = np.isfinite(dataset["score"].isel({"class": 0}).values)
    dataset.attrs["unexplained"] = dataset["video"].values[~explained].tolist()
    if explained.all():
        return dataset
    return dataset.isel(video=np.flatnonzero(explained))
