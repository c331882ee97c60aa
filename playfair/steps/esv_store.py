"""The ESV store: a Zarr group of blocks of videos, to be opened with `xarray.open_zarr`.

    esv (video, element, class)     Element Shapley Values, probability
    stderr (video, element, class)  where they were estimated
    score (video, class)            f(X), probability
    prior (class)                   f(∅), probability
    video, label                    uid, class index
    frame_index (video, element)    first frame of each element in the clip
    element_frames (video, element, part)  all of them, where an element holds several
    clip_frames (video)             frames of the whole clip
    evidence (video, bound)         [start, stop) of the decisive frames; -1, -1 where not known
    class_name, twin (class)        name; the class that is this one played backwards, -1 for none
    written (block)                 1 where a block is whole

A block is `block` consecutive videos and one Zarr chunk of each array, so ranks that own different
blocks never touch the same file: nothing is merged, padded or written twice, and what a killed run
lacks is the blocks not `written`, or without all their chunks. Every chunk ends with its checksum;
what the store was created with, metadata and all that is no block's, is in created.json with its
digests.
What is not written reads as NaN, or as the least integer; through `open_store` it is damage.

A video that could not be explained, its features or scores not
being finite numbers, has NaN in its rows.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from playfair.steps.checked_zarr import (
    CHECKED,
    CheckedStore,
    fill_value,
    only_chunk,
    open_dataset,
    opened_arrays,
    quietly,
    read_group,
)
from playfair.steps.damage import DamageError
from playfair.steps.durable import sync_all, telling_full_disk
from playfair.steps.manifest import (
    CREATED,
    changes,
    chunk_digest,
    content_of,
    digest_of,
    read_manifest,
    sizes,
)
from playfair.steps.store_guard import GuardedStore

VIDEOS_PER_BLOCK = 128
BY_BLOCK = "arrays_by_block"  # the attribute that names them
CREATION = "creation.part"  # the folder that a store is created in, inside its own
WRITTEN = "written"
GROUP = "zarr.json"
OF_BLOCKS = (
    "esv",
    "stderr",
    "score",
    "frame_index",
    "element_frames",
    WRITTEN,
)  # those there may be


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
    _complete: set[int] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def _arrays(self) -> dict[str, zarr.Array]:
        """By name; opened once, as opening them took longer for every block than writing it."""
        return opened_arrays(GuardedStore(self.path), [*self._by_block, "label"])

    @cached_property
    def _by_block(self) -> list[str]:
        """The names of the arrays that every block has a chunk of; the last to be written is last."""
        names = read_group(self.path).get("attributes", {}).get(BY_BLOCK)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DamageError(self.path / "zarr.json", "it does not name the arrays of a block")
        return [*names, WRITTEN]

    def exists(self) -> bool:
        """Whether the store was created, with or without blocks, and all that is no block's is there."""
        group = read_group(self.path)
        metadata = (group.get("consolidated_metadata") or {}).get("metadata") or {}
        by_block = {*group.get("attributes", {}).get(BY_BLOCK, ()), WRITTEN}
        return (
            bool(metadata)
            and (self.path / CREATED).exists()
            and all(
                (self.path / name / "zarr.json").exists()
                and (name in by_block or (self.path / only_chunk(name, array)).exists())
                for name, array in metadata.items()
            )
        )

    @property
    def n_blocks(self) -> int:
        return int(self._arrays[WRITTEN].shape[0])

    def missing(self) -> list[int]:
        """Blocks that are still to be written, or lack a chunk."""
        # By the names of chunks: reading 194 entries of `written` took 32 ms. What this process saw
        # complete it does not look at again, for every block that is written.
        blocks = range(self.n_blocks)
        for block in blocks:
            if block not in self._complete and all(file.exists() for file in self.files(block)):
                self._complete.add(block)
        return [block for block in blocks if block not in self._complete]

    def files(self, block: int) -> Iterator[Path]:
        """The chunks of a block; the last that is written comes last."""
        for name in self._by_block:
            dimensions = self._arrays[name].ndim
            yield self.path.joinpath(name, "c", str(block), *["0"] * (dimensions - 1))

    def block_of(self, name: str) -> int | None:
        """The block that a file of this name is of; None for one that no block can do without."""
        array, _, chunk = name.partition("/c/")
        number = chunk.partition("/")[0]
        return int(number) if array in OF_BLOCKS and number.isdigit() else None

    def blocks_of(self, videos: Iterable[int]) -> list[int]:
        """The blocks that hold some of the videos, by their places in the store."""
        per_block = self._arrays["esv"].chunks[0]
        return sorted({int(video) // per_block for video in videos})

    def torn(self) -> list[int]:
        """Blocks that count as written and do not hold what was written, read whole.

        Raises:
            DamageError: what no block is of is not as it was created.
        """
        if not self.exists():
            return []
        require_created(self.path)
        missing = set(self.missing())
        return [
            block
            for block in range(self.n_blocks)
            if block not in missing
            and not all(chunk_digest(file.read_bytes()) for file in self.files(block))
        ]

    def require_written(self) -> None:
        """Raises DamageError where what says that a block is written is not as it was written."""
        chunks = CheckedStore(self.path)
        for block in range(self.n_blocks):
            name = f"{WRITTEN}/c/{block}"
            chunks.require_checksum(name, (self.path / name).read_bytes())

    def discard(self, block: int) -> None:
        """Removes a block: it is missing then."""
        self._complete.discard(block)
        for name in reversed(OF_BLOCKS):  # which needs no metadata: that may be what is damaged
            chunk = self.path / name / "c" / str(block)
            if chunk.is_dir():
                shutil.rmtree(chunk)
            else:
                chunk.unlink(missing_ok=True)

    def digests(self) -> dict[str, str]:
        """None: every chunk has its own, at its end.

        Raises:
            DamageError: what no block is of is not as it was created: it is not to be signed.
        """
        require_created(self.path)
        return {}

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
            self._arrays[WRITTEN][block] = 1  # last: only now does the block count as there


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
    by_block = ["esv", "score", "frame_index", *(["stderr"] if with_errors else [])]
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


def require_created(path: Path) -> None:
    """Raises DamageError where something that a store was created with is not as it was then."""
    if created := read_manifest(path, CREATED):
        for damage in changes(path, created, thorough=True):
            raise damage


def open_store(path: Path) -> xr.Dataset:
    """The finished store, read lazily block by block, without videos that could not be explained.

    Their uids are in the attribute `unexplained`. A chunk that is gone, or that is not as it was
    written, raises DamageError when it is read.

    Raises:
        ValueError: there is none, or its writing was cut short.
        DamageError: a file of it is not as it was written.
    """
    if not (path / GROUP).is_file():
        raise ValueError(f"There is no ESV store at {path}. Type: python run.py experiment=esv")
    store = ESVStore(path)
    if missing := store.missing():
        raise ValueError(
            f"{path} has {store.n_blocks - len(missing)} of {store.n_blocks} blocks: its writing was "
            "cut short. Run the command that makes it again; it writes those that are missing."
        )
    store.require_written()
    dataset = open_dataset(path, consolidated=True).drop_vars(WRITTEN)
    # Zarr's strings arrive as numpy's StringDType, which pandas and matplotlib do not all take yet.
    names = ("video", "class_name")
    dataset = dataset.assign_coords({name: dataset[name].astype(object) for name in names})
    explained = np.isfinite(dataset["score"].isel({"class": 0}).values)
    dataset.attrs["unexplained"] = dataset["video"].values[~explained].tolist()
    if explained.all():
        return dataset
    return dataset.isel(video=np.flatnonzero(explained))
